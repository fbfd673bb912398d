/* Sockets in a poll: level, edge, oneshot, register and its kin, and what is particular to UDP. */
#include "ground.h"

#define RW (MIO_READABLE | MIO_WRITABLE)

static void sockets_test_watch(struct ground *g, uint32_t interest, uint32_t options)
{
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, interest, options), 0);
}

static bool reports_each_arrival(const struct ground *g)
{
    return strcmp(g->selector, "poll") != 0;
}

/* ---- level: 0.6 udp_level ---- */

static void level_both_sockets_are_writable_on_every_poll(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, RW, MIO_LEVEL);
    assert_int_equal(mio_register(g->poll, &g->far, FAR, RW, MIO_LEVEL), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(look(g), 2);
        assert_int_equal(seen(g, NEAR), MIO_WRITABLE);
        assert_int_equal(seen(g, FAR), MIO_WRITABLE);
    }
}

static void level_readable_repeats_until_drained_and_again_after_a_new_datagram(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, MIO_READABLE, MIO_LEVEL);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(look(g), 0);
        send_near(g, "hello", 5);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(look(g), 1);
            assert_int_equal(seen(g, NEAR), MIO_READABLE);
        }
        assert_int_equal(receive_near(g), 5);
    }
    assert_int_equal(look(g), 0);
}

static void no_options_mean_level(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, MIO_READABLE, 0);
    send_near(g, "x", 1);
    assert_int_equal(look(g), 1);
    assert_int_equal(look(g), 1);
}

/* ---- edge: 1.x udp_socket et_behavior_recv, et_behavior_recv_from; 1.x poll "again after
 * drain to WouldBlock" ---- */

static void edge_tells_once_and_again_only_after_a_drain(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, MIO_READABLE, MIO_EDGE);
    for (int round = 0; round < 3; round++) {
        send_near(g, "x", 1);
        await_bits(g, NEAR, MIO_READABLE);
        assert_int_equal(look(g), 0);
        assert_int_equal(drain_near(g), 1);
        assert_int_equal(look(g), 0);
    }
}

static void edge_on_a_connected_socket_tells_again_after_a_drain(void **state)
{
    struct ground *g = *state;

    connect_to(g->near.fd, g->far.fd);
    connect_to(g->far.fd, g->near.fd);
    sockets_test_watch(g, MIO_READABLE, MIO_EDGE);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(send(g->far.fd, "abc", 3, 0), 3);
        await_bits(g, NEAR, MIO_READABLE);
        assert_int_equal(drain_near(g), 1);
    }
}

/* A row for epoll and kqueue only; with poll(2) the contract's other half is shown.  The kernels
 * that signal only an empty queue are let through: nothing must rely on this. */
static void edge_without_a_drain_tells_again_only_where_the_kernel_sees_arrivals(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, MIO_READABLE, MIO_EDGE);
    send_near(g, "x", 1);
    await_bits(g, NEAR, MIO_READABLE);
    send_near(g, "y", 1);
    assert_true(look(g) <= reports_each_arrival(g));
    assert_int_equal(drain_near(g), 2);
    send_near(g, "z", 1);
    await_bits(g, NEAR, MIO_READABLE);
}

static void edge_reregister_tells_anew_what_is_ready(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, MIO_READABLE, MIO_EDGE);
    send_near(g, "x", 1);
    await_bits(g, NEAR, MIO_READABLE);
    assert_int_equal(look(g), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mio_reregister(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
        assert_int_equal(look(g), 1);
        assert_int_equal(look(g), 0);
    }
}

static void edge_writable_is_told_once(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, MIO_WRITABLE, MIO_EDGE);
    await_bits(g, NEAR, MIO_WRITABLE);
    assert_int_equal(look(g), 0);
    mio_socket_blocked(&g->near, MIO_READABLE); /* of no interest: changes nothing */
    assert_int_equal(look(g), 0);
}

/* ---- oneshot: 0.6 oneshot, reregister_without_poll ---- */

static void oneshot_gives_one_event_for_each_reregister(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, MIO_READABLE, MIO_EDGE | MIO_ONESHOT);
    send_near(g, "x", 1);
    for (int i = 0; i < 3; i++) {
        await_bits(g, NEAR, MIO_READABLE);
        assert_int_equal(look(g), 0);
        send_near(g, "y", 1);
        assert_int_equal(look(g), 0);
        assert_int_equal(
            mio_reregister(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE | MIO_ONESHOT), 0);
    }
}

static void oneshot_doubled_reregister_gives_one_event(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, MIO_READABLE, MIO_ONESHOT);
    send_near(g, "x", 1);
    assert_int_equal(look(g), 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(mio_reregister(g->poll, &g->near, NEAR, MIO_READABLE, MIO_ONESHOT), 0);
    assert_int_equal(look(g), 1);
    assert_int_equal(look(g), 0);
}

static void oneshot_quiets_the_other_direction_too(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, RW, MIO_EDGE | MIO_ONESHOT);
    await_bits(g, NEAR, MIO_WRITABLE);
    send_near(g, "x", 1);
    assert_int_equal(look(g), 0);
    assert_int_equal(mio_reregister(g->poll, &g->near, NEAR, RW, MIO_EDGE | MIO_ONESHOT), 0);
    assert_int_equal(look(g), 1);
    assert_int_equal(seen(g, NEAR), RW);
}

static void oneshot_fired_deregisters_and_registers_again(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, RW, MIO_ONESHOT);
    await_bits(g, NEAR, MIO_WRITABLE);
    assert_int_equal(mio_deregister(g->poll, &g->near), 0);
    sockets_test_watch(g, RW, MIO_ONESHOT);
    await_bits(g, NEAR, MIO_WRITABLE);
}

static void oneshot_reregister_from_read_to_write_drops_the_pending_read(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, MIO_READABLE, MIO_EDGE | MIO_ONESHOT);
    send_near(g, "x", 1);
    assert_int_equal(mio_reregister(g->poll, &g->near, NEAR, MIO_WRITABLE, MIO_EDGE | MIO_ONESHOT),
                     0);
    assert_int_equal(look(g), 1);
    assert_int_equal(seen(g, NEAR), MIO_WRITABLE);
    assert_int_equal(look(g), 0);
}

/* ---- 0.6 register_deregister, double_register, register_multiple_event_loops; 1.x poll ---- */

static void no_event_after_deregister_but_the_data_is_still_there(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, RW, MIO_EDGE);
    send_near(g, "x", 1);
    assert_int_equal(mio_deregister(g->poll, &g->near), 0);
    assert_int_equal(look(g), 0);
    assert_int_equal(receive_near(g), 1);
}

static void an_empty_interest_is_quiet_until_reregistered(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, 0, MIO_LEVEL);
    send_near(g, "x", 1);
    assert_int_equal(look(g), 0);
    assert_int_equal(mio_reregister(g->poll, &g->near, NEAR, RW, MIO_LEVEL), 0);
    assert_int_equal(look(g), 1);
    assert_int_equal(seen(g, NEAR), RW);
    assert_int_equal(mio_reregister(g->poll, &g->near, NEAR, 0, MIO_LEVEL), 0);
    assert_int_equal(look(g), 0);
    assert_int_equal(mio_deregister(g->poll, &g->near), 0);
}

static void a_second_register_is_refused(void **state)
{
    struct ground *g = *state;
    struct mio_socket same;

    sockets_test_watch(g, MIO_READABLE, MIO_EDGE);
    assert_int_equal(mio_register(g->poll, &g->near, FAR, RW, MIO_LEVEL), -EEXIST);
    mio_socket_init(&same, g->near.fd);
    assert_int_equal(mio_register(g->poll, &same, FAR, RW, MIO_LEVEL), -EEXIST);
    assert_int_equal(look(g), 0); /* and changed nothing */
    send_near(g, "x", 1);
    await_bits(g, NEAR, MIO_READABLE);
}

static void reregister_and_deregister_want_a_register(void **state)
{
    struct ground *g = *state;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(mio_reregister(g->poll, &g->near, NEAR, RW, MIO_EDGE), -ENOENT);
        assert_int_equal(mio_deregister(g->poll, &g->near), -ENOENT);
        sockets_test_watch(g, RW, MIO_EDGE);
        assert_int_equal(mio_deregister(g->poll, &g->near), 0);
    }
}

static void a_socket_belongs_to_its_first_poll_for_life(void **state)
{
    struct ground *g = *state;
    const struct mio_options options = {.selector = g->selector};
    struct mio_poll *other;

    assert_int_equal(mio_poll_new(&options, &other), 0);
    sockets_test_watch(g, RW, MIO_EDGE);
    assert_int_equal(mio_register(other, &g->near, NEAR, RW, MIO_EDGE), -EBUSY);
    assert_int_equal(mio_reregister(other, &g->near, NEAR, RW, MIO_EDGE), -EBUSY);
    assert_int_equal(mio_deregister(other, &g->near), -EBUSY);
    assert_int_equal(mio_deregister(g->poll, &g->near), 0);
    assert_int_equal(mio_register(other, &g->near, NEAR, RW, MIO_EDGE), -EBUSY);
    mio_poll_free(other);
}

/* 1.x poll: reregister overrides interest and token; 1.x udp_socket reregister (write to read) */
static void reregister_replaces_token_interest_and_options(void **state)
{
    struct ground *g = *state;

    sockets_test_watch(g, MIO_WRITABLE, MIO_EDGE);
    assert_int_equal(mio_reregister(g->poll, &g->near, 77, MIO_READABLE, MIO_LEVEL), 0);
    assert_int_equal(look(g), 0);
    send_near(g, "x", 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(look(g), 1);
        assert_int_equal(seen(g, 77), MIO_READABLE);
    }
    assert_int_equal(mio_reregister(g->poll, &g->near, 78, MIO_READABLE, MIO_EDGE), 0);
    assert_int_equal(look(g), 1);
    assert_int_equal(seen(g, 78), MIO_READABLE);
    assert_int_equal(look(g), 0);
}

/* ---- stale tokens ---- */

static void events_already_given_stay_after_deregister_and_no_later_poll_repeats_them(void **state)
{
    struct ground *g = *state;

    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_WRITABLE, MIO_LEVEL), 0);
    assert_int_equal(mio_register(g->poll, &g->far, FAR, MIO_WRITABLE, MIO_LEVEL), 0);
    assert_int_equal(look(g), 2);
    assert_int_equal(mio_deregister(g->poll, &g->far), 0);
    /* stale, in the caller's hands: look up defensively */
    assert_int_equal(seen(g, FAR), MIO_WRITABLE);
    assert_int_equal(look(g), 1);
    assert_int_equal(seen(g, FAR), 0);
}

static void a_reused_token_tells_of_its_new_owner_only(void **state)
{
    struct ground *g = *state;

    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_LEVEL), 0);
    send_near(g, "x", 1);
    assert_int_equal(look(g), 1);
    assert_int_equal(mio_deregister(g->poll, &g->near), 0);
    assert_int_equal(mio_register(g->poll, &g->far, NEAR, MIO_READABLE, MIO_LEVEL), 0);
    assert_int_equal(look(g), 0);
}

static int sockets_test_run(void)
{
    const struct CMUnitTest tests[] = {
        on_ground(level_both_sockets_are_writable_on_every_poll),
        on_ground(level_readable_repeats_until_drained_and_again_after_a_new_datagram),
        on_ground(no_options_mean_level),
        on_ground(edge_tells_once_and_again_only_after_a_drain),
        on_ground(edge_on_a_connected_socket_tells_again_after_a_drain),
        on_ground(edge_without_a_drain_tells_again_only_where_the_kernel_sees_arrivals),
        on_ground(edge_reregister_tells_anew_what_is_ready),
        on_ground(edge_writable_is_told_once),
        on_ground(oneshot_gives_one_event_for_each_reregister),
        on_ground(oneshot_doubled_reregister_gives_one_event),
        on_ground(oneshot_quiets_the_other_direction_too),
        on_ground(oneshot_fired_deregisters_and_registers_again),
        on_ground(oneshot_reregister_from_read_to_write_drops_the_pending_read),
        on_ground(no_event_after_deregister_but_the_data_is_still_there),
        on_ground(an_empty_interest_is_quiet_until_reregistered),
        on_ground(a_second_register_is_refused),
        on_ground(reregister_and_deregister_want_a_register),
        on_ground(a_socket_belongs_to_its_first_poll_for_life),
        on_ground(reregister_replaces_token_interest_and_options),
        on_ground(events_already_given_stay_after_deregister_and_no_later_poll_repeats_them),
        on_ground(a_reused_token_tells_of_its_new_owner_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_on_selector(argc, argv, sockets_test_run);
}
