/* Tasks in turns, as an executor runs them. */
#include "ground.h"

static void a_task_is_polled_once_after_its_push(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct told told;

    told_init(&told);
    assert_int_equal(tokio_tasks_push(tasks, &told.future), 0);
    assert_true(tokio_tasks_waiting(tasks));
    assert_int_equal(tokio_tasks_turn(tasks), 1);
    assert_int_equal(tokio_tasks_turn(tasks), 0);
    assert_false(tokio_tasks_waiting(tasks));
    tokio_tasks_fini(tasks);
    told_fini(&told);
}

static void notifies_before_a_poll_are_one_poll(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct told told;

    told_init(&told);
    tokio_tasks_push(tasks, &told.future);
    tokio_tasks_turn(tasks);
    for (int i = 0; i < 5; i++)
        tokio_notify(told.kept);
    assert_int_equal(tokio_tasks_turn(tasks), 1);
    assert_int_equal(tokio_tasks_turn(tasks), 0);
    tokio_tasks_fini(tasks);
    told_fini(&told);
}

static void notifies_during_a_poll_are_exactly_one_more(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct told told;

    told_init(&told);
    told.notifies_itself = 3;
    tokio_tasks_push(tasks, &told.future);
    tokio_tasks_turn(tasks);
    told.notifies_itself = 0;
    assert_int_equal(tokio_tasks_turn(tasks), 1);
    assert_int_equal(tokio_tasks_turn(tasks), 0);
    assert_int_equal(told.polls, 2);
    tokio_tasks_fini(tasks);
    told_fini(&told);
}

static void tasks_run_in_the_order_in_which_they_were_notified(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct told told[3];
    char log[16] = "";

    for (int i = 0; i < 3; i++) {
        told_init(&told[i]);
        told[i].log = log;
        told[i].letter = (char)('a' + i);
        tokio_tasks_push(tasks, &told[i].future);
    }
    tokio_tasks_turn(tasks);
    tokio_notify(told[2].kept);
    tokio_notify(told[0].kept);
    tokio_tasks_turn(tasks);
    assert_string_equal(log, "abcca");
    tokio_tasks_fini(tasks);
    for (int i = 0; i < 3; i++)
        told_fini(&told[i]);
}

static void who_yields_goes_to_the_back_of_the_line(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct told yields, other;
    char log[16] = "";

    told_init(&yields);
    told_init(&other);
    yields.notifies_itself = 1;
    yields.log = other.log = log;
    yields.letter = 'y';
    other.letter = 'o';
    tokio_tasks_push(tasks, &yields.future);
    tokio_tasks_push(tasks, &other.future);
    for (int i = 0; i < 3; i++)
        tokio_tasks_turn(tasks);
    assert_string_equal(log, "yoyy");
    tokio_tasks_fini(tasks);
    told_fini(&yields);
    told_fini(&other);
}

static void push_the_other(struct told *told)
{
    struct told **both = told->user;

    assert_int_equal(tokio_tasks_push((struct tokio_tasks *)both[0], &both[1]->future), 0);
}

static void what_is_pushed_in_a_poll_runs_in_the_next_turn(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct told first, second;
    void *both[2] = {tasks, &second};

    told_init(&first);
    told_init(&second);
    first.during = push_the_other;
    first.user = both;
    tokio_tasks_push(tasks, &first.future);
    assert_int_equal(tokio_tasks_turn(tasks), 1);
    assert_int_equal(second.polls, 0);
    assert_int_equal(tokio_tasks_turn(tasks), 1);
    assert_int_equal(second.polls, 1);
    tokio_tasks_fini(tasks);
    told_fini(&first);
    told_fini(&second);
}

static void what_is_pushed_by_a_drop_runs_too(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct told first, second;
    void *both[2] = {tasks, &second};

    told_init(&first);
    told_init(&second);
    first.results[0] = TOKIO_READY;
    first.dropping = push_the_other;
    first.user = both;
    tokio_tasks_push(tasks, &first.future);
    tokio_tasks_turn(tasks);
    assert_int_equal(tokio_tasks_turn(tasks), 1);
    assert_int_equal(second.polls, 1);
    tokio_tasks_fini(tasks);
    told_fini(&first);
    told_fini(&second);
}

static void an_error_in_one_leaves_the_others_alone(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct told fails, goes_on;

    told_init(&fails);
    told_init(&goes_on);
    fails.results[0] = -ECONNREFUSED;
    tokio_tasks_push(tasks, &fails.future);
    tokio_tasks_push(tasks, &goes_on.future);
    tokio_tasks_turn(tasks);
    assert_int_equal(fails.drops, 1);
    assert_int_equal(tasks->length, 1);
    tokio_notify(goes_on.kept);
    assert_int_equal(tokio_tasks_turn(tasks), 1);
    tokio_tasks_fini(tasks);
    told_fini(&fails);
    told_fini(&goes_on);
}

static void a_future_that_was_ready_is_not_polled_again(void **state)
{
    struct counter counter;
    struct told told;

    (void)state;
    counter_init(&counter);
    told_init(&told);
    told.results[0] = TOKIO_READY;
    assert_int_equal(tokio_poll(&told.future, &counter.context), TOKIO_READY);
    assert_int_equal(tokio_poll(&told.future, &counter.context), -EINVAL);
    assert_int_equal(told.polls, 1);
    told_fini(&told);
    counter_assert_alone(&counter);
}

static void a_task_that_is_gone_can_be_notified(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct told told;

    told_init(&told);
    told.results[0] = TOKIO_READY;
    tokio_tasks_push(tasks, &told.future);
    tokio_tasks_turn(tasks);
    tokio_notify(told.kept);
    tokio_notify(told.kept);
    assert_int_equal(tokio_tasks_turn(tasks), 0);
    tokio_tasks_fini(tasks);
    told_fini(&told);
}

static void push_is_refused(struct told *told)
{
    struct told **both = told->user;

    assert_int_equal(tokio_tasks_push((struct tokio_tasks *)both[0], &both[1]->future), -EPIPE);
}

static void a_set_that_ends_drops_its_futures_and_can_be_notified(void **state)
{
    struct tokio_tasks tasks;
    struct told waits, queued, never;
    void *both[2] = {&tasks, &never};

    (void)state;
    told_init(&waits);
    told_init(&queued);
    told_init(&never);
    queued.dropping = push_is_refused;
    queued.user = both;
    assert_int_equal(tokio_tasks_init(&tasks), 0);
    tokio_tasks_push(&tasks, &waits.future);
    tokio_tasks_turn(&tasks);
    tokio_tasks_push(&tasks, &queued.future);
    tokio_tasks_fini(&tasks);
    assert_int_equal(waits.drops, 1);
    assert_int_equal(queued.drops, 1);
    tokio_notify(waits.kept);
    told_fini(&waits);
    tokio_tasks_fini(&tasks);
}

static void the_parent_is_told_once_until_it_registers_again(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct counter parent;
    struct told told[2];

    counter_init(&parent);
    for (int i = 0; i < 2; i++) {
        told_init(&told[i]);
        tokio_tasks_push(tasks, &told[i].future);
    }
    tokio_tasks_register(tasks, &parent.notify);
    tokio_tasks_turn(tasks);
    assert_int_equal(counter_take(&parent), 0);
    tokio_notify(told[0].kept);
    tokio_notify(told[1].kept);
    assert_int_equal(counter_take(&parent), 1);
    assert_int_equal(tokio_tasks_turn(tasks), 2);
    tokio_notify(told[0].kept);
    assert_int_equal(counter_take(&parent), 0);
    counter_assert_alone(&parent);
    tokio_tasks_fini(tasks);
    for (int i = 0; i < 2; i++)
        told_fini(&told[i]);
}

static void a_budget_lets_the_others_run(void **state)
{
    struct tokio_tasks *tasks = *state;
    struct told endless, other;

    tasks->budget = 16;
    told_init(&endless);
    told_init(&other);
    endless.steps = 1000;
    tokio_tasks_push(tasks, &endless.future);
    tokio_tasks_push(tasks, &other.future);
    assert_int_equal(tokio_tasks_turn(tasks), 2);
    assert_int_equal(endless.stepped, 16);
    assert_int_equal(other.polls, 1);
    assert_int_equal(tokio_tasks_turn(tasks), 1);
    assert_int_equal(endless.stepped, 32);
    tokio_tasks_fini(tasks);
    told_fini(&endless);
    told_fini(&other);
}

static int new_set(void **state)
{
    static struct tokio_tasks tasks;

    *state = &tasks;
    return tokio_tasks_init(&tasks);
}

/* Each test has ended it already, before its futures went; unless it failed. */
static int end_set(void **state)
{
    tokio_tasks_fini(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_task_is_polled_once_after_its_push, new_set, end_set),
        cmocka_unit_test_setup_teardown(notifies_before_a_poll_are_one_poll, new_set, end_set),
        cmocka_unit_test_setup_teardown(notifies_during_a_poll_are_exactly_one_more, new_set,
                                        end_set),
        cmocka_unit_test_setup_teardown(tasks_run_in_the_order_in_which_they_were_notified, new_set,
                                        end_set),
        cmocka_unit_test_setup_teardown(who_yields_goes_to_the_back_of_the_line, new_set, end_set),
        cmocka_unit_test_setup_teardown(what_is_pushed_in_a_poll_runs_in_the_next_turn, new_set,
                                        end_set),
        cmocka_unit_test_setup_teardown(what_is_pushed_by_a_drop_runs_too, new_set, end_set),
        cmocka_unit_test_setup_teardown(an_error_in_one_leaves_the_others_alone, new_set, end_set),
        cmocka_unit_test(a_future_that_was_ready_is_not_polled_again),
        cmocka_unit_test_setup_teardown(a_task_that_is_gone_can_be_notified, new_set, end_set),
        cmocka_unit_test(a_set_that_ends_drops_its_futures_and_can_be_notified),
        cmocka_unit_test_setup_teardown(the_parent_is_told_once_until_it_registers_again, new_set,
                                        end_set),
        cmocka_unit_test_setup_teardown(a_budget_lets_the_others_run, new_set, end_set),
    };

    return cmocka_run_group_tests_name("tasks", tests, NULL, NULL);
}
