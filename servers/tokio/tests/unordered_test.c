/* FuturesUnordered and for_each. */
#include "ground.h"

#include "tokio/unordered.h"

#include <stdlib.h>

#define COUNT 10

struct set {
    struct counter counter;
    struct told told[COUNT];
    struct tokio_unordered futures;
    char log[256];
};

static int unordered_test_setup(void **state)
{
    struct set *s = calloc(1, sizeof *s);

    *state = s;
    counter_init(&s->counter);
    for (int i = 0; i < COUNT; i++) {
        told_init(&s->told[i]);
        s->told[i].log = s->log;
        s->told[i].letter = (char)('a' + i);
    }
    return tokio_unordered_init(&s->futures);
}

static int unordered_test_teardown(void **state)
{
    struct set *s = *state;

    tokio_unordered_fini(&s->futures);
    for (int i = 0; i < COUNT; i++)
        told_fini(&s->told[i]);
    counter_assert_alone(&s->counter);
    free(s);
    return 0;
}

static void unordered_test_push(struct set *s, int count)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(tokio_unordered_push(&s->futures, &s->told[i].future), 0);
}

static int unordered_test_poll(struct set *s, void **item)
{
    return s->futures.stream.poll(&s->futures.stream, &s->counter.context, item);
}

static int poll_pending(struct set *s)
{
    void *item;

    return unordered_test_poll(s, &item);
}

static void an_empty_set_is_done(void **state)
{
    assert_int_equal(poll_pending(*state), TOKIO_DONE);
}

static void futures_come_out_in_the_order_in_which_they_finish(void **state)
{
    struct set *s = *state;
    void *item = NULL;

    unordered_test_push(s, 3);
    for (int i = 0; i < 3; i++)
        s->told[i].results[1] = TOKIO_READY;
    s->futures.budget = TOKIO_BUDGET_2017;
    assert_int_equal(poll_pending(s), TOKIO_PENDING);
    tokio_notify(s->told[2].kept);
    tokio_notify(s->told[0].kept);
    assert_int_equal(unordered_test_poll(s, &item), TOKIO_READY);
    assert_ptr_equal(item, &s->told[2]);
    assert_int_equal(unordered_test_poll(s, &item), TOKIO_READY);
    assert_ptr_equal(item, &s->told[0]);
    assert_int_equal(unordered_test_poll(s, &item), TOKIO_PENDING);
    tokio_notify(s->told[1].kept);
    assert_int_equal(unordered_test_poll(s, &item), TOKIO_READY);
    assert_int_equal(unordered_test_poll(s, &item), TOKIO_DONE);
}

static void a_future_that_is_ready_at_once_comes_out(void **state)
{
    struct set *s = *state;
    void *item = NULL;

    s->told[0].results[0] = TOKIO_READY;
    unordered_test_push(s, 1);
    assert_int_equal(unordered_test_poll(s, &item), TOKIO_READY);
    assert_ptr_equal(item, &s->told[0]);
    assert_int_equal(unordered_test_poll(s, &item), TOKIO_DONE);
}

static void a_set_that_was_done_goes_on_after_a_push(void **state)
{
    struct set *s = *state;

    assert_int_equal(poll_pending(s), TOKIO_DONE);
    unordered_test_push(s, 1);
    s->futures.budget = TOKIO_BUDGET_2017;
    assert_int_equal(poll_pending(s), TOKIO_PENDING);
    assert_int_equal(s->told[0].polls, 1);
}

static void only_the_notified_are_polled_and_first_in_the_order_of_their_push(void **state)
{
    struct set *s = *state;

    s->futures.budget = TOKIO_BUDGET_2017;
    unordered_test_push(s, COUNT);
    poll_pending(s);
    assert_string_equal(s->log, "abcdefghij");
    assert_int_equal(counter_take(&s->counter), 0);
    tokio_notify(s->told[4].kept);
    tokio_notify(s->told[4].kept);
    assert_int_equal(counter_take(&s->counter), 1);
    poll_pending(s);
    assert_string_equal(s->log, "abcdefghije");
    poll_pending(s);
    assert_string_equal(s->log, "abcdefghije");
}

/* futures 0.1.31's own test, with its numbers: 10 and 33. */
static void who_is_never_notified_is_polled_once(void **state)
{
    struct set *s = *state;
    struct told many[33];

    for (int i = 0; i < 33; i++) {
        told_init(&many[i]);
        assert_int_equal(tokio_unordered_push(&s->futures, &many[i].future), 0);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(poll_pending(s), TOKIO_PENDING);
    tokio_unordered_fini(&s->futures);
    for (int i = 0; i < 33; i++) {
        assert_int_equal(many[i].polls, 1);
        told_fini(&many[i]);
    }
}

static void notify_thrice(struct told *told)
{
    told->notifies_itself = told->polls < 3;
}

static void in_2017_who_notifies_itself_is_polled_again_in_the_same_call(void **state)
{
    struct set *s = *state;

    s->futures.budget = TOKIO_BUDGET_2017;
    s->told[0].during = notify_thrice;
    unordered_test_push(s, 2);
    assert_int_equal(poll_pending(s), TOKIO_PENDING);
    assert_string_equal(s->log, "abaa");
    assert_int_equal(counter_take(&s->counter), 1);
    assert_int_equal(poll_pending(s), TOKIO_PENDING);
    assert_string_equal(s->log, "abaa");
}

/* `user` is another child's. */
static void notify_the_other_and_itself(struct told *told)
{
    const struct told *other = told->user;

    if (told->polls == 2)
        tokio_notify(other->kept);
    told->notifies_itself = told->polls == 2;
}

/* What is left over is all of children that have finished, and behind it lies one that was notified
 * before the call, so that no further notify will come for it. */
static void who_is_notified_behind_those_that_have_finished_is_polled(void **state)
{
    struct set *s = *state;
    void *item;

    s->futures.budget = TOKIO_BUDGET_2017;
    s->told[0].during = notify_the_other_and_itself;
    s->told[0].user = &s->told[1];
    s->told[0].results[1] = s->told[1].results[1] = TOKIO_READY;
    unordered_test_push(s, 3);
    assert_int_equal(poll_pending(s), TOKIO_PENDING);
    tokio_notify(s->told[0].kept);
    assert_int_equal(unordered_test_poll(s, &item), TOKIO_READY);
    assert_int_equal(unordered_test_poll(s, &item), TOKIO_READY);
    assert_string_equal(s->log, "abcab");
    tokio_notify(s->told[2].kept);
    assert_int_equal(poll_pending(s), TOKIO_PENDING);
    assert_string_equal(s->log, "abcabc");
}

static void later_a_call_polls_no_more_children_than_there_are(void **state)
{
    struct set *s = *state;

    s->told[0].notifies_itself = s->told[1].notifies_itself = 1;
    unordered_test_push(s, 2);
    assert_int_equal(poll_pending(s), TOKIO_PENDING);
    assert_string_equal(s->log, "ab");
    assert_true(counter_take(&s->counter) > 0);
    assert_int_equal(poll_pending(s), TOKIO_PENDING);
    assert_string_equal(s->log, "abab");
}

static void a_budget_of_its_own_ends_a_call_and_brings_another(void **state)
{
    struct set *s = *state;

    s->futures.budget = 4;
    unordered_test_push(s, COUNT);
    assert_int_equal(poll_pending(s), TOKIO_PENDING);
    assert_string_equal(s->log, "abcd");
    assert_int_equal(counter_take(&s->counter), 1);
    poll_pending(s);
    poll_pending(s);
    assert_string_equal(s->log, "abcdefghij");
}

static void steps_of_the_children_come_out_of_the_tasks_budget(void **state)
{
    struct set *s = *state;
    unsigned budget = 5;

    s->counter.context.budget = &budget;
    s->told[0].steps = 3;
    s->told[1].steps = 9;
    unordered_test_push(s, 2);
    poll_pending(s);
    assert_int_equal(s->told[0].stepped, 3);
    assert_int_equal(s->told[1].stepped, 2);
    assert_int_equal(budget, 0);
}

static void an_error_comes_out_and_the_others_stay(void **state)
{
    struct set *s = *state;

    s->told[0].results[0] = -ECONNRESET;
    unordered_test_push(s, 2);
    assert_int_equal(poll_pending(s), -ECONNRESET);
    assert_int_equal(s->told[0].drops, 1);
    assert_int_equal(poll_pending(s), TOKIO_PENDING);
    assert_int_equal(s->told[1].polls, 1);
}

static void dropping_the_set_drops_its_futures_and_their_notifies_do_nothing(void **state)
{
    struct set *s = *state;

    unordered_test_push(s, 2);
    poll_pending(s);
    counter_take(&s->counter);
    tokio_unordered_fini(&s->futures);
    assert_int_equal(s->told[0].drops + s->told[1].drops, 2);
    tokio_notify(s->told[0].kept);
    assert_int_equal(counter_take(&s->counter), 0);
}

static void push_the_last(struct told *told)
{
    struct set *s = told->user;

    if (told->polls == 1)
        assert_int_equal(tokio_unordered_push(&s->futures, &s->told[COUNT - 1].future), 0);
}

static void what_a_child_pushes_is_polled_in_the_same_call(void **state)
{
    struct set *s = *state;

    s->futures.budget = TOKIO_BUDGET_2017;
    s->told[0].during = push_the_last;
    s->told[0].user = s;
    unordered_test_push(s, 1);
    poll_pending(s);
    assert_string_equal(s->log, "aj");
}

/* ---- for_each ---- */

static int count_item(void *context, void *item)
{
    struct told *told = item;

    tokio_drop(&told->future);
    return ++*(int *)context == 3 ? -EINTR : 0;
}

static void for_each_takes_all_and_is_ready_at_the_end(void **state)
{
    struct set *s = *state;
    struct tokio_for_each each;
    int items = 0;

    s->told[0].results[0] = s->told[1].results[1] = TOKIO_READY;
    unordered_test_push(s, 2);
    tokio_for_each_init(&each, &s->futures.stream, count_item, &items);
    while (tokio_poll(&each.future, &s->counter.context) == TOKIO_PENDING)
        tokio_notify(s->told[1].kept);
    assert_true(each.future.finished);
    assert_int_equal(items, 2);
}

static void for_each_ends_with_the_first_error(void **state)
{
    struct set *s = *state;
    struct tokio_for_each each;
    int items = 0;

    for (int i = 0; i < 4; i++)
        s->told[i].results[0] = TOKIO_READY;
    unordered_test_push(s, 4);
    tokio_for_each_init(&each, &s->futures.stream, count_item, &items);
    assert_int_equal(tokio_poll(&each.future, &s->counter.context), -EINTR);
    assert_int_equal(items, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_set_is_done, unordered_test_setup,
                                        unordered_test_teardown),
        cmocka_unit_test_setup_teardown(futures_come_out_in_the_order_in_which_they_finish,
                                        unordered_test_setup, unordered_test_teardown),
        cmocka_unit_test_setup_teardown(a_future_that_is_ready_at_once_comes_out,
                                        unordered_test_setup, unordered_test_teardown),
        cmocka_unit_test_setup_teardown(a_set_that_was_done_goes_on_after_a_push,
                                        unordered_test_setup, unordered_test_teardown),
        cmocka_unit_test_setup_teardown(
            only_the_notified_are_polled_and_first_in_the_order_of_their_push, unordered_test_setup,
            unordered_test_teardown),
        cmocka_unit_test_setup_teardown(who_is_never_notified_is_polled_once, unordered_test_setup,
                                        unordered_test_teardown),
        cmocka_unit_test_setup_teardown(
            in_2017_who_notifies_itself_is_polled_again_in_the_same_call, unordered_test_setup,
            unordered_test_teardown),
        cmocka_unit_test_setup_teardown(who_is_notified_behind_those_that_have_finished_is_polled,
                                        unordered_test_setup, unordered_test_teardown),
        cmocka_unit_test_setup_teardown(later_a_call_polls_no_more_children_than_there_are,
                                        unordered_test_setup, unordered_test_teardown),
        cmocka_unit_test_setup_teardown(a_budget_of_its_own_ends_a_call_and_brings_another,
                                        unordered_test_setup, unordered_test_teardown),
        cmocka_unit_test_setup_teardown(steps_of_the_children_come_out_of_the_tasks_budget,
                                        unordered_test_setup, unordered_test_teardown),
        cmocka_unit_test_setup_teardown(an_error_comes_out_and_the_others_stay,
                                        unordered_test_setup, unordered_test_teardown),
        cmocka_unit_test_setup_teardown(
            dropping_the_set_drops_its_futures_and_their_notifies_do_nothing, unordered_test_setup,
            unordered_test_teardown),
        cmocka_unit_test_setup_teardown(what_a_child_pushes_is_polled_in_the_same_call,
                                        unordered_test_setup, unordered_test_teardown),
        cmocka_unit_test_setup_teardown(for_each_takes_all_and_is_ready_at_the_end,
                                        unordered_test_setup, unordered_test_teardown),
        cmocka_unit_test_setup_teardown(for_each_ends_with_the_first_error, unordered_test_setup,
                                        unordered_test_teardown),
    };

    return cmocka_run_group_tests_name("unordered", tests, NULL, NULL);
}
