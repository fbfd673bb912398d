/* join and join_all. */
#include "ground.h"

#include "tokio/join.h"

#define COUNT 3

struct joined {
    struct counter counter;
    struct told told[COUNT];
    struct tokio_future *children[COUNT];
    struct tokio_join_all all;
    char log[32];
};

static int join_test_setup(void **state)
{
    static struct joined j;

    j = (struct joined){0};
    counter_init(&j.counter);
    for (int i = 0; i < COUNT; i++) {
        told_init(&j.told[i]);
        j.told[i].log = j.log;
        j.told[i].letter = (char)('a' + i);
        j.children[i] = &j.told[i].future;
    }
    tokio_join_all_init(&j.all, j.children, COUNT);
    *state = &j;
    return 0;
}

static int join_test_teardown(void **state)
{
    struct joined *j = *state;

    for (int i = 0; i < COUNT; i++)
        told_fini(&j->told[i]);
    counter_assert_alone(&j->counter);
    return 0;
}

static int join_test_poll(struct joined *j)
{
    return tokio_poll(&j->all.future, &j->counter.context);
}

static void every_poll_goes_through_all_by_index(void **state)
{
    struct joined *j = *state;

    assert_int_equal(join_test_poll(j), TOKIO_PENDING);
    assert_int_equal(join_test_poll(j), TOKIO_PENDING);
    assert_string_equal(j->log, "abcabc");
}

static void a_child_that_finished_is_not_polled_again(void **state)
{
    struct joined *j = *state;

    j->told[1].results[0] = TOKIO_READY;
    j->told[0].results[1] = j->told[2].results[2] = TOKIO_READY;
    assert_int_equal(join_test_poll(j), TOKIO_PENDING);
    assert_int_equal(join_test_poll(j), TOKIO_PENDING);
    assert_int_equal(join_test_poll(j), TOKIO_READY);
    assert_string_equal(j->log, "abcacc");
    tokio_drop(&j->all.future);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(j->told[i].drops, 1);
}

static void the_first_error_ends_it_and_drops_all(void **state)
{
    struct joined *j = *state;

    j->told[1].results[0] = -EIO;
    assert_int_equal(join_test_poll(j), -EIO);
    assert_string_equal(j->log, "ab");
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(j->told[i].drops, 1);
    assert_int_equal(join_test_poll(j), -EINVAL);
    tokio_drop(&j->all.future);
    assert_int_equal(j->told[0].drops, 1);
}

static void a_join_that_is_dropped_drops_its_children(void **state)
{
    struct joined *j = *state;

    assert_int_equal(join_test_poll(j), TOKIO_PENDING);
    tokio_drop(&j->all.future);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(j->told[i].drops, 1);
}

static void without_children_it_is_ready_at_once(void **state)
{
    struct joined *j = *state;

    tokio_join_all_init(&j->all, j->children, 0);
    assert_int_equal(join_test_poll(j), TOKIO_READY);
}

static void a_child_that_was_ready_before_counts_as_finished(void **state)
{
    struct joined *j = *state;

    j->told[0].results[0] = TOKIO_READY;
    assert_int_equal(tokio_poll(j->children[0], &j->counter.context), TOKIO_READY);
    j->told[1].results[0] = TOKIO_READY;
    tokio_join_all_init(&j->all, j->children, 2);
    assert_int_equal(join_test_poll(j), TOKIO_READY);
    assert_int_equal(j->told[0].polls, 1);
}

static void of_two_the_first_is_polled_before_the_second(void **state)
{
    struct joined *j = *state;
    struct tokio_join two;

    tokio_join_init(&two, j->children[2], j->children[0]);
    assert_int_equal(tokio_poll(&two.all.future, &j->counter.context), TOKIO_PENDING);
    assert_string_equal(j->log, "ca");
}

static void joins_can_be_joined(void **state)
{
    struct joined *j = *state;
    struct tokio_join inner, outer;

    tokio_join_init(&inner, j->children[0], j->children[1]);
    tokio_join_init(&outer, &inner.all.future, j->children[2]);
    j->told[0].results[0] = j->told[1].results[1] = j->told[2].results[0] = TOKIO_READY;
    assert_int_equal(tokio_poll(&outer.all.future, &j->counter.context), TOKIO_PENDING);
    assert_int_equal(tokio_poll(&outer.all.future, &j->counter.context), TOKIO_READY);
    assert_string_equal(j->log, "abcb");
    tokio_drop(&outer.all.future);
    assert_int_equal(j->told[1].drops, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_poll_goes_through_all_by_index, join_test_setup,
                                        join_test_teardown),
        cmocka_unit_test_setup_teardown(a_child_that_finished_is_not_polled_again, join_test_setup,
                                        join_test_teardown),
        cmocka_unit_test_setup_teardown(the_first_error_ends_it_and_drops_all, join_test_setup,
                                        join_test_teardown),
        cmocka_unit_test_setup_teardown(a_join_that_is_dropped_drops_its_children, join_test_setup,
                                        join_test_teardown),
        cmocka_unit_test_setup_teardown(without_children_it_is_ready_at_once, join_test_setup,
                                        join_test_teardown),
        cmocka_unit_test_setup_teardown(a_child_that_was_ready_before_counts_as_finished,
                                        join_test_setup, join_test_teardown),
        cmocka_unit_test_setup_teardown(of_two_the_first_is_polled_before_the_second,
                                        join_test_setup, join_test_teardown),
        cmocka_unit_test_setup_teardown(joins_can_be_joined, join_test_setup, join_test_teardown),
    };

    return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
