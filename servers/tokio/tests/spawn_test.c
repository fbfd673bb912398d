/* What tokio-core's own tests ask of spawning, timers and sockets; README.md tells which is
 * which. */
#include "ten.h"

#include "tokio/oneshot.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#define MS 1000000

static int new_core(void **state)
{
    return tokio_core_new(NULL, (struct tokio_core **)state);
}

static int free_core(void **state)
{
    tokio_core_free(*state);
    return 0;
}

/* ---- spawning ---- */

/* Sends a value through its oneshot when it is polled. */
struct sending {
    struct tokio_future future;
    struct tokio_oneshot_sender *sender;
    int value;
};

static int poll_sending(struct tokio_future *future, struct tokio_context *context)
{
    struct sending *s = (struct sending *)future;

    (void)context;
    assert_int_equal(tokio_oneshot_send(s->sender, &s->value), 0);
    return TOKIO_READY;
}

struct awaiting {
    struct tokio_future future;
    struct tokio_oneshot_receiver *receiver;
    int value;
};

static int poll_awaiting(struct tokio_future *future, struct tokio_context *context)
{
    struct awaiting *a = (struct awaiting *)future;
    void *value;
    int result = tokio_oneshot_poll(a->receiver, context, &value);

    if (result == TOKIO_READY)
        a->value = *(int *)value;
    return result;
}

static void connect_pair(struct sending *sending, struct awaiting *awaiting, int value)
{
    *sending = (struct sending){.future.poll = poll_sending, .value = value};
    *awaiting = (struct awaiting){.future.poll = poll_awaiting};
    assert_int_equal(tokio_oneshot_new(&sending->sender, &awaiting->receiver), 0);
}

struct elsewhere {
    struct tokio_remote *remote;
    struct tokio_future *future;
};

static void *spawn_test_spawn_from_elsewhere(void *context)
{
    struct elsewhere *e = context;

    assert_int_equal(tokio_remote_spawn(e->remote, e->future), 0);
    return NULL;
}

static void a_spawn_here_and_one_from_elsewhere_complete_a_join_of_two_oneshots(void **state)
{
    struct tokio_core *core = *state;
    struct sending sending[2];
    struct awaiting awaiting[2];
    struct tokio_join both;
    struct elsewhere elsewhere = {.remote = tokio_core_remote(core), .future = &sending[1].future};
    pthread_t thread;

    connect_pair(&sending[0], &awaiting[0], 1);
    connect_pair(&sending[1], &awaiting[1], 2);
    tokio_join_init(&both, &awaiting[0].future, &awaiting[1].future);
    assert_int_equal(tokio_core_spawn(core, &sending[0].future), 0);
    assert_int_equal(pthread_create(&thread, NULL, spawn_test_spawn_from_elsewhere, &elsewhere), 0);
    assert_int_equal(tokio_core_run(core, &both.all.future), TOKIO_READY);
    pthread_join(thread, NULL);
    tokio_remote_release(elsewhere.remote);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(awaiting[i].value, i + 1);
        tokio_oneshot_receiver_free(awaiting[i].receiver);
    }
}

static void what_is_spawned_is_polled_in_the_next_turn_and_not_before(void **state)
{
    struct tokio_core *core = *state;
    struct told told;

    told_init(&told);
    told.results[1] = TOKIO_READY;
    assert_int_equal(tokio_core_spawn(core, &told.future), 0);
    assert_int_equal(told.polls, 0);
    tokio_core_turn(core, 0);
    assert_int_equal(told.polls, 1);
    tokio_core_turn(core, 0);
    assert_int_equal(told.polls, 1);
    tokio_notify(told.kept);
    tokio_core_turn(core, MIO_FOREVER);
    assert_int_equal(told.drops, 1);
    told_fini(&told);
}

static void spawn_the_other(struct told *told)
{
    struct told *other = told->user;

    assert_int_equal(tokio_core_spawn(other->user, &other->future), 0);
}

static void a_task_spawns_another(void **state)
{
    struct told first, second;

    told_init(&first);
    told_init(&second);
    first.user = &second;
    second.user = *state;
    first.during = spawn_the_other;
    first.results[0] = second.results[0] = TOKIO_READY;
    assert_int_equal(tokio_core_spawn(*state, &first.future), 0);
    tokio_core_turn(*state, 0);
    assert_int_equal(second.polls, 0);
    tokio_core_turn(*state, MIO_FOREVER); /* would not end if nothing waited to be polled */
    assert_int_equal(second.drops, 1);
    told_fini(&first);
    told_fini(&second);
}

static void what_a_drop_spawns_runs_too(void **state)
{
    struct told first, second;

    told_init(&first);
    told_init(&second);
    first.user = &second;
    second.user = *state;
    first.dropping = spawn_the_other; /* while its own place is given back */
    first.results[0] = second.results[0] = TOKIO_READY;
    assert_int_equal(tokio_core_spawn(*state, &first.future), 0);
    tokio_core_turn(*state, 0);
    tokio_core_turn(*state, MIO_FOREVER);
    assert_int_equal(second.polls, 1);
    assert_int_equal(second.drops, 1);
    told_fini(&first);
    told_fini(&second);
}

/* ---- timers ---- */

static void drop_the_timeout(struct told *told)
{
    tokio_timeout_fini(told->user);
}

static void a_task_that_is_dropped_takes_its_timeout_along(void **state)
{
    struct tokio_timers *timers = tokio_core_timers(*state);
    struct tokio_timeout timeout;
    struct told told;
    struct counter counter;

    counter_init(&counter);
    tokio_timeout_init(&timeout, timers,
                       timers->clock.now_ns(timers->clock.context) + 3600 * 1000 * (int64_t)MS);
    assert_int_equal(tokio_poll(&timeout.future, &counter.context), TOKIO_PENDING);
    assert_true(tokio_timers_next_ns(timers) < INT64_MAX);
    told_init(&told);
    told.user = &timeout;
    told.dropping = drop_the_timeout;
    told.results[0] = TOKIO_READY;
    assert_int_equal(tokio_core_spawn(*state, &told.future), 0);
    tokio_core_turn(*state, 0);
    assert_int_equal(tokio_timers_next_ns(timers), INT64_MAX);
    counter_assert_alone(&counter);
    told_fini(&told);
}

static void two_timeouts_one_after_the_other_end_a_run_each(void **state)
{
    struct tokio_timers *timers = tokio_core_timers(*state);
    int64_t begin = timers->clock.now_ns(timers->clock.context);

    for (int i = 1; i <= 2; i++) {
        struct tokio_timeout timeout;

        tokio_timeout_init(&timeout, timers, begin + i * MS);
        assert_int_equal(tokio_core_run(*state, &timeout.future), TOKIO_READY);
        assert_true(timers->clock.now_ns(timers->clock.context) >= begin + i * MS);
        tokio_timeout_fini(&timeout);
    }
}

struct ticking {
    struct tokio_future future;
    struct tokio_interval interval;
    int left;
};

static int poll_ticking(struct tokio_future *future, struct tokio_context *context)
{
    struct ticking *t = (struct ticking *)future;
    void *none;
    int result;

    while ((result = t->interval.stream.poll(&t->interval.stream, context, &none)) == TOKIO_READY) {
        if (--t->left == 0)
            return TOKIO_READY;
    }
    return result;
}

static void an_interval_ticks_twice_on_the_core(void **state)
{
    struct tokio_timers *timers = tokio_core_timers(*state);
    int64_t begin = timers->clock.now_ns(timers->clock.context);
    struct ticking ticking = {.future.poll = poll_ticking, .left = 2};

    tokio_interval_init(&ticking.interval, timers, begin + MS, MS);
    assert_int_equal(tokio_core_run(*state, &ticking.future), TOKIO_READY);
    assert_true(timers->clock.now_ns(timers->clock.context) >= begin + 2 * MS);
    tokio_interval_fini(&ticking.interval);
}

/* ---- sockets ---- */

struct exchange {
    struct tokio_future future;
    struct tokio_udp udp[2];
    bool sent;
    char data[8];
    size_t length;
};

static int poll_exchange(struct tokio_future *future, struct tokio_context *context)
{
    struct exchange *e = (struct exchange *)future;
    int result = e->sent ? TOKIO_READY : tokio_udp_send(&e->udp[0], context, "hello", 5, NULL, 0);

    if (result != TOKIO_READY)
        return result;
    e->sent = true;
    return tokio_udp_receive(&e->udp[1], context, e->data, sizeof e->data, &e->length, NULL, NULL);
}

static void connected_sockets_need_no_addresses(void **state)
{
    struct exchange e = {.future.poll = poll_exchange};
    struct sockaddr_in to[2];
    int fds[2];

    for (int i = 0; i < 2; i++) {
        socklen_t length = sizeof to[i];

        fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
        to[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        assert_int_equal(fcntl(fds[i], F_SETFL, O_NONBLOCK), 0);
        assert_int_equal(bind(fds[i], (struct sockaddr *)&to[i], length), 0);
        assert_int_equal(getsockname(fds[i], (struct sockaddr *)&to[i], &length), 0);
        assert_int_equal(tokio_udp_init(&e.udp[i], *state, fds[i]), 0);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(connect(fds[i], (struct sockaddr *)&to[1 - i], sizeof to[i]), 0);
    assert_int_equal(tokio_core_run(*state, &e.future), TOKIO_READY);
    assert_int_equal(e.length, 5);
    assert_memory_equal(e.data, "hello", 5);
    for (int i = 0; i < 2; i++) {
        tokio_udp_fini(&e.udp[i]);
        close(fds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_spawn_here_and_one_from_elsewhere_complete_a_join_of_two_oneshots, new_core,
            free_core),
        cmocka_unit_test_setup_teardown(what_is_spawned_is_polled_in_the_next_turn_and_not_before,
                                        new_core, free_core),
        cmocka_unit_test_setup_teardown(a_task_spawns_another, new_core, free_core),
        cmocka_unit_test_setup_teardown(what_a_drop_spawns_runs_too, new_core, free_core),
        cmocka_unit_test_setup_teardown(a_task_that_is_dropped_takes_its_timeout_along, new_core,
                                        free_core),
        cmocka_unit_test_setup_teardown(two_timeouts_one_after_the_other_end_a_run_each, new_core,
                                        free_core),
        cmocka_unit_test_setup_teardown(an_interval_ticks_twice_on_the_core, new_core, free_core),
        cmocka_unit_test_setup_teardown(connected_sockets_need_no_addresses, new_core, free_core),
    };

    return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
