/* The reactor: sockets, turns, timers, and other threads. */
#include "ten.h"

#include <pthread.h>

/* ---- sockets ---- */

static void an_empty_datagram_is_received(void **state)
{
    struct ground *g = *state;
    const struct sockaddr_in *to = &g->readers[0].address;

    run_until_idle(g);
    assert_int_equal(sendto(g->client, "", 0, 0, (const struct sockaddr *)to, sizeof *to), 0);
    run_until_received(g, 0, 1);
    assert_int_equal(g->readers[0].bytes, 0);
}

struct sender {
    struct tokio_future future;
    struct ground *ground;
};

static int poll_sender(struct tokio_future *future, struct tokio_context *context)
{
    struct ground *g = ((struct sender *)future)->ground;
    const struct sockaddr_in *to = &g->readers[CHOSEN].address;

    return tokio_udp_send(&g->readers[0].udp, context, "hi", 2, (const struct sockaddr *)to,
                          sizeof *to);
}

static void a_send_waits_for_the_first_event_and_arrives(void **state)
{
    struct ground *g = *state;
    struct sender sender = {.future = {.poll = poll_sender}, .ground = g};

    assert_int_equal(tokio_core_run(g->core, &sender.future), TOKIO_READY);
    run_until_received(g, CHOSEN, 1);
    assert_int_equal(g->readers[CHOSEN].bytes, 2);
}

static void a_budget_bounds_what_a_busy_socket_takes(void **state)
{
    struct ground *g = *state;
    struct tokio_core_options options = {.budget = 4};
    struct reader busy = {0}, quiet = {0};
    struct ground own = {.client = g->client};

    assert_int_equal(tokio_core_new(&options, &own.core), 0);
    open_reader(&own, &busy);
    open_reader(&own, &quiet);
    own.readers[0].address = busy.address;
    own.readers[1].address = quiet.address;
    queue_on(&own, 0);
    send_to(&own, 1);
    assert_int_equal(tokio_core_spawn(own.core, &busy.future), 0);
    assert_int_equal(tokio_core_spawn(own.core, &quiet.future), 0);
    while (quiet.received == 0)
        assert_true(tokio_core_turn(own.core, 0) >= 0);
    assert_in_range(busy.received, 0, 4);
    while (busy.received < PACKETS)
        assert_true(tokio_core_turn(own.core, 0) >= 0);
    assert_in_range(busy.polls, PACKETS / 4, PACKETS / 4 + 1);
    close_reader(&busy);
    close_reader(&quiet);
    tokio_core_free(own.core);
}

/* ---- tasks and threads ---- */

static void what_was_spawned_is_dropped_with_the_core(void **state)
{
    struct tokio_core *core;
    struct told told;

    (void)state;
    assert_int_equal(tokio_core_new(NULL, &core), 0);
    told_init(&told);
    tokio_core_spawn(core, &told.future);
    tokio_core_turn(core, 0);
    tokio_core_free(core);
    assert_int_equal(told.drops, 1);
    tokio_notify(told.kept);
    told_fini(&told);
}

static void a_timeout_ends_a_run(void **state)
{
    struct ground *g = *state;
    struct tokio_timers *timers = tokio_core_timers(g->core);
    struct tokio_timeout timeout;

    tokio_timeout_init(&timeout, timers, timers->clock.now_ns(timers->clock.context) + 1000000);
    assert_int_equal(tokio_core_run(g->core, &timeout.future), TOKIO_READY);
    tokio_timeout_fini(&timeout);
}

struct elsewhere {
    struct tokio_future future; /* the main one: ready when the spawned one has run */
    struct tokio_future spawned;
    struct tokio_slot slot;
    struct tokio_remote *remote;
    bool ran;
};

static int poll_spawned(struct tokio_future *future, struct tokio_context *context)
{
    struct elsewhere *e = (struct elsewhere *)((char *)future -
                                               offsetof(struct elsewhere, spawned));

    (void)context;
    e->ran = true;
    tokio_slot_notify(&e->slot);
    return TOKIO_READY;
}

static int poll_until_ran(struct tokio_future *future, struct tokio_context *context)
{
    struct elsewhere *e = (struct elsewhere *)future;

    tokio_slot_register(&e->slot, context->notify);
    return e->ran ? TOKIO_READY : TOKIO_PENDING;
}

static void *core_test_spawn_from_elsewhere(void *context)
{
    struct elsewhere *e = context;

    assert_int_equal(tokio_remote_spawn(e->remote, &e->spawned), 0);
    return NULL;
}

static void another_thread_spawns_and_wakes_the_loop(void **state)
{
    struct ground *g = *state;

    for (int i = 0; i < 200; i++) {
        struct elsewhere e = {.future = {.poll = poll_until_ran},
                              .spawned = {.poll = poll_spawned}};
        pthread_t thread;

        tokio_slot_init(&e.slot);
        e.remote = tokio_core_remote(g->core);
        assert_int_equal(pthread_create(&thread, NULL, core_test_spawn_from_elsewhere, &e), 0);
        assert_int_equal(tokio_core_run(g->core, &e.future), TOKIO_READY);
        pthread_join(thread, NULL);
        tokio_slot_fini(&e.slot);
        tokio_remote_release(e.remote);
    }
}

static void a_remote_outlives_its_core_and_refuses(void **state)
{
    struct tokio_core *core;
    struct tokio_remote *remote;
    struct told told[2];

    (void)state;
    told_init(&told[0]);
    told_init(&told[1]);
    assert_int_equal(tokio_core_new(NULL, &core), 0);
    remote = tokio_core_remote(core);
    assert_int_equal(tokio_remote_spawn(remote, &told[0].future), 0);
    tokio_core_free(core);
    assert_int_equal(told[0].drops, 1);
    assert_int_equal(tokio_remote_spawn(remote, &told[1].future), -EPIPE);
    tokio_remote_release(remote);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_datagram_is_received, make_spawn, end_ground),
        cmocka_unit_test_setup_teardown(a_send_waits_for_the_first_event_and_arrives, make_spawn,
                                        end_ground),
        cmocka_unit_test_setup_teardown(a_budget_bounds_what_a_busy_socket_takes, make_spawn,
                                        end_ground),
        cmocka_unit_test(what_was_spawned_is_dropped_with_the_core),
        cmocka_unit_test_setup_teardown(a_timeout_ends_a_run, make_spawn, end_ground),
        cmocka_unit_test_setup_teardown(another_thread_spawns_and_wakes_the_loop, make_spawn,
                                        end_ground),
        cmocka_unit_test(a_remote_outlives_its_core_and_refuses),
    };

    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
