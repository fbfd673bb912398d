/* What was compiled against the first edgewise/server.h goes on working, on either side of the
 * boundary: first_header_test THEIRS.so OURS.so, a plug-in built with that header and one of
 * today. */
#include "bench.h"
#include "first_caller.h"

#include "program/settings.h"

#include <string.h>

static struct bench theirs, ours;

static void the_abi_grew_at_its_ends_only(void **state)
{
    struct first_layout first = first_caller_layout();

    (void)state;
    assert_true(first.config <= sizeof(struct ew_config));
    assert_int_equal(first.config_last, offsetof(struct ew_config, page_size));
    assert_true(first.description <= sizeof(struct ew_description));
    assert_int_equal(first.description_last, offsetof(struct ew_description, default_full));
    assert_int_equal(first.page, sizeof(struct ew_page));
    assert_true(first.socket_slot <= sizeof(struct ew_socket_slot));
    assert_true(first.worker_slot <= sizeof(struct ew_worker_counters));
}

static void a_plug_in_says_the_size_and_version_it_was_built_with(void **state)
{
    (void)state;
    assert_int_equal(theirs.description->abi, EW_ABI);
    assert_int_equal(theirs.description->size, first_caller_layout().description);
}

/* It ends before default_sockets, so reading on would read what lies behind it. */
static void a_description_is_read_no_further_than_it_goes(void **state)
{
    char text[16];

    (void)state;
    assert_int_equal(
        ew_described(theirs.description, offsetof(struct ew_description, default_sockets)), 0);
    assert_string_equal(
        ew_setting_default(ew_setting_named("sockets"), theirs.description, text, sizeof text),
        "1");
}

static void a_plug_in_built_before_serves_who_is_built_today(void **state)
{
    struct ew_config config = bench_config(1);

    (void)state;
    bench_start(&theirs, &config);
    bench_expect_echo(&theirs, 0, "before", 6);
    assert_int_equal(theirs.page->socket_slot_size, first_caller_layout().socket_slot);
    assert_int_equal(COUNTER(theirs.page, 0, datagrams_received), 1);
    bench_stop(&theirs);
}

static void who_was_built_before_starts_a_server_of_today(void **state)
{
    int (*start)(const void *config, void **instance);
    void *instance = NULL;

    (void)state;
    memcpy(&start, &ours.server.start, sizeof start);
    assert_int_equal(first_caller_start(start, &instance), 0);
    assert_int_not_equal(ours.server.port(instance, 0), 0);
    assert_int_equal(ours.server.stats(instance)->state, EW_PAGE_STARTED);
    assert_int_equal(ours.server.stop(instance), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_abi_grew_at_its_ends_only),
        cmocka_unit_test(a_plug_in_says_the_size_and_version_it_was_built_with),
        cmocka_unit_test(a_description_is_read_no_further_than_it_goes),
        cmocka_unit_test(a_plug_in_built_before_serves_who_is_built_today),
        cmocka_unit_test(who_was_built_before_starts_a_server_of_today),
    };
    int status = argc == 3 ? bench_load(&theirs, 2, argv) : 2;

    if (status == 0)
        status = bench_load(&ours, 2, (char *[]){argv[0], argv[2], NULL});
    if (status)
        return status;
    return cmocka_run_group_tests_name("first header", tests, NULL, NULL);
}
