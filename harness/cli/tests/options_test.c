/* The options that all subcommands share, and the results they write. */
#include "cmocka_all.h"
#include "cli/cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 20

struct own {
    uint64_t number;
    bool flag;
    struct cli_words words;
};

static const struct cli_option own_options[] = {
    {"number", "N", "a number", CLI_U64(struct own, number, 10, 20), .letter = 'n'},
    {"count", "N", NULL, CLI_U64(struct own, number, 10, 20)},
    {"flag", NULL, "a flag", CLI_FLAG(struct own, flag)},
    {"word", "WORD", "words", CLI_WORDS(struct own, words, 2)},
    {0},
};

static const struct cli_command command = {
    .name = "test", .summary = "test", .operands = "WORD...", .options = own_options};
static const struct cli_command command_with_targets = {.name = "test",
                                                        .summary = "test",
                                                        .operands = "TARGET...",
                                                        .options = own_options,
                                                        .takes_targets = true};

/* Parses words; the operands are left at words[0...]. */
static int options_test_parse(struct cli *cli, const struct cli_command *what, struct own *own,
                              char **words)
{
    static char name[] = "test";
    char *argv[WORDS_MAX + 2] = {name};
    int argc = 1;
    int operands;

    while (words[argc - 1]) {
        argv[argc] = words[argc - 1];
        argc++;
    }
    *cli = (struct cli){.command = what, .text = stdout};
    *own = (struct own){0};
    optind = 0; /* getopt begins anew */
    operands = cli_parse(cli, argc, argv, own);
    for (int i = 0; i < operands; i++)
        words[i] = argv[i];
    return operands;
}

#define PARSE(what, ...) options_test_parse(&cli, what, &own, (char *[]){__VA_ARGS__, NULL})

static void options_and_operands_may_be_mixed(void **state)
{
    struct cli cli;
    struct own own;
    char *words[] = {"one",  "--number", "12", "two", "--flag",  "--seed=7", "--scale",
                     "full", "--json",   "x",  "--",  "--three", NULL};

    (void)state;
    assert_int_equal(options_test_parse(&cli, &command, &own, words), 3);
    assert_string_equal(words[0], "one");
    assert_string_equal(words[2], "--three");
    assert_true(own.number == 12 && own.flag);
    assert_int_equal(cli.seed, 7);
    assert_int_equal(cli.scale, SCALE_FULL);
    assert_string_equal(cli.json_path, "x");
    assert_null(cli.junit_path);
}

static void a_letter_and_an_alias_are_the_option_itself(void **state)
{
    struct cli cli;
    struct own own;

    (void)state;
    assert_int_equal(PARSE(&command, "-n", "12", "-n15"), 0);
    assert_int_equal(own.number, 15);
    assert_int_equal(PARSE(&command, "--count", "13"), 0);
    assert_int_equal(own.number, 13);
}

static void help_shows_letters_and_hides_aliases(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    cli_help(&command, out);
    fclose(out);
    assert_non_null(strstr(text, "  -n, --number N               a number\n"));
    assert_non_null(strstr(text, "  --flag                       a flag\n"));
    assert_null(strstr(text, "--count"));
    assert_null(strstr(text, "--sockets"));
    free(text);
}

static void a_report_makes_way_for_json_on_the_standard_output(void **state)
{
    struct cli cli;
    struct own own;

    (void)state;
    assert_int_equal(PARSE(&command, "--json", "-"), 0);
    assert_ptr_equal(cli.text, stderr);
    assert_int_equal(PARSE(&command, "--json", "file"), 0);
    assert_ptr_equal(cli.text, stdout);
}

static void mistakes_are_usage_errors_that_name_the_option(void **state)
{
    static const struct {
        char *words[4];
        const char *says;
    } mistakes[] = {
        {{"--nonesuch"}, "--nonesuch"},
        {{"--number"}, "--number needs a value"},
        {{"--number", "21"}, "10 to 20"},
        {{"--number", "9"}, "10 to 20"},
        {{"--number", "-12"}, "'-12'"},
        {{"--number", "12x"}, "'12x'"},
        {{"--number", ""}, "''"},
        {{"--number", "99999999999999999999999"}, "10 to 20"},
        {{"--seed", "x"}, "--seed"},
        {{"--seed", "9223372036854775808"}, "--seed"},
        {{"--scale", "huge"}, "quick or full"},
        {{"--timeout-scale", "nan"}, "0.01 to 1000"},
        {{"--timeout-scale", "0"}, "0.01 to 1000"},
        {{"--sockets", "1"}, "unknown option --sockets"},
        {{"--word=a", "--word=b", "--word=c"}, "--word can be given 2 times at most"},
        {{"-n", "21"}, "--number takes a whole number from 10 to 20"},
        {{"-x"}, "unknown option -x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct cli cli;
        struct own own;

        assert_int_equal(
            options_test_parse(&cli, &command, &own, (char **)(uintptr_t)mistakes[i].words), -1);
        assert_int_equal(cli.error.status, STATUS_USAGE);
        if (!strstr(cli.error.text, mistakes[i].says))
            fail_msg("'%s' does not say '%s'", cli.error.text, mistakes[i].says);
    }
}

static void the_first_mistake_counts_and_later_json_is_still_known(void **state)
{
    struct cli cli;
    struct own own;

    (void)state;
    assert_int_equal(PARSE(&command, "--nonesuch", "--scale", "huge", "--json", "file"), -1);
    assert_non_null(strstr(cli.error.text, "--nonesuch"));
    assert_string_equal(cli.json_path, "file");
}

static void targets_have_their_options(void **state)
{
    struct cli cli;
    struct own own;

    (void)state;
    assert_int_equal(PARSE(&command_with_targets, "--exec", "a b", "--exec", "c", "--sockets", "10",
                           "--when-full", "pause"),
                     0);
    assert_int_equal(cli.targets.commands.count, 2);
    assert_string_equal(cli.targets.commands.items[1], "c");
    assert_int_equal(cli.targets.options.sockets, 10);
    assert_int_equal(cli.targets.options.server.when_full, EW_FULL_PAUSE);
    assert_int_equal(PARSE(&command_with_targets, "--when-full", "wait"), -1);
    assert_int_equal(PARSE(&command_with_targets, "--port", "65536"), -1);
    assert_non_null(strstr(cli.error.text, "65535"));
    assert_int_equal(PARSE(&command_with_targets, "--queue", "0"), -1);
}

static void the_timeout_scale_comes_from_the_option_or_else_the_environment(void **state)
{
    char *before = getenv("EDGEWISE_TIMEOUT_SCALE");
    char *kept = before ? strdup(before) : NULL;
    struct cli cli;
    struct own own;

    (void)state;
    setenv("EDGEWISE_TIMEOUT_SCALE", "3", 1);
    PARSE(&command, "x");
    assert_int_equal(cli_timeout_ms(&cli, 100), 300);
    PARSE(&command, "--timeout-scale", "0.5");
    assert_int_equal(cli_timeout_ms(&cli, 100), 50);
    setenv("EDGEWISE_TIMEOUT_SCALE", "nonsense", 1);
    PARSE(&command, "x");
    assert_int_equal(cli_timeout_ms(&cli, 100), 100);
    if (kept)
        setenv("EDGEWISE_TIMEOUT_SCALE", kept, 1);
    else
        unsetenv("EDGEWISE_TIMEOUT_SCALE");
    free(kept);
}

static void the_status_of_cases_is_the_gravest(void **state)
{
    struct cli cli = {.command = &command, .text = stdout};

    (void)state;
    assert_int_equal(cli_cases_status(&cli), STATUS_INVALID);
    cli_case(&cli, "t", "unsupported", VERDICT_UNSUPPORTED, 0, "not here");
    assert_int_equal(cli_cases_status(&cli), STATUS_INVALID);
    cli_case(&cli, "t", "weak", VERDICT_WEAK, 0, "slowly");
    assert_int_equal(cli_cases_status(&cli), STATUS_OK);
    cli_case(&cli, "t", "invalid", VERDICT_INVALID, 0, "stolen");
    assert_int_equal(cli_cases_status(&cli), STATUS_INVALID);
    cli_case(&cli, "t", "fail", VERDICT_FAIL, 0, "lost");
    assert_int_equal(cli_cases_status(&cli), STATUS_FAILED);
    cli_cases_free(&cli);
}

static void a_known_fail_is_good_and_one_that_is_no_more_is_a_failure(void **state)
{
    struct cli cli = {.command = &command, .text = stdout};

    (void)state;
    cli_case(&cli, "t", "known", VERDICT_FAIL, 0, "lost");
    assert_int_equal(cli_cases_status(&cli), STATUS_FAILED);
    cli_case_known(&cli, "FAIL: it loses", true);
    assert_int_equal(cli_cases_status(&cli), STATUS_OK);
    cli_case(&cli, "t", "mended", VERDICT_PASS, 0, NULL);
    cli_case_known(&cli, "FAIL: it lost", false);
    assert_int_equal(cli_cases_status(&cli), STATUS_FAILED);
    cli_cases_free(&cli);
}

static void junit_keeps_failure_error_and_skip_apart_and_escapes(void **state)
{
    struct cli cli = {.command = &command,
                      .text = stdout,
                      .error = {STATUS_CANNOT_RUN, "broke <off> & \"left\"\x01"}};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    cli_case(&cli, "t", "good", VERDICT_PASS, 0.5, NULL);
    cli_case(&cli, "t", "bad", VERDICT_FAIL, 0, "a < b");
    cli_case(&cli, "t", "spoiled", VERDICT_INVALID, 0, "stolen");
    cli_case(&cli, "t", "absent", VERDICT_UNSUPPORTED, 0, "not here");
    cli_junit(&cli, STATUS_CANNOT_RUN, out);
    fclose(out);
    assert_non_null(strstr(text, "tests=\"5\" failures=\"1\" errors=\"2\" skipped=\"1\""));
    assert_non_null(strstr(text, "<failure message=\"a &lt; b\"/>"));
    assert_non_null(strstr(text, "<error message=\"stolen\"/>"));
    assert_non_null(strstr(text, "<skipped message=\"not here\"/>"));
    assert_non_null(strstr(text, "broke &lt;off&gt; &amp; &quot;left&quot;?"));
    free(text);
    cli_cases_free(&cli);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_may_be_mixed),
        cmocka_unit_test(a_letter_and_an_alias_are_the_option_itself),
        cmocka_unit_test(help_shows_letters_and_hides_aliases),
        cmocka_unit_test(a_report_makes_way_for_json_on_the_standard_output),
        cmocka_unit_test(mistakes_are_usage_errors_that_name_the_option),
        cmocka_unit_test(the_first_mistake_counts_and_later_json_is_still_known),
        cmocka_unit_test(targets_have_their_options),
        cmocka_unit_test(the_timeout_scale_comes_from_the_option_or_else_the_environment),
        cmocka_unit_test(the_status_of_cases_is_the_gravest),
        cmocka_unit_test(a_known_fail_is_good_and_one_that_is_no_more_is_a_failure),
        cmocka_unit_test(junit_keeps_failure_error_and_skip_apart_and_escapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
