/* The table of calls and errors. */
#include "torture/table.h"

#include "simulate/supervise/filter.h"

#include "cmocka_all.h"

#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>

static void every_row_is_there_once_and_those_of_a_call_stand_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < torture_table_count; i++) {
        bool left = false; /* the rows of this call */

        for (size_t k = i + 1; k < torture_table_count; k++) {
            bool same = torture_table[i].number == torture_table[k].number;

            assert_false(same && left);
            assert_false(same && torture_table[i].error == torture_table[k].error);
            left |= !same;
        }
    }
}

/* strerrorname_np(3) of glibc 2.32 is not everywhere; the name is the constant's by the macro, so
 * that only aliases (EWOULDBLOCK) could be twice under two names. */
static void an_error_has_one_name_and_a_page_of_the_manual(void **state)
{
    (void)state;
    for (size_t i = 0; i < torture_table_count; i++) {
        const struct torture_row *row = &torture_table[i];
        const char *bracket = strchr(row->page, '(');

        assert_true(row->error > 0 && row->error_name[0] == 'E');
        assert_non_null(bracket);
        assert_true(strcmp(bracket, "(2)") == 0 || strcmp(bracket, "(7)") == 0);
        for (size_t k = 0; k < torture_table_count; k++)
            assert_int_equal(strcmp(row->error_name, torture_table[k].error_name) == 0,
                             row->error == torture_table[k].error);
    }
}

static void all_its_calls_have_room_in_the_filter(void **state)
{
    int numbers[TORTURE_CALLS_MAX];
    struct sock_filter code[FILTER_ROOM];
    size_t count = torture_numbers(numbers), length;

    (void)state;
    assert_in_range(count, 1, TORTURE_CALLS_MAX);
    length = filter_build_of(code, numbers, count);
    assert_in_range(length, count, FILTER_ROOM);
    assert_int_equal(code[length - 1].k, SECCOMP_RET_ALLOW);
    /* Which ends a fault, must not be held: a child without a supervisor could not end. */
    for (size_t i = 0; i < count; i++)
        assert_true(numbers[i] != SYS_exit_group && numbers[i] != SYS_execve);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_there_once_and_those_of_a_call_stand_together),
        cmocka_unit_test(an_error_has_one_name_and_a_page_of_the_manual),
        cmocka_unit_test(all_its_calls_have_room_in_the_filter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
