/* The channel, bounded and unbounded, by one thread. */
#include "ground.h"

#include "tokio/mpsc.h"

#include <stdlib.h>

struct channel {
    struct counter sending, receiving;
    struct tokio_sender *sender;
    struct tokio_receiver *receiver;
};

static atomic_uint dropped;

static void count_drop(void *item)
{
    (void)item;
    atomic_fetch_add(&dropped, 1);
}

static struct channel *mpsc_test_make(void **state, size_t capacity)
{
    struct channel *c = calloc(1, sizeof *c);

    counter_init(&c->sending);
    counter_init(&c->receiving);
    assert_int_equal(tokio_mpsc_new(sizeof(int), capacity, count_drop, &c->sender, &c->receiver),
                     0);
    *state = c;
    return c;
}

static int mpsc_test_teardown(void **state)
{
    struct channel *c = *state;

    tokio_sender_free(c->sender);
    tokio_receiver_free(c->receiver);
    counter_assert_alone(&c->sending);
    counter_assert_alone(&c->receiving);
    free(c);
    return 0;
}

static int mpsc_test_send(struct channel *c, int value)
{
    return tokio_sender_start_send(c->sender, &c->sending.context, &value);
}

static int try_send(struct channel *c, int value)
{
    return tokio_sender_try_send(c->sender, &value);
}

static int mpsc_test_receive(struct channel *c, int *value)
{
    void *item = NULL;
    int result = tokio_receiver_poll(c->receiver, &c->receiving.context, &item);

    if (result == TOKIO_READY)
        *value = *(int *)item;
    return result;
}

static void assert_received(struct channel *c, int expected)
{
    int value = -1;

    assert_int_equal(mpsc_test_receive(c, &value), TOKIO_READY);
    assert_int_equal(value, expected);
}

static void assert_received_nothing(struct channel *c, int expected)
{
    int value;

    assert_int_equal(mpsc_test_receive(c, &value), expected);
}

static void what_is_sent_is_received_in_order(void **state)
{
    struct channel *c = mpsc_test_make(state, 16);

    for (int i = 0; i < 10; i++)
        assert_int_equal(mpsc_test_send(c, i), TOKIO_READY);
    for (int i = 0; i < 10; i++)
        assert_received(c, i);
    assert_received_nothing(c, TOKIO_PENDING);
}

static void a_sender_fits_one_more_than_the_capacity(void **state)
{
    struct channel *c = mpsc_test_make(state, 8);

    for (int i = 0; i < 9; i++)
        assert_int_equal(mpsc_test_send(c, i), TOKIO_READY);
    assert_int_equal(mpsc_test_send(c, 9), TOKIO_PENDING);
    assert_int_equal(counter_take(&c->sending), 0);
    assert_received(c, 0);
    assert_int_equal(counter_take(&c->sending), 1);
    assert_int_equal(mpsc_test_send(c, 9), TOKIO_READY);
    assert_int_equal(mpsc_test_send(c, 10), TOKIO_PENDING);
}

static void without_capacity_one_item_fits_and_a_receive_makes_room(void **state)
{
    struct channel *c = mpsc_test_make(state, 0);

    assert_int_equal(mpsc_test_send(c, 1), TOKIO_READY);
    assert_int_equal(mpsc_test_send(c, 2), TOKIO_PENDING);
    assert_received(c, 1);
    assert_int_equal(counter_take(&c->sending), 1);
    assert_int_equal(mpsc_test_send(c, 2), TOKIO_READY);
    assert_received(c, 2);
}

static void each_sender_has_a_slot_and_the_longest_waiting_is_let_go_first(void **state)
{
    struct channel *c = mpsc_test_make(state, 1);
    struct tokio_sender *other = tokio_sender_clone(c->sender);
    struct counter waits;
    int value = 7;

    counter_init(&waits);
    assert_int_equal(mpsc_test_send(c, 0), TOKIO_READY);
    assert_int_equal(mpsc_test_send(c, 1), TOKIO_READY); /* parks the first */
    /* parks the second */
    assert_int_equal(tokio_sender_start_send(other, &waits.context, &value), TOKIO_READY);
    assert_int_equal(tokio_sender_start_send(other, &waits.context, &value), TOKIO_PENDING);
    assert_int_equal(mpsc_test_send(c, 2), TOKIO_PENDING);
    assert_received(c, 0);
    assert_int_equal(counter_take(&c->sending), 1);
    assert_int_equal(counter_take(&waits), 0);
    assert_received(c, 1);
    assert_int_equal(counter_take(&waits), 1);
    tokio_sender_free(other);
    counter_assert_alone(&waits);
}

static void try_send_refuses_without_waiting(void **state)
{
    struct channel *c = mpsc_test_make(state, 0);

    assert_int_equal(try_send(c, 1), TOKIO_READY);
    assert_int_equal(try_send(c, 2), TOKIO_PENDING);
    assert_received(c, 1);
    assert_int_equal(counter_take(&c->sending), 0);
    assert_int_equal(try_send(c, 2), TOKIO_READY);
    tokio_receiver_close(c->receiver);
    assert_int_equal(try_send(c, 3), -EPIPE);
}

static void poll_ready_tells_whether_a_send_would_be_taken(void **state)
{
    struct channel *c = mpsc_test_make(state, 0);

    assert_int_equal(tokio_sender_poll_ready(c->sender, &c->sending.context), TOKIO_READY);
    mpsc_test_send(c, 1);
    assert_int_equal(tokio_sender_poll_ready(c->sender, &c->sending.context), TOKIO_PENDING);
    assert_received(c, 1);
    assert_int_equal(counter_take(&c->sending), 1);
    assert_int_equal(tokio_sender_poll_ready(c->sender, &c->sending.context), TOKIO_READY);
    assert_received_nothing(c, TOKIO_PENDING);
    tokio_receiver_close(c->receiver);
    assert_int_equal(tokio_sender_poll_ready(c->sender, &c->sending.context), -EPIPE);
}

static void the_receiver_is_told_once_until_it_found_nothing(void **state)
{
    struct channel *c = mpsc_test_make(state, 8);

    assert_received_nothing(c, TOKIO_PENDING);
    mpsc_test_send(c, 1);
    mpsc_test_send(c, 2);
    assert_int_equal(counter_take(&c->receiving), 1);
    assert_received(c, 1);
    mpsc_test_send(c, 3);
    assert_int_equal(counter_take(&c->receiving), 0);
    assert_received(c, 2);
    assert_received(c, 3);
    assert_received_nothing(c, TOKIO_PENDING);
    mpsc_test_send(c, 4);
    assert_int_equal(counter_take(&c->receiving), 1);
}

static void a_receiver_may_move_between_tasks(void **state)
{
    struct channel *c = mpsc_test_make(state, 8);
    struct counter other;
    void *item;

    counter_init(&other);
    assert_received_nothing(c, TOKIO_PENDING);
    assert_int_equal(tokio_receiver_poll(c->receiver, &other.context, &item), TOKIO_PENDING);
    mpsc_test_send(c, 1);
    assert_int_equal(counter_take(&c->receiving), 0);
    assert_int_equal(counter_take(&other), 1);
    counter_assert_alone(&other);
}

static void when_the_last_sender_goes_the_rest_is_received_and_then_the_end(void **state)
{
    struct channel *c = mpsc_test_make(state, 8);
    struct tokio_sender *other = tokio_sender_clone(c->sender);

    assert_received_nothing(c, TOKIO_PENDING);
    tokio_sender_free(other);
    assert_int_equal(counter_take(&c->receiving), 0);
    mpsc_test_send(c, 1);
    counter_take(&c->receiving);
    tokio_sender_free(c->sender);
    c->sender = NULL;
    assert_received(c, 1);
    assert_received_nothing(c, TOKIO_DONE);
}

static void the_last_sender_wakes_a_receiver_that_waits(void **state)
{
    struct channel *c = mpsc_test_make(state, 8);

    assert_received_nothing(c, TOKIO_PENDING);
    tokio_sender_free(c->sender);
    c->sender = NULL;
    assert_int_equal(counter_take(&c->receiving), 1);
    assert_received_nothing(c, TOKIO_DONE);
}

static void a_closed_receiver_fails_senders_tells_the_parked_and_keeps_what_came(void **state)
{
    struct channel *c = mpsc_test_make(state, 0);

    mpsc_test_send(c, 1);
    assert_int_equal(mpsc_test_send(c, 2), TOKIO_PENDING);
    tokio_receiver_close(c->receiver);
    assert_int_equal(counter_take(&c->sending), 1);
    assert_int_equal(mpsc_test_send(c, 2), -EPIPE);
    assert_received(c, 1);
    assert_received_nothing(c, TOKIO_DONE);
}

static void a_receiver_that_goes_drops_what_nobody_received(void **state)
{
    struct channel *c = mpsc_test_make(state, 8);

    atomic_store(&dropped, 0);
    mpsc_test_send(c, 1);
    mpsc_test_send(c, 2);
    tokio_receiver_free(c->receiver);
    c->receiver = NULL;
    assert_int_equal(atomic_load(&dropped), 2);
    assert_int_equal(mpsc_test_send(c, 3), -EPIPE);
}

static void a_parked_sender_may_go(void **state)
{
    struct channel *c = mpsc_test_make(state, 0);
    struct tokio_sender *other = tokio_sender_clone(c->sender);
    int value = 1;

    assert_int_equal(tokio_sender_start_send(other, &c->sending.context, &value), TOKIO_READY);
    assert_int_equal(tokio_sender_start_send(other, &c->sending.context, &value), TOKIO_PENDING);
    tokio_sender_free(other);
    assert_received(c, 1);
    assert_int_equal(counter_take(&c->sending), 0);
    assert_int_equal(mpsc_test_send(c, 2), TOKIO_READY);
}

static void an_unbounded_channel_parks_nobody(void **state)
{
    struct channel *c = mpsc_test_make(state, TOKIO_UNBOUNDED);

    for (int i = 0; i < 10000; i++)
        assert_int_equal(mpsc_test_send(c, i), TOKIO_READY);
    for (int i = 0; i < 10000; i++)
        assert_received(c, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_is_sent_is_received_in_order, mpsc_test_teardown),
        cmocka_unit_test_teardown(a_sender_fits_one_more_than_the_capacity, mpsc_test_teardown),
        cmocka_unit_test_teardown(without_capacity_one_item_fits_and_a_receive_makes_room,
                                  mpsc_test_teardown),
        cmocka_unit_test_teardown(each_sender_has_a_slot_and_the_longest_waiting_is_let_go_first,
                                  mpsc_test_teardown),
        cmocka_unit_test_teardown(try_send_refuses_without_waiting, mpsc_test_teardown),
        cmocka_unit_test_teardown(poll_ready_tells_whether_a_send_would_be_taken,
                                  mpsc_test_teardown),
        cmocka_unit_test_teardown(the_receiver_is_told_once_until_it_found_nothing,
                                  mpsc_test_teardown),
        cmocka_unit_test_teardown(a_receiver_may_move_between_tasks, mpsc_test_teardown),
        cmocka_unit_test_teardown(when_the_last_sender_goes_the_rest_is_received_and_then_the_end,
                                  mpsc_test_teardown),
        cmocka_unit_test_teardown(the_last_sender_wakes_a_receiver_that_waits, mpsc_test_teardown),
        cmocka_unit_test_teardown(
            a_closed_receiver_fails_senders_tells_the_parked_and_keeps_what_came,
            mpsc_test_teardown),
        cmocka_unit_test_teardown(a_receiver_that_goes_drops_what_nobody_received,
                                  mpsc_test_teardown),
        cmocka_unit_test_teardown(a_parked_sender_may_go, mpsc_test_teardown),
        cmocka_unit_test_teardown(an_unbounded_channel_parks_nobody, mpsc_test_teardown),
    };

    return cmocka_run_group_tests_name("mpsc", tests, NULL, NULL);
}
