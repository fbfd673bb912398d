/* The floor: what is counted of it, for no time is the same twice. */
#include "cmocka_all.h"

#include "bench/floor_parts.h"
#include "bench/floor_process.h"

#include <stdio.h>
#include <string.h>

#define CALLS 100u
#define BATCHES 5u

static void assert_had_or_missing(const struct floor_figure *figure)
{
    if (*figure->reason) {
        assert_true(figure->ns == 0);
        return;
    }
    assert_true(figure->ns > 0);
    assert_int_equal(figure->calls, BATCHES * CALLS);
}

static void each_part_is_called_as_often_as_asked_for_or_says_why_it_is_not(void **state)
{
    struct floor_config config = {.sizes = {.count = 2, .list = {1, 1400}}, .calls = CALLS};
    struct floor_place place;
    struct floor_figure figures[FLOOR_PARTS];

    (void)state;
    floor_place_open(&place, &config);
    for (int i = 0; i < FLOOR_PARTS; i++) {
        floor_take(&place, (enum floor_part)i, &figures[i]);
        if (*figures[i].reason)
            printf("%s is missing: %s\n", floor_name((enum floor_part)i), figures[i].reason);
        assert_had_or_missing(&figures[i]);
    }
    floor_place_close(&place);
    assert_string_equal(figures[FLOOR_CALL].reason, "");
    assert_string_equal(figures[FLOOR_COPIES].reason, "");
    assert_string_equal(figures[FLOOR_PATH].reason, "");
    assert_non_null(strstr(figures[FLOOR_LINE].reason, "not pinned to two"));
}

static void a_process_measures_as_often_as_it_is_told_to(void **state)
{
    struct floor_config config = {.client_cpu = 1, .server_cpu = 2, .calls = CALLS};
    struct floor_figure figures[FLOOR_PARTS];
    struct error error = {0};
    struct floor floor;

    (void)state;
    assert_int_equal(floor_start(&floor, &config, &error), 0);
    for (int round = 0; round < 2; round++) {
        memset(figures, 0xff, sizeof figures);
        floor_measure(&floor, figures);
        assert_string_equal(figures[FLOOR_CALL].reason, "");
        assert_int_equal(figures[FLOOR_CALL].calls, BATCHES * CALLS);
        assert_int_equal(figures[FLOOR_PATH].calls, BATCHES * CALLS);
        assert_true(*figures[FLOOR_LINE].reason || figures[FLOOR_LINE].calls > 0);
    }
    floor_stop(&floor);
    floor_measure(&floor, figures);
    for (int i = 0; i < FLOOR_PARTS; i++) {
        assert_true(figures[i].ns == 0);
        assert_non_null(strstr(figures[i].reason, "does not answer"));
    }
}

static void the_sum_shares_calls_and_line_among_a_batch(void **state)
{
    const struct floor_figure figures[FLOOR_PARTS] = {
        [FLOOR_CALL] = {.ns = 100},  [FLOOR_LINE] = {.ns = 40},        [FLOOR_COPIES] = {.ns = 10},
        [FLOOR_PATH] = {.ns = 3000}, [FLOOR_REFLECTOR] = {.ns = 2000},
    };

    (void)state;
    assert_true(floor_sum(figures, 1) == 250);
    assert_true(floor_sum(figures, 24) == 20);
    assert_true(floor_sum(figures, 0) == 250);
}

static void each_part_has_a_name_and_a_meaning(void **state)
{
    (void)state;
    for (int i = 0; i < FLOOR_PARTS; i++) {
        assert_true(*floor_name((enum floor_part)i) && *floor_meaning((enum floor_part)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(floor_name((enum floor_part)i), floor_name((enum floor_part)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_has_a_name_and_a_meaning),
        cmocka_unit_test(the_sum_shares_calls_and_line_among_a_batch),
        cmocka_unit_test(a_process_measures_as_often_as_it_is_told_to),
        cmocka_unit_test(each_part_is_called_as_often_as_asked_for_or_says_why_it_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
