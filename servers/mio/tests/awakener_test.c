/* When the awakener is written: a test for each row of the table of the notes on mio (1.4), in
 * today's form and in that of 2017; and 1.x waker, whose wake-ups are here those of a
 * registration. */
#include "ground.h"

#include "mio/internal.h"

#include <sched.h>

struct awakened {
    struct ground g;
    struct mio_registration *registration;
    struct mio_set_readiness *set;
};

static int set_up_form(void **state, enum mio_awakener form)
{
    struct awakened *a = calloc(1, sizeof *a);
    const struct mio_options options = {.selector = selector_under_test(), .awakener = form};

    assert_non_null(a);
    assert_int_equal(mio_poll_new(&options, &a->g.poll), 0);
    mio_socket_init(&a->g.near, udp_socket());
    mio_socket_init(&a->g.far, udp_socket());
    assert_int_equal(mio_registration_new(&a->registration, &a->set), 0);
    assert_int_equal(
        mio_registration_register(a->g.poll, a->registration, 7, MIO_READABLE, MIO_EDGE), 0);
    *state = a;
    return 0;
}

static int set_up_best(void **state)
{
    return set_up_form(state, MIO_AWAKENER_BEST);
}

static int set_up_pipe(void **state)
{
    return set_up_form(state, MIO_AWAKENER_PIPE);
}

static int set_up_2017(void **state)
{
    return set_up_form(state, MIO_AWAKENER_2017);
}

static int tear_down_awakened(void **state)
{
    struct awakened *a = *state;

    mio_registration_free(a->registration);
    mio_set_readiness_free(a->set);
    mio_poll_free(a->g.poll);
    close(a->g.near.fd);
    close(a->g.far.fd);
    free(a);
    return 0;
}

static uint64_t writes(const struct awakened *a)
{
    struct mio_counters counters;

    mio_poll_counters(a->g.poll, &counters);
    return counters.wakeups_written;
}

static void awakener_test_set(struct awakened *a)
{
    assert_int_equal(mio_set_readiness(a->set, MIO_READABLE), 0);
}

static void *awakener_test_poll_once(void *argument)
{
    struct ground *g = argument;

    g->n = mio_poll(g->poll, g->events, COUNT(g->events), deadline_ns());
    return NULL;
}

/* Once it has announced its sleep, it is as good as asleep: whoever pushes must write. */
static pthread_t sleeping_poller(struct awakened *a)
{
    pthread_t poller;

    assert_int_equal(pthread_create(&poller, NULL, awakener_test_poll_once, &a->g), 0);
    while (atomic_load(&a->g.poll->hub->waker.state) != MIO_SLEEPING)
        sched_yield();
    return poller;
}

/* ---- rows ---- */

static void blocked_the_first_push_writes_once_and_the_rest_not_at_all(void **state)
{
    struct awakened *a = *state;
    pthread_t poller = sleeping_poller(a);

    for (int i = 0; i < 10; i++)
        awakener_test_set(a);
    pthread_join(poller, NULL);
    assert_true(a->g.n >= 1);
    assert_int_equal(writes(a), 1);
}

static void never_polled_nothing_is_written(void **state)
{
    struct awakened *a = *state;

    awakener_test_set(a);
    assert_int_equal(writes(a), 0);
    assert_int_equal(look(&a->g), 1);
}

/* A blocking poll that ended with a socket's event. */
static void be_woken_by_a_socket(struct awakened *a)
{
    struct ground *g = &a->g;

    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    send_near(g, "x", 1);
    assert_int_equal(await(g), 1);
    assert_int_equal(drain_near(g), 1);
}

static void after_a_sockets_event_nothing_is_written(void **state)
{
    struct awakened *a = *state;

    be_woken_by_a_socket(a);
    awakener_test_set(a);
    assert_int_equal(writes(a), 0);
    assert_int_equal(await(&a->g), 1);
}

static void after_a_timeout_nothing_is_written(void **state)
{
    struct awakened *a = *state;

    assert_int_equal(mio_poll(a->g.poll, a->g.events, 1, MS), 0);
    awakener_test_set(a);
    assert_int_equal(writes(a), 0);
    assert_int_equal(await(&a->g), 1);
}

static void in_2017_after_a_sockets_event_one_is_written_needlessly(void **state)
{
    struct awakened *a = *state;

    be_woken_by_a_socket(a);
    awakener_test_set(a);
    assert_int_equal(writes(a), 1);
    assert_int_equal(await(&a->g), 1);
    assert_int_equal(seen(&a->g, 7), MIO_READABLE);
    awakener_test_set(a); /* the last poll drained a registration */
    assert_int_equal(writes(a), 1);
}

static void in_2017_after_a_timeout_one_is_written_needlessly(void **state)
{
    struct awakened *a = *state;

    assert_int_equal(mio_poll(a->g.poll, a->g.events, 1, MS), 0);
    awakener_test_set(a);
    assert_int_equal(writes(a), 1);
}

static void in_2017_a_stale_mark_lasts_through_polls_without_a_wait(void **state)
{
    struct awakened *a = *state;

    assert_int_equal(mio_poll(a->g.poll, a->g.events, 1, MS), 0);
    assert_int_equal(look(&a->g), 0);
    awakener_test_set(a);
    assert_int_equal(writes(a), 1);
}

static void after_a_blocking_poll_that_drained_a_registration_nothing_is_written(void **state)
{
    struct awakened *a = *state;
    pthread_t poller = sleeping_poller(a);
    uint64_t before;

    awakener_test_set(a);
    pthread_join(poller, NULL);
    before = writes(a);
    for (int i = 0; i < 3; i++) {
        awakener_test_set(a);
        assert_int_equal(look(&a->g), 1);
    }
    assert_int_equal(writes(a), before);
}

static void with_something_queued_already_nothing_is_written(void **state)
{
    struct awakened *a = *state;
    struct mio_registration *other;
    struct mio_set_readiness *other_set;

    assert_int_equal(mio_registration_new(&other, &other_set), 0);
    assert_int_equal(mio_registration_register(a->g.poll, other, 8, MIO_READABLE, MIO_EDGE), 0);
    awakener_test_set(a);
    mio_set_readiness(other_set, MIO_READABLE);
    awakener_test_set(a); /* itself queued already */
    assert_int_equal(writes(a), 0);
    assert_int_equal(look(&a->g), 2);
    mio_registration_free(other);
    mio_set_readiness_free(other_set);
}

static void *set_a_thousand_times(void *argument)
{
    struct awakened *a = argument;

    for (int i = 0; i < 1000; i++)
        mio_set_readiness(a->set, MIO_READABLE);
    return NULL;
}

static void polling_without_a_wait_nothing_is_written(void **state)
{
    struct awakened *a = *state;
    pthread_t setter;

    assert_int_equal(pthread_create(&setter, NULL, set_a_thousand_times, a), 0);
    for (int i = 0; i < 1000; i++)
        look(&a->g);
    pthread_join(setter, NULL);
    assert_int_equal(writes(a), 0);
}

static void what_makes_no_event_writes_nothing(void **state)
{
    struct awakened *a = *state;
    struct mio_registration *dropped, *unregistered;
    struct mio_set_readiness *dropped_set, *unregistered_set;
    pthread_t poller;

    assert_int_equal(mio_registration_new(&dropped, &dropped_set), 0);
    assert_int_equal(mio_registration_register(a->g.poll, dropped, 8, MIO_READABLE, MIO_EDGE), 0);
    mio_registration_free(dropped);
    assert_int_equal(look(&a->g), 0);
    assert_int_equal(mio_registration_new(&unregistered, &unregistered_set), 0);

    poller = sleeping_poller(a);
    assert_int_equal(mio_set_readiness(dropped_set, MIO_READABLE), 0);
    assert_int_equal(mio_set_readiness(unregistered_set, MIO_READABLE), 0);
    assert_int_equal(mio_set_readiness(a->set, MIO_WRITABLE), 0); /* outside the interest */
    assert_int_equal(writes(a), 0);
    awakener_test_set(a);
    pthread_join(poller, NULL);
    assert_int_equal(writes(a), 1);

    mio_registration_free(unregistered);
    mio_set_readiness_free(unregistered_set);
    mio_set_readiness_free(dropped_set);
}

static void a_level_registration_that_stays_writes_nothing_and_leaves_once_reset(void **state)
{
    struct awakened *a = *state;

    assert_int_equal(
        mio_registration_reregister(a->g.poll, a->registration, 7, MIO_READABLE, MIO_LEVEL), 0);
    awakener_test_set(a);
    for (int i = 0; i < 5; i++)
        assert_int_equal(await(&a->g), 1);
    assert_false(mio_queue_is_empty(&a->g.poll->hub->queue));
    assert_int_equal(mio_set_readiness(a->set, 0), 0);
    /* at once: it was still queued */
    assert_int_equal(mio_poll(a->g.poll, a->g.events, 1, deadline_ns()), 0);
    assert_true(mio_queue_is_empty(&a->g.poll->hub->queue));
    assert_int_equal(writes(a), 0);
}

static void a_drop_wakes_a_sleeping_poll_without_an_event(void **state)
{
    struct awakened *a = *state;
    pthread_t poller = sleeping_poller(a);

    mio_registration_free(a->registration);
    a->registration = NULL;
    pthread_join(poller, NULL);
    assert_int_equal(a->g.n, 0);
    assert_int_equal(writes(a), 1);
}

/* ---- 1.x waker ---- */

static void wake_ups_by_two_threads_come_one_for_one_and_no_more(void **state)
{
    struct awakened *a = *state;

    for (int i = 0; i < 100; i++) {
        pthread_t poller = sleeping_poller(a), setter;

        assert_int_equal(pthread_create(&setter, NULL, set_a_thousand_times, a), 0);
        pthread_join(poller, NULL);
        pthread_join(setter, NULL);
        assert_true(a->g.n >= 1); /* sets that come during the drain may be seen by it, too */
        look(&a->g);
        assert_int_equal(look(&a->g), 0);
        assert_int_equal(writes(a), i + 1);
    }
}

#define row(test, form) cmocka_unit_test_setup_teardown(test, set_up_##form, tear_down_awakened)
#define row_of_all(test) row(test, best), row(test, pipe), row(test, 2017)

static int awakener_test_run(void)
{
    const struct CMUnitTest tests[] = {
        row_of_all(blocked_the_first_push_writes_once_and_the_rest_not_at_all),
        row_of_all(never_polled_nothing_is_written),
        row(after_a_sockets_event_nothing_is_written, best),
        row(after_a_sockets_event_nothing_is_written, pipe),
        row(after_a_timeout_nothing_is_written, best),
        row(after_a_timeout_nothing_is_written, pipe),
        row(in_2017_after_a_sockets_event_one_is_written_needlessly, 2017),
        row(in_2017_after_a_timeout_one_is_written_needlessly, 2017),
        row(in_2017_a_stale_mark_lasts_through_polls_without_a_wait, 2017),
        row_of_all(after_a_blocking_poll_that_drained_a_registration_nothing_is_written),
        row_of_all(with_something_queued_already_nothing_is_written),
        row_of_all(polling_without_a_wait_nothing_is_written),
        row_of_all(what_makes_no_event_writes_nothing),
        row_of_all(a_level_registration_that_stays_writes_nothing_and_leaves_once_reset),
        row_of_all(a_drop_wakes_a_sleeping_poll_without_an_event),
        row(wake_ups_by_two_threads_come_one_for_one_and_no_more, best),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_on_selector(argc, argv, awakener_test_run);
}
