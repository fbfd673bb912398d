/* How often each of ten futures is polled, and the main one: the table of the originals, cell by
 * cell. */
#include "ten.h"

static void queue_on_all(struct ground *g)
{
    for (int i = 0; i < SOCKETS; i++)
        queue_on(g, i);
    run_until_received(g, CHOSEN, PACKETS);
}

static void assert_polls(const struct ground *g, unsigned chosen, unsigned other, unsigned main)
{
    for (int i = 0; i < SOCKETS; i++)
        assert_int_equal(g->readers[i].polls, i == CHOSEN ? chosen : other);
    assert_int_equal(g->main_polls, main);
}

static void join_polls_each_child_once_at_the_start(void **state)
{
    run_until_idle(*state);
    assert_polls(*state, 1, 1, 1);
}

static void join_polls_all_for_each_packet(void **state)
{
    lock_step(*state);
    assert_polls(*state, 1 + PACKETS, 1 + PACKETS, 1 + PACKETS);
}

static void join_polls_all_twice_for_what_was_queued(void **state)
{
    queue_on(*state, CHOSEN);
    run_until_received(*state, CHOSEN, PACKETS);
    assert_polls(*state, 2, 2, 2);
}

static void join_polls_all_twice_for_what_was_queued_on_all(void **state)
{
    queue_on_all(*state);
    assert_polls(*state, 2, 2, 2);
}

static void spawn_polls_each_task_once_at_the_start(void **state)
{
    run_until_idle(*state);
    assert_polls(*state, 1, 1, 1);
}

static void spawn_polls_one_task_for_each_packet(void **state)
{
    lock_step(*state);
    assert_polls(*state, 1 + PACKETS, 1, 1);
}

/* The first poll comes after the first look at the sockets: nothing is left for a second. */
static void spawn_reads_what_was_queued_in_the_first_poll(void **state)
{
    queue_on(*state, CHOSEN);
    run_until_received(*state, CHOSEN, PACKETS);
    assert_polls(*state, 1, 1, 1);
}

static void spawn_reads_what_was_queued_on_all_in_the_first_poll(void **state)
{
    queue_on_all(*state);
    assert_polls(*state, 1, 1, 1);
}

static void unordered_polls_each_child_once_at_the_start(void **state)
{
    run_until_idle(*state);
    assert_polls(*state, 1, 1, 1);
}

static void unordered_polls_one_child_and_its_parent_for_each_packet(void **state)
{
    lock_step(*state);
    assert_polls(*state, 1 + PACKETS, 1, 1 + PACKETS);
}

static void unordered_polls_one_child_twice_for_what_was_queued(void **state)
{
    queue_on(*state, CHOSEN);
    run_until_received(*state, CHOSEN, PACKETS);
    assert_polls(*state, 2, 1, 2);
}

static void unordered_polls_all_twice_for_what_was_queued_on_all(void **state)
{
    queue_on_all(*state);
    assert_polls(*state, 2, 2, 2);
}

static void later_the_parent_is_polled_once_more_at_the_start(void **state)
{
    run_until_idle(*state);
    assert_polls(*state, 1, 1, 2);
}

static void later_the_parent_is_polled_once_more_in_lock_step(void **state)
{
    lock_step(*state);
    assert_polls(*state, 1 + PACKETS, 1, 2 + PACKETS);
}

static void later_what_was_queued_is_polled_as_before(void **state)
{
    queue_on(*state, CHOSEN);
    run_until_received(*state, CHOSEN, PACKETS);
    assert_polls(*state, 2, 1, 2);
}

static void later_what_was_queued_on_all_is_one_parent_poll_more(void **state)
{
    queue_on_all(*state);
    assert_polls(*state, 2, 2, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(join_polls_each_child_once_at_the_start, make_join,
                                        end_ground),
        cmocka_unit_test_setup_teardown(join_polls_all_for_each_packet, make_join, end_ground),
        cmocka_unit_test_setup_teardown(join_polls_all_twice_for_what_was_queued, make_join,
                                        end_ground),
        cmocka_unit_test_setup_teardown(join_polls_all_twice_for_what_was_queued_on_all, make_join,
                                        end_ground),
        cmocka_unit_test_setup_teardown(spawn_polls_each_task_once_at_the_start, make_spawn,
                                        end_ground),
        cmocka_unit_test_setup_teardown(spawn_polls_one_task_for_each_packet, make_spawn,
                                        end_ground),
        cmocka_unit_test_setup_teardown(spawn_reads_what_was_queued_in_the_first_poll, make_spawn,
                                        end_ground),
        cmocka_unit_test_setup_teardown(spawn_reads_what_was_queued_on_all_in_the_first_poll,
                                        make_spawn, end_ground),
        cmocka_unit_test_setup_teardown(unordered_polls_each_child_once_at_the_start,
                                        make_unordered_2017, end_ground),
        cmocka_unit_test_setup_teardown(unordered_polls_one_child_and_its_parent_for_each_packet,
                                        make_unordered_2017, end_ground),
        cmocka_unit_test_setup_teardown(unordered_polls_one_child_twice_for_what_was_queued,
                                        make_unordered_2017, end_ground),
        cmocka_unit_test_setup_teardown(unordered_polls_all_twice_for_what_was_queued_on_all,
                                        make_unordered_2017, end_ground),
        cmocka_unit_test_setup_teardown(later_the_parent_is_polled_once_more_at_the_start,
                                        make_unordered_later, end_ground),
        cmocka_unit_test_setup_teardown(later_the_parent_is_polled_once_more_in_lock_step,
                                        make_unordered_later, end_ground),
        cmocka_unit_test_setup_teardown(later_what_was_queued_is_polled_as_before,
                                        make_unordered_later, end_ground),
        cmocka_unit_test_setup_teardown(later_what_was_queued_on_all_is_one_parent_poll_more,
                                        make_unordered_later, end_ground),
    };

    return cmocka_run_group_tests_name("polls", tests, NULL, NULL);
}
