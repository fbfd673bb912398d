/* Goals for servers, read from files. */
#include "cmocka_all.h"

#include "bench/goals.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int load_text(struct bench_goals *goals, const char *text, struct error *error)
{
    char path[] = "goals.XXXXXX";
    int fd = mkstemp(path);
    int result;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    result = bench_goals_load(goals, path, error);
    unlink(path);
    return result;
}

static void a_goal_is_for_one_server_against_another(void **state)
{
    struct bench_goals goals;
    struct error error = {0};

    (void)state;
    assert_int_equal(load_text(&goals,
                               "{\"margin\": 0.5, \"goals\": [{\"name\": \"a\", \"base\": \"b\", "
                               "\"at_most\": 2}, {\"name\": \"a\", \"base\": \"c\", \"at_most\": "
                               "1.5}]}",
                               &error),
                     0);
    assert_true(goals.margin == 0.5);
    assert_true(bench_goal_of(&goals, "a", "b") == 2);
    assert_true(bench_goal_of(&goals, "a", "c") == 1.5);
    assert_true(bench_goal_of(&goals, "b", "a") == 0);
    bench_goals_fini(&goals);
    assert_true(bench_goal_of(&goals, "a", "b") == 0);
}

static void a_file_that_is_wrong_is_refused_with_the_place(void **state)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"{", "line 1"},
        {"[]", "\"goals\" must be an array"},
        {"{\"goals\": [], \"margin\": -1}", "\"margin\""},
        {"{\"goals\": [], \"margin\": \"x\"}", "\"margin\""},
        {"{\"goals\": [1]}", "goal 1 "},
        {"{\"goals\": [{\"name\": \"a\", \"base\": \"b\", \"at_most\": 0}]}", "goal 1 "},
        {"{\"goals\": [{\"name\": \"a\", \"base\": 1, \"at_most\": 1}]}", "goal 1 "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bench_goals goals;
        struct error error = {0};

        assert_int_equal(load_text(&goals, wrong[i].text, &error), -1);
        assert_int_equal(error.status, STATUS_USAGE);
        if (!strstr(error.text, wrong[i].says))
            fail_msg("'%s' does not say '%s'", error.text, wrong[i].says);
        bench_goals_fini(&goals);
    }
}

static void our_own_goals_can_be_read(void **state)
{
    struct bench_goals goals;
    struct error error = {0};

    (void)state;
    assert_int_equal(bench_goals_load(&goals, GOALS_FILE, &error), 0);
    assert_true(json_array_size(goals.list) > 0);
    bench_goals_fini(&goals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_goal_is_for_one_server_against_another),
        cmocka_unit_test(a_file_that_is_wrong_is_refused_with_the_place),
        cmocka_unit_test(our_own_goals_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
