/* Loading plug-ins: right ones, and ones that are wrong in one way each.  plugin_test FOLDER */
#include "cmocka_all.h"
#include "target/plugin.h"

#include <stdio.h>
#include <string.h>

static const char *folder;

static int open_odd(struct plugin *plugin, const char *name, struct error *error)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s.so", folder, name);
    return plugin_open(plugin, path, error);
}

static void plugin_test_refuse(const char *name, const char *says)
{
    struct plugin plugin;
    struct error error = {0};

    assert_int_equal(open_odd(&plugin, name, &error), -1);
    assert_int_equal(error.status, STATUS_CANNOT_RUN);
    if (!strstr(error.text, says) || !strstr(error.text, name))
        fail_msg("'%s' says neither '%s' nor '%s'", error.text, says, name);
    plugin_close(&plugin);
}

static void a_newer_one_that_adds_nothing_but_zeros_is_taken(void **state)
{
    struct plugin plugin;
    struct error error = {0};

    (void)state;
    if (open_odd(&plugin, "odd-newer", &error) < 0)
        fail_msg("%s", error.text);
    assert_string_equal(plugin.description.name, "odd");
    assert_int_equal(plugin.description.default_full, 7);
    assert_non_null(plugin.functions.stop);
    plugin_close(&plugin);
    plugin_close(&plugin);
}

static void one_that_means_more_than_we_know_is_refused(void **state)
{
    (void)state;
    plugin_test_refuse("odd-tail", "compile it with this edgewise/server.h");
}

static void another_abi_or_size_is_refused_with_both_numbers(void **state)
{
    (void)state;
    plugin_test_refuse("odd-abi", "ABI 99, this is ABI 1");
    plugin_test_refuse("odd-short", "16 bytes where ABI 1 has");
    plugin_test_refuse("odd-empty", "0 bytes where ABI 1 has");
}

static void a_missing_function_is_named(void **state)
{
    (void)state;
    plugin_test_refuse("odd-stop", "no function ew_stop");
}

static void one_that_describes_nothing_is_refused(void **state)
{
    (void)state;
    plugin_test_refuse("odd-nothing", "ew_describe gives NULL");
}

static void what_is_not_there_is_said_so(void **state)
{
    (void)state;
    plugin_test_refuse("odd-nonesuch", "No such file");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_newer_one_that_adds_nothing_but_zeros_is_taken),
        cmocka_unit_test(one_that_means_more_than_we_know_is_refused),
        cmocka_unit_test(another_abi_or_size_is_refused_with_both_numbers),
        cmocka_unit_test(a_missing_function_is_named),
        cmocka_unit_test(one_that_describes_nothing_is_refused),
        cmocka_unit_test(what_is_not_there_is_said_so),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: plugin_test FOLDER\n");
        return 2;
    }
    folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
