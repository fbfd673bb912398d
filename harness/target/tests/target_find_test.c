/* What names, commands and target files say is found, or what is wrong with them is told. */
#include "target/arguments.h"
#include "target/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- names ---- */

static void groups_and_all_are_lists(void **state)
{
    struct target_list one = {0}, all = {0};

    (void)state;
    assert_int_equal(target_find(&one, "echo", NULL), 0);
    assert_int_equal(target_find(&all, "all", NULL), 0);
    assert_true(one.count >= 11);
    assert_true(all.count >= one.count);
    target_list_free(&one);
    target_list_free(&all);
}

static void missing_servers_are_listed_and_cannot_be_started(void **state)
{
    struct target_list list = {0};
    struct target_run *run;
    struct error error = {0};
    bool seen = false;

    (void)state;
    assert_int_equal(target_find(&list, "echo", NULL), 0);
    for (size_t i = 0; i < list.count; i++) {
        if (!list.items[i]->missing)
            continue;
        seen = true;
        assert_int_equal(target_start(list.items[i], NULL, &run, &error), -1);
        assert_non_null(strstr(error.text, list.items[i]->missing));
    }
    assert_true(seen); /* epoll or kqueue is missing anywhere */
    target_list_free(&list);
}

static void an_unknown_name_is_a_usage_error(void **state)
{
    struct target_list list = {0};
    struct error error = {0};

    (void)state;
    assert_int_equal(target_find(&list, "echo-nonsense", &error), -1);
    assert_int_equal(error.status, STATUS_USAGE);
    assert_non_null(strstr(error.text, "echo-nonsense"));
    target_list_free(&list);
}

/* ---- commands as words ---- */

static void a_command_is_split_as_a_shell_would(void **state)
{
    struct target_list list = {0};

    (void)state;
    assert_int_equal(target_find_command(&list, "  a 'b c' \"d \\\" e\" f\\ g '' {sockets}", NULL),
                     0);
    assert_string_equal(list.items[0]->argv[1], "b c");
    assert_string_equal(list.items[0]->argv[2], "d \" e");
    assert_string_equal(list.items[0]->argv[3], "f g");
    assert_string_equal(list.items[0]->argv[4], "");
    assert_true(list.items[0]->capabilities & EW_CAN_SOCKETS);
    assert_null(list.items[0]->argv[6]);
    target_list_free(&list);
}

static void an_open_quote_and_an_empty_command_are_usage_errors(void **state)
{
    struct target_list list = {0};
    struct error error = {0};

    (void)state;
    assert_int_equal(target_find_command(&list, "server 'port", &error), -1);
    assert_int_equal(error.status, STATUS_USAGE);
    assert_int_equal(target_find_command(&list, "  ", &error), -1);
    assert_int_equal(error.status, STATUS_USAGE);
    assert_int_equal(list.count, 0);
    target_list_free(&list);
}

static void a_word_is_quoted_where_a_shell_would_not_give_it_back(void **state)
{
    static const char *const words[][2] = {
        {"./mine.so", "./mine.so"}, {"my file.so", "'my file.so'"},
        {"it's", "'it'\\''s'"},     {"", "''"},
        {"a;b", "'a;b'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char *quoted = arguments_quote("", words[i][0]);

        assert_string_equal(quoted, words[i][1]);
        free(quoted);
    }
}

/* ---- target files ---- */

static void target_find_test_read_file(const char *json, struct target_list *list,
                                       struct error *error)
{
    char path[] = "/tmp/edgewise-target-XXXXXX.json";
    int fd = mkstemps(path, 5);

    *list = (struct target_list){0};
    *error = (struct error){0};
    assert_true(fd >= 0);
    assert_int_equal(write(fd, json, strlen(json)), strlen(json));
    close(fd);
    (void)target_find(list, path, error);
    unlink(path);
}

static void a_target_file_says_everything(void **state)
{
    struct target_list list;
    struct error error;

    (void)state;
    target_find_test_read_file(
        "{\"name\": \"mine\", \"command\": [\"s\", \"{port}\"], \"version\": [\"s\", "
        "\"-v\"], \"ports\": 4,"
        " \"ready\": \"stdout:^up\", \"env\": {\"A\": \"b\"}, \"capabilities\": [\"echo\", "
        "\"ipv6\"],"
        " \"port\": 123, \"private\": true, \"upstream\": 53, \"language\": \"Nim\","
        " \"drops\": [\"t\", \"{pid}\"],"
        " \"expect\": {\"order-fifo\": \"FAIL: reorders\"}}",
        &list, &error);
    assert_string_equal(error.text, "");
    assert_string_equal(list.items[0]->name, "mine");
    assert_string_equal(list.items[0]->version_argv[1], "-v");
    assert_null(list.items[0]->version_argv[2]);
    assert_string_equal(list.items[0]->drops_argv[1], "{pid}");
    assert_null(list.items[0]->drops_argv[2]);
    assert_int_equal(list.items[0]->ports, 4);
    assert_int_equal(target_own_port(list.items[0], 0), 123);
    assert_true(list.items[0]->is_private);
    assert_string_equal(list.items[0]->language, "Nim");
    assert_int_equal(list.items[0]->upstream, 53);
    assert_int_equal(list.items[0]->ready, TARGET_READY_STDOUT);
    assert_string_equal(list.items[0]->ready_regex, "^up");
    assert_string_equal(list.items[0]->env[0], "A=b");
    assert_int_equal(list.items[0]->capabilities, EW_CAN_ECHO | EW_CAN_IPV6 | EW_CAN_SOCKETS);
    assert_string_equal(json_string_value(json_object_get(list.items[0]->expect, "order-fifo")),
                        "FAIL: reorders");
    target_list_free(&list);
}

static void each_of_its_addresses_is_a_socket_at_one_port(void **state)
{
    struct target_list list;
    struct error error;
    union address told = address_loopback(0), first, second;
    char text[ADDRESS_TEXT];

    (void)state;
    target_find_test_read_file(
        "{\"command\": [\"s\"], \"addresses\": [\"127.0.0.3\", \"127.0.0.9\"],"
        " \"capabilities\": [\"echo\"], \"setup\": [\"mkdir\", \"{port}\"]}",
        &list, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(list.items[0]->ports, 2);
    assert_int_equal(list.items[0]->capabilities, EW_CAN_ECHO | EW_CAN_SOCKETS);
    assert_string_equal(list.items[0]->setup[1], "{port}");
    first = target_own_address(list.items[0], &told, 53, 0);
    second = target_own_address(list.items[0], &told, 53, 1);
    address_text(&first, text);
    assert_string_equal(text, "127.0.0.3:53");
    address_text(&second, text);
    assert_string_equal(text, "127.0.0.9:53");
    target_list_free(&list);
}

static void a_malformed_target_file_is_told_with_line_and_column(void **state)
{
    struct target_list list;
    struct error error;

    (void)state;
    target_find_test_read_file("{\n  \"command\": [\"x\"],\n  \"ports\": ,\n}", &list, &error);
    assert_int_equal(error.status, STATUS_USAGE);
    assert_non_null(strstr(error.text, ".json:3:12: "));
    assert_int_equal(list.count, 0);
    target_list_free(&list);
}

static void what_a_target_file_may_not_say_is_told_with_its_key(void **state)
{
    static const char *const bad[][2] = {
        {"[]", "one JSON object"},
        {"{}", "\"command\""},
        {"{\"command\": []}", "\"command\""},
        {"{\"command\": [1]}", "\"command\""},
        {"{\"command\": \"x\"}", "\"command\""},
        {"{\"command\": [\"x\"], \"colour\": 1}", "\"colour\": no such key"},
        {"{\"command\": [\"x\"], \"language\": \"\"}", "\"language\": must be a string"},
        {"{\"command\": [\"x\"], \"command\": [\"y\"]}", "duplicate"},
        {"{\"command\": [\"x\"], \"version\": \"1.2\"}", "\"version\": must be an array"},
        {"{\"command\": [\"x\"], \"drops\": 3}", "\"drops\": must be an array"},
        {"{\"command\": [\"x\"], \"name\": \"\"}", "\"name\""},
        {"{\"command\": [\"x\"], \"ports\": 65536}", "\"ports\""},
        {"{\"command\": [\"x\"], \"ports\": -1}", "\"ports\""},
        {"{\"command\": [\"x\"], \"port\": 0}", "\"port\": must be the one"},
        {"{\"command\": [\"x\"], \"private\": 1}", "\"private\""},
        {"{\"command\": [\"x\"], \"addresses\": []}", "\"addresses\": must be an array"},
        {"{\"command\": [\"x\"], \"addresses\": [\"localhost\"]}",
         "\"addresses\": must be numeric"},
        {"{\"command\": [\"x\"], \"addresses\": [\"127.0.0.1\", \"::1\"]}", "of one family"},
        {"{\"command\": [\"x\"], \"addresses\": [\"0.0.0.0\"]}", "no wildcard"},
        {"{\"command\": [\"x\"], \"addresses\": [\"::1\", \"::1\"]}", "has an address twice"},
        {"{\"command\": [\"x\"], \"addresses\": [\"::1\"], \"ports\": 1}", "\"ports\": is as many"},
        {"{\"command\": [\"x\"], \"setup\": []}", "\"setup\": must be an array"},
        {"{\"command\": [\"x\"], \"ready\": \"soon\"}", "\"ready\""},
        {"{\"command\": [\"x\"], \"ready\": \"stdout:\"}", "\"ready\""},
        {"{\"command\": [\"x\"], \"env\": {\"A\": 1}}", "\"env\""},
        {"{\"command\": [\"x\"], \"capabilities\": [\"fly\"]}", "\"capabilities\""},
        {"{\"command\": [\"x\"], \"expect\": {\"a\": \"PASS: \"}}", "\"a\""},
        {"{\"command\": [\"x\"], \"expect\": {\"a\": \"FAIL\"}}", "\"a\""},
        {"{\"command\": [\"x\"], \"expect\": {\"a\": \"FAIL: \"}}", "\"a\""},
        {"{\"command\": [\"x\"], \"expect\": {\"a\": \"PASS: well\"}}", "\"a\""},
        {"{\"command\": [\"x\"], \"expect\": {\"a\": \"FAIL|LOUD: oh\"}}", "\"a\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct target_list list;
        struct error error;

        target_find_test_read_file(bad[i][0], &list, &error);
        if (!strstr(error.text, bad[i][1]))
            fail_msg("%s: '%s' is not in '%s'", bad[i][0], bad[i][1], error.text);
        assert_int_equal(error.status, STATUS_USAGE);
        assert_int_equal(list.count, 0);
        target_list_free(&list);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_and_all_are_lists),
        cmocka_unit_test(missing_servers_are_listed_and_cannot_be_started),
        cmocka_unit_test(an_unknown_name_is_a_usage_error),
        cmocka_unit_test(a_command_is_split_as_a_shell_would),
        cmocka_unit_test(an_open_quote_and_an_empty_command_are_usage_errors),
        cmocka_unit_test(a_word_is_quoted_where_a_shell_would_not_give_it_back),
        cmocka_unit_test(a_target_file_says_everything),
        cmocka_unit_test(each_of_its_addresses_is_a_socket_at_one_port),
        cmocka_unit_test(a_malformed_target_file_is_told_with_line_and_column),
        cmocka_unit_test(what_a_target_file_may_not_say_is_told_with_its_key),
    };

    return cmocka_run_group_tests_name("target-find", tests, NULL, NULL);
}
