/* The table of settings: what it takes it gives back, and what it says is so. */
#include "bench.h"

#include "program/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct ew_setting *named(const char *name)
{
    const struct ew_setting *setting = ew_setting_named(name);

    assert_non_null(setting);
    return setting;
}

static void names_and_old_names_are_one_setting_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < ew_settings_count; i++) {
        assert_ptr_equal(named(ew_settings[i].name), &ew_settings[i]);
        if (ew_settings[i].old_name)
            assert_ptr_equal(named(ew_settings[i].old_name), &ew_settings[i]);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(ew_settings[i].offset, ew_settings[j].offset);
    }
    assert_null(ew_setting_named("nonesuch"));
}

static void what_was_taken_is_given_back_alike(void **state)
{
    static const struct {
        const char *name, *value;
    } rows[] = {
        {"address", "::1"},     {"port", "65535"},       {"sockets", "10"},
        {"queue", "65536"},     {"when-full", "drop"},   {"when-full", "pause"},
        {"budget", "1"},        {"workers", "1024"},     {"selector", "poll"},
        {"datagram-max", "1"},  {"receive-bytes", "99"}, {"send-bytes", "1"},
        {"send-buffer", "100"}, {"awakener", "2017"},    {"share", "bpf"},
    };
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ew_config config = {.size = sizeof config};

        assert_false(ew_setting_give(named(rows[i].name), &config, text, sizeof text));
        assert_int_equal(ew_setting_take(named(rows[i].name), rows[i].value, &config), 0);
        assert_true(ew_setting_give(named(rows[i].name), &config, text, sizeof text));
        assert_string_equal(text, rows[i].value);
    }
}

static void what_is_wrong_is_refused_and_changes_nothing(void **state)
{
    static const struct {
        const char *name, *value, *wanted;
    } rows[] = {
        {"queue", "0", "a whole number from 1 to 65536"},
        {"queue", "65537", "a whole number from 1 to 65536"},
        {"queue", "-1", "a whole number from 1 to 65536"},
        {"queue", " 1", "a whole number from 1 to 65536"},
        {"queue", "1x", "a whole number from 1 to 65536"},
        {"queue", "99999999999999999999", "a whole number from 1 to 65536"},
        {"queue", "", "a whole number from 1 to 65536"},
        {"when-full", "wait", "drop or pause"},
        {"when-full", "dro", "drop or pause"},
        {"when-full", "drop|pause", "drop or pause"},
        {"when-full", "", "drop or pause"},
        {"address", "localhost", "a numeric IPv4 or IPv6 address"},
    };
    const struct ew_config none = {.size = sizeof none};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ew_config config = none;

        assert_int_equal(ew_setting_take(named(rows[i].name), rows[i].value, &config), -EINVAL);
        assert_memory_equal(&config, &none, sizeof none);
        ew_setting_wants(named(rows[i].name), text, sizeof text);
        assert_string_equal(text, rows[i].wanted);
    }
}

static void a_server_is_concerned_by_what_it_can(void **state)
{
    const struct ew_description plain = {.size = sizeof plain};
    const struct ew_description able = {.size = sizeof able,
                                        .capabilities = EW_CAN_QUEUE | EW_CAN_REPLY,
                                        .default_budget = 16,
                                        .default_full = EW_FULL_PAUSE,
                                        .default_sockets = 10};
    char text[16];

    (void)state;
    assert_false(ew_setting_concerns(named("queue"), &plain));
    assert_false(ew_setting_concerns(named("budget"), &plain));
    assert_false(ew_setting_concerns(named("reply"), &plain));
    assert_true(ew_setting_concerns(named("receive-bytes"), &plain));
    assert_true(ew_setting_concerns(named("reply"), &able));
    assert_string_equal(ew_setting_default(named("sockets"), &plain, text, sizeof text), "1");
    assert_string_equal(ew_setting_default(named("sockets"), &able, text, sizeof text), "10");
    assert_string_equal(ew_setting_default(named("budget"), &able, text, sizeof text), "16");
    assert_string_equal(ew_setting_default(named("when-full"), &able, text, sizeof text), "pause");
}

static void what_zero_means_is_what_the_abi_says(void **state)
{
    (void)state;
    assert_int_equal(atoi(named("port")->otherwise), EW_PROGRAM_PORT);
    assert_int_equal(atoi(named("queue")->otherwise), EW_DEFAULT_QUEUE);
    assert_int_equal(atoi(named("datagram-max")->otherwise), EW_DATAGRAM_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_old_names_are_one_setting_each),
        cmocka_unit_test(what_was_taken_is_given_back_alike),
        cmocka_unit_test(what_is_wrong_is_refused_and_changes_nothing),
        cmocka_unit_test(a_server_is_concerned_by_what_it_can),
        cmocka_unit_test(what_zero_means_is_what_the_abi_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
