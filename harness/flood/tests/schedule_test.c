/* The schedule: arithmetic that neither drifts nor overflows, and sizes. */
#include "cmocka_all.h"
#include "base/clock.h"
#include "exchange/payload.h"
#include "flood/schedule.h"

#include <string.h>

static void due_and_due_time_agree_at_every_instant(void **state)
{
    static const uint64_t rates[] = {1, 3, 7, 1000, 333333, 999983, 123456789, 1000000000};

    (void)state;
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        struct schedule s = {.pace = PACE_OPEN,
                             .rate = rates[r],
                             .flows = 3,
                             .count = UINT64_MAX,
                             .start_ns = 500,
                             .end_ns = INT64_MAX};

        for (uint64_t sequence = 0; sequence < 2000; sequence += 1 + sequence / 7) {
            for (uint32_t flow = 0; flow < 3; flow++) {
                int64_t due_ns = schedule_due_ns(&s, flow, sequence);

                assert_true(schedule_due(&s, flow, due_ns) > sequence);
                assert_true(schedule_due(&s, flow, due_ns - 1) <= sequence);
            }
        }
    }
}

static void a_day_at_a_thousand_million_does_not_overflow_or_drift(void **state)
{
    struct schedule s = {
        .pace = PACE_OPEN, .rate = 999999937, .flows = 1, .count = UINT64_MAX, .end_ns = INT64_MAX};

    (void)state;
    assert_true(schedule_due_ns(&s, 0, 86400 * UINT64_C(999999937)) == 86400 * NS_PER_S);
    assert_true(schedule_due(&s, 0, 86400 * NS_PER_S - 1) == 86400 * UINT64_C(999999937));
}

static void the_flows_take_turns(void **state)
{
    struct schedule s = {
        .pace = PACE_OPEN, .rate = 1000, .flows = 4, .count = UINT64_MAX, .end_ns = INT64_MAX};

    (void)state;
    for (uint32_t flow = 0; flow < 4; flow++) {
        assert_true(schedule_due_ns(&s, flow, 0) == flow * NS_PER_MS);
        assert_true(schedule_due_ns(&s, flow, 5) == (flow + 20) * NS_PER_MS);
    }
}

static void a_count_is_shared_out_to_the_last(void **state)
{
    (void)state;
    for (uint64_t count = 1; count < 50; count++) {
        for (uint32_t flows = 1; flows < 12; flows++) {
            struct schedule s = {
                .pace = PACE_CLOSED, .flows = flows, .count = count, .end_ns = INT64_MAX};
            uint64_t sum = 0;

            for (uint32_t flow = 0; flow < flows; flow++) {
                uint64_t share = schedule_due(&s, flow, 1);

                assert_true(schedule_over(&s, flow, share, 1));
                assert_true(share == 0 || !schedule_over(&s, flow, share - 1, 1));
                sum += share;
            }
            assert_int_equal(sum, count);
        }
    }
}

static void nothing_is_due_before_the_start_or_from_the_end_on(void **state)
{
    struct schedule s = {.pace = PACE_OPEN,
                         .rate = 1000,
                         .flows = 1,
                         .count = UINT64_MAX,
                         .start_ns = NS_PER_S,
                         .end_ns = 2 * NS_PER_S};

    (void)state;
    assert_int_equal(schedule_due(&s, 0, NS_PER_S - 1), 0);
    assert_int_equal(schedule_due(&s, 0, NS_PER_S), 1);
    assert_int_equal(schedule_due(&s, 0, 2 * NS_PER_S), 1000);
    assert_int_equal(schedule_due(&s, 0, 9 * NS_PER_S), 1000);
    /* Who is late at the end still sends what was due. */
    assert_false(schedule_over(&s, 0, 999, 9 * NS_PER_S));
    assert_true(schedule_over(&s, 0, 1000, 2 * NS_PER_S));
    assert_false(schedule_over(&s, 0, 1000, 2 * NS_PER_S - 1));
}

static void sizes_are_fixed_or_in_turn_or_within_a_range(void **state)
{
    struct sizes sizes;
    struct error error;
    bool low = false;
    bool high = false;

    (void)state;
    assert_int_equal(sizes_parse(&sizes, "512", &error), 0);
    assert_int_equal(sizes_of(&sizes, 1, 2, 3), 512);
    assert_int_equal(sizes_parse(&sizes, "64,1472,100", &error), 0);
    assert_int_equal(sizes_of(&sizes, 1, 0, 0), 64);
    assert_int_equal(sizes_of(&sizes, 1, 0, 1), 1472);
    assert_int_equal(sizes_of(&sizes, 1, 0, 5), 100);
    assert_int_equal(sizes_largest(&sizes), 1472);
    assert_int_equal(sizes_parse(&sizes, "60-62", &error), 0);
    assert_int_equal(sizes_largest(&sizes), 62);
    for (uint64_t i = 0; i < 200; i++) {
        uint32_t size = sizes_of(&sizes, 1, 0, i);

        assert_in_range(size, 60, 62);
        assert_int_equal(size, sizes_of(&sizes, 1, 0, i));
        low |= size == 60;
        high |= size == 62;
    }
    assert_true(low && high);
}

static void a_bad_size_is_refused_with_the_range(void **state)
{
    static const char *const bad[] = {
        "",      "0",       "65508",    "-64",      "64-", "64,", ",64",
        "64-63", "64-100-", "64-70-80", "64,70-80", "64x", "x",   "99999999999999999999"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sizes sizes;
        struct error error;

        assert_int_equal(sizes_parse(&sizes, bad[i], &error), -1);
        assert_int_equal(error.status, STATUS_USAGE);
        assert_non_null(strstr(error.text, "65507"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_and_due_time_agree_at_every_instant),
        cmocka_unit_test(a_day_at_a_thousand_million_does_not_overflow_or_drift),
        cmocka_unit_test(the_flows_take_turns),
        cmocka_unit_test(a_count_is_shared_out_to_the_last),
        cmocka_unit_test(nothing_is_due_before_the_start_or_from_the_end_on),
        cmocka_unit_test(sizes_are_fixed_or_in_turn_or_within_a_range),
        cmocka_unit_test(a_bad_size_is_refused_with_the_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
