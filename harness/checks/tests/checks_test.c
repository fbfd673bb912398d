/* The list of cases, and what the harness says of itself before it judges others. */
#include "checks/chapters/chapters.h"
#include "checks/tools/control.h"
#include "checks/runner/runner.h"
#include "cmocka_all.h"

#include <net/if.h>
#include <signal.h>
#include <string.h>

static void every_case_is_named_after_its_chapter_and_once(void **state)
{
    size_t index = 0;

    (void)state;
    for (size_t i = 0; i < check_chapter_count; i++) {
        const struct check_chapter *chapter = check_chapters[i];

        assert_true(chapter->count > 0);
        for (size_t k = 0; k < chapter->count; k++) {
            const struct check_case *one = check_case_at(index++);

            assert_ptr_equal(one, &chapter->cases[k]);
            assert_int_equal(strncmp(one->id, chapter->name, strlen(chapter->name)), 0);
            assert_int_equal(one->id[strlen(chapter->name)], '-');
            for (size_t j = 0; j + 1 < index; j++)
                assert_string_not_equal(check_case_at(j)->id, one->id);
        }
    }
    assert_null(check_case_at(index));
}

static void every_case_says_why_what_is_good_and_who_says_so(void **state)
{
    const struct check_case *one;

    (void)state;
    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
        assert_non_null(strstr(one->statement, "\nWhy: "));
        assert_non_null(strstr(one->statement, "\nGood: "));
        assert_non_null(strstr(one->statement, "\nSource: "));
        assert_true(strlen(one->title) > 10);
    }
}

static void a_word_names_a_case_or_its_whole_chapter(void **state)
{
    const struct check_case *first = check_case_at(0);

    (void)state;
    assert_true(check_is_named(first, first->id));
    assert_true(check_is_named(first, check_chapters[0]->name));
    assert_false(check_is_named(first, check_chapters[1]->name));
    assert_false(check_is_named(first, "integ"));
    assert_false(check_is_named(first, ""));
}

static void the_harness_sees_made_up_replies(void **state)
{
    struct error error = {0};

    (void)state;
    assert_int_equal(check_control(&error), 0);
    assert_string_equal(error.text, "");
}

static void a_fault_outweighs_a_weakness_and_the_first_fault_stays(void **state)
{
    struct check c = {.verdict = VERDICT_PASS};

    (void)state;
    check_weak(&c, "strength", "%d", 1);
    assert_int_equal(c.verdict, VERDICT_WEAK);
    check_fail(&c, "rightness", "%d", 2);
    assert_int_equal(c.verdict, VERDICT_FAIL);
    check_fail(&c, "more", "%d", 3);
    check_invalid(&c, "%s", "noise");
    check_weak(&c, "strength", "%d", 4);
    assert_int_equal(c.verdict, VERDICT_FAIL);
    assert_string_equal(c.expected, "rightness");
    assert_string_equal(c.seen, "2");
}

static void a_case_that_lacks_a_capability_is_unsupported_and_starts_nothing(void **state)
{
    static const struct target_options options;
    /* `run` would crash */
    static const struct check_case one = {.id = "integrity-x", .needs = EW_CAN_IPV6};
    struct check_settings settings = {
        .seed = 1, .timeout_scale = 1, .options = &options, .options_text = ""};
    struct target target = {.capabilities = EW_CAN_ECHO};
    struct check c;

    (void)state;
    assert_true(check_run(&c, &one, &target, &settings));
    assert_int_equal(c.verdict, VERDICT_UNSUPPORTED);
    assert_non_null(strstr(c.seen, "'ipv6'"));
}

static unsigned spoiled_times, ran_times;

static void be_spoiled(struct check *c)
{
    if (++ran_times <= spoiled_times)
        check_invalid(c, "noise %u", ran_times);
}

static struct check run_spoiled(unsigned times)
{
    static const struct target_options options;
    static const struct target target = {.capabilities = EW_CAN_ECHO};
    static const struct check_case one = {.id = "order-x", .needs = EW_CAN_ECHO, .run = be_spoiled};
    struct check_settings settings = {
        .seed = 1, .timeout_scale = 1, .options = &options, .options_text = ""};
    struct check c;

    spoiled_times = times;
    ran_times = 0;
    assert_true(check_run(&c, &one, &target, &settings));
    return c;
}

static void what_is_invalid_is_tried_again_and_said_to_have_been(void **state)
{
    struct check c = run_spoiled(2);

    (void)state;
    assert_int_equal(c.verdict, VERDICT_PASS);
    assert_int_equal(c.tries, 3);
    assert_string_equal(c.seen, "");
    assert_string_equal(c.spoiled, "noise 2");
    c = run_spoiled(CHECK_TRIES);
    assert_int_equal(c.verdict, VERDICT_INVALID);
    assert_string_equal(c.seen, "noise 3");
    assert_int_equal(ran_times, CHECK_TRIES);
    assert_int_equal(run_spoiled(0).tries, 1);
}

/* ---- cases in a network of their own ---- */

static void fail_with_the_interfaces(struct check *c)
{
    struct if_nameindex *interfaces = if_nameindex();

    check_fail(c, "a name", "%s%s", interfaces[0].if_name,
               interfaces[1].if_name ? " and more" : "");
    if_freenameindex(interfaces);
}

static void checks_test_die(struct check *c)
{
    (void)c;
    raise(SIGKILL);
}

static struct check run_alone(void (*run)(struct check *c))
{
    static const struct target_options options;
    static const struct target target = {.capabilities = EW_CAN_ECHO};
    struct check_case one = {.id = "hostile-x", .needs = EW_CAN_ECHO | CHECK_ALONE, .run = run};
    struct check_settings settings = {
        .seed = 1, .timeout_scale = 1, .options = &options, .options_text = ""};
    struct check c;

    assert_true(check_run(&c, &one, &target, &settings));
    if (c.verdict == VERDICT_UNSUPPORTED) {
        assert_non_null(strstr(c.seen, "no network namespace can be made here: "));
        skip();
    }
    return c;
}

static void a_case_alone_has_one_interface_and_its_verdict_comes_back(void **state)
{
    struct check c = run_alone(fail_with_the_interfaces);

    (void)state;
    assert_int_equal(c.verdict, VERDICT_FAIL);
    assert_string_equal(c.expected, "a name");
    assert_string_equal(c.seen, "lo");
}

static void a_case_alone_whose_process_dies_is_invalid(void **state)
{
    struct check c = run_alone(checks_test_die);

    (void)state;
    assert_int_equal(c.verdict, VERDICT_INVALID);
    assert_non_null(strstr(c.seen, "signal 9"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_is_named_after_its_chapter_and_once),
        cmocka_unit_test(every_case_says_why_what_is_good_and_who_says_so),
        cmocka_unit_test(a_word_names_a_case_or_its_whole_chapter),
        cmocka_unit_test(the_harness_sees_made_up_replies),
        cmocka_unit_test(a_fault_outweighs_a_weakness_and_the_first_fault_stays),
        cmocka_unit_test(what_is_invalid_is_tried_again_and_said_to_have_been),
        cmocka_unit_test(a_case_that_lacks_a_capability_is_unsupported_and_starts_nothing),
        cmocka_unit_test(a_case_alone_has_one_interface_and_its_verdict_comes_back),
        cmocka_unit_test(a_case_alone_whose_process_dies_is_invalid),
    };

    return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
