/* Many threads on one poll.  Threads record; only the test's own thread asserts. */
#include "ground.h"

#include "mio/internal.h"

#include <sched.h>

/* ---- 0.6 custom_evented multi_threaded_poll ---- */

enum { REGISTRATIONS = 10000, POLLERS = 4, TIMES = 16 };

struct pool {
    struct mio_poll *poll;
    struct mio_registration *registrations[REGISTRATIONS];
    struct mio_set_readiness *sets[REGISTRATIONS];
    atomic_int fired[REGISTRATIONS];
    atomic_int left;
    atomic_int failed;
    int64_t until;
};

static void *poll_pool(void *argument)
{
    struct pool *pool = argument;
    struct mio_event events[128];

    while (atomic_load(&pool->left) > 0 && now_ns() < pool->until) {
        int n = mio_poll(pool->poll, events, COUNT(events), 10 * MS);

        for (int i = 0; i < n; i++) {
            uintptr_t token = events[i].token;

            if (atomic_fetch_add(&pool->fired[token], 1) + 1 < TIMES &&
                mio_registration_reregister(pool->poll, pool->registrations[token], token,
                                            MIO_READABLE, MIO_EDGE | MIO_ONESHOT) < 0)
                atomic_store(&pool->failed, 1);
            atomic_fetch_sub(&pool->left, 1);
        }
        if (n < 0)
            atomic_store(&pool->failed, 1);
    }
    return NULL;
}

static void four_pollers_see_each_of_ten_thousand_exactly_sixteen_times(void **state)
{
    struct ground *g = *state;
    struct pool *pool = calloc(1, sizeof *pool);
    pthread_t pollers[POLLERS];

    assert_non_null(pool);
    pool->poll = g->poll;
    pool->until = now_ns() + 4 * deadline_ns();
    atomic_store(&pool->left, REGISTRATIONS * TIMES);
    for (uintptr_t i = 0; i < REGISTRATIONS; i++) {
        assert_int_equal(mio_registration_new(&pool->registrations[i], &pool->sets[i]), 0);
        assert_int_equal(mio_registration_register(g->poll, pool->registrations[i], i, MIO_READABLE,
                                                   MIO_EDGE | MIO_ONESHOT),
                         0);
    }
    for (int i = 0; i < POLLERS; i++)
        assert_int_equal(pthread_create(&pollers[i], NULL, poll_pool, pool), 0);
    for (int i = 0; i < REGISTRATIONS; i++)
        mio_set_readiness(pool->sets[i], MIO_READABLE);
    for (int i = 0; i < POLLERS; i++)
        pthread_join(pollers[i], NULL);
    assert_int_equal(pool->failed, 0);
    assert_int_equal(look(g), 0);
    for (int i = 0; i < REGISTRATIONS; i++) {
        assert_int_equal(pool->fired[i], TIMES);
        mio_registration_free(pool->registrations[i]);
        mio_set_readiness_free(pool->sets[i]);
    }
    free(pool);
}

/* ---- 0.6 custom_evented with_small_events_collection ---- */

enum { HOT = 8 };

struct hot {
    struct mio_set_readiness *set;
    atomic_bool *done;
};

static void *stay_hot(void *argument)
{
    struct hot *hot = argument;

    while (!atomic_load(hot->done)) {
        mio_set_readiness(hot->set, MIO_READABLE);
        sched_yield();
    }
    mio_set_readiness(hot->set, MIO_READABLE);
    return NULL;
}

static void a_buffer_of_four_starves_none_of_eight_hot_producers(void **state)
{
    struct ground *g = *state;
    struct mio_registration *registrations[HOT];
    struct hot hot[HOT];
    pthread_t threads[HOT];
    struct mio_event four[4];
    atomic_bool done = false;
    int last_seen[HOT] = {0};

    for (int i = 0; i < HOT; i++) {
        hot[i].done = &done;
        assert_int_equal(mio_registration_new(&registrations[i], &hot[i].set), 0);
        assert_int_equal(mio_registration_register(g->poll, registrations[i], (uintptr_t)i,
                                                   MIO_READABLE, MIO_EDGE),
                         0);
        assert_int_equal(pthread_create(&threads[i], NULL, stay_hot, &hot[i]), 0);
    }
    for (int round = 0; round < 1000; round++)
        assert_true(mio_poll(g->poll, four, 4, MS) >= 0);
    atomic_store(&done, true);
    for (int i = 0; i < HOT; i++)
        pthread_join(threads[i], NULL);
    for (int n; (n = mio_poll(g->poll, four, 4, 0)) > 0;)
        while (n-- > 0)
            last_seen[four[n].token] = 1;
    for (int i = 0; i < HOT; i++) {
        assert_int_equal(last_seen[i], 1);
        mio_registration_free(registrations[i]);
        mio_set_readiness_free(hot[i].set);
    }
}

/* ---- 0.6 custom_evented drop_registration_from_non_main_thread ---- */

enum { DROPS = 50000, DROPPERS = 4 };

static void *make_and_drop(void *argument)
{
    struct mio_poll *poll = argument;

    for (int i = 0; i < DROPS / DROPPERS; i++) {
        struct mio_registration *registration;
        struct mio_set_readiness *set;

        if (mio_registration_new(&registration, &set) < 0)
            break;
        mio_registration_register(poll, registration, (uintptr_t)i, MIO_READABLE, MIO_EDGE);
        mio_set_readiness(set, MIO_READABLE);
        mio_registration_free(registration);
        mio_set_readiness(set, MIO_READABLE);
        mio_set_readiness_free(set);
    }
    return NULL;
}

static void fifty_thousand_registrations_are_dropped_by_other_threads(void **state)
{
    struct ground *g = *state;
    pthread_t threads[DROPPERS];

    for (int i = 0; i < DROPPERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_and_drop, g->poll), 0);
    for (int i = 0; i < 2000; i++)
        look(g);
    for (int i = 0; i < DROPPERS; i++)
        pthread_join(threads[i], NULL);
    while (look(g) > 0)
        ;
    assert_true(mio_queue_is_empty(&g->poll->hub->queue));
}

/* ---- 1.x poll: register, reregister and deregister from other threads ---- */

static void *churn(void *argument)
{
    struct mio_poll *poll = argument;
    intptr_t failed = 0;
    struct mio_socket socket;

    mio_socket_init(&socket, udp_socket());
    for (int i = 0; i < 300; i++) {
        failed |= mio_register(poll, &socket, 1, MIO_READABLE | MIO_WRITABLE, MIO_EDGE);
        failed |= mio_reregister(poll, &socket, 2, MIO_READABLE, MIO_LEVEL);
        failed |= mio_deregister(poll, &socket);
    }
    close(socket.fd);
    return (void *)failed;
}

static void three_threads_register_reregister_and_deregister_while_one_polls(void **state)
{
    struct ground *g = *state;
    pthread_t threads[3];

    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, churn, g->poll), 0);
    for (int i = 0; i < 300; i++)
        assert_true(mio_poll(g->poll, g->events, COUNT(g->events), MS / 10) >= 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *failed;

        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(look(g), 0);
}

/* ---- 1.x poll: register during a blocked poll ---- */

static void *poll_until_near(void *argument)
{
    struct ground *g = argument;
    int64_t until = now_ns() + deadline_ns();

    do
        g->n = mio_poll(g->poll, g->events, COUNT(g->events), until - now_ns());
    while (g->n == 0 && now_ns() < until);
    return NULL;
}

static void a_socket_registered_during_a_blocked_poll_is_seen_by_it(void **state)
{
    struct ground *g = *state;
    pthread_t poller;

    send_near(g, "x", 1);
    assert_int_equal(pthread_create(&poller, NULL, poll_until_near, g), 0);
    while (atomic_load(&g->poll->hub->waker.state) != MIO_SLEEPING)
        sched_yield();
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    pthread_join(poller, NULL);
    assert_int_equal(g->n, 1);
    assert_int_equal(seen(g, NEAR), MIO_READABLE);
}

static void a_second_poller_waits_no_longer_than_its_timeout(void **state)
{
    struct ground *g = *state;
    struct mio_event event;
    int64_t began = now_ns();
    pthread_t poller;

    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    assert_int_equal(pthread_create(&poller, NULL, poll_until_near, g), 0);
    while (atomic_load(&g->poll->hub->waker.state) != MIO_SLEEPING)
        sched_yield();
    assert_int_equal(mio_poll(g->poll, &event, 1, 0), 0);
    assert_int_equal(mio_poll(g->poll, &event, 1, 3 * MS), 0);
    assert_true(now_ns() - began >= 3 * MS);
    send_near(g, "x", 1);
    pthread_join(poller, NULL);
    assert_int_equal(g->n, 1);
}

static int threads_test_run(void)
{
    const struct CMUnitTest tests[] = {
        on_ground(four_pollers_see_each_of_ten_thousand_exactly_sixteen_times),
        on_ground(a_buffer_of_four_starves_none_of_eight_hot_producers),
        on_ground(fifty_thousand_registrations_are_dropped_by_other_threads),
        on_ground(three_threads_register_reregister_and_deregister_while_one_polls),
        on_ground(a_socket_registered_during_a_blocked_poll_is_seen_by_it),
        on_ground(a_second_poller_waits_no_longer_than_its_timeout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_on_selector(argc, argv, threads_test_run);
}
