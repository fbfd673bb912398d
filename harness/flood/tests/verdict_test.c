/* The verdict: what the figures of a flood say about the target, and about the generator itself. */
#include "cmocka_all.h"
#include "base/clock.h"
#include "flood/books.h"
#include "flood/verdict.h"

#include <stdlib.h>
#include <string.h>

static struct flood_result result;
static struct flood_config config;

/* A flood in which everything went well. */
static int make_good(void **state)
{
    (void)state;
    config = flood_defaults;
    result = (struct flood_result){
        .counts = {.sent = 10000, .echoed = 10000}, .books.attributed = true, .paced = true};
    result.lag = histogram_new();
    if (!result.lag)
        return -1;
    for (int i = 0; i < 1000; i++)
        histogram_add(result.lag, 1000);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    free(result.lag);
    return 0;
}

static void expect(enum verdict verdict, enum status status, const char *says)
{
    verdict_give(&result, &config);
    assert_string_equal(verdict_name(result.verdict), verdict_name(verdict));
    assert_int_equal(flood_status(&result), status);
    if (!strstr(result.reason, says) || (verdict == VERDICT_PASS && *result.reason))
        fail_msg("'%s' does not say '%s'", result.reason, says);
}

static void a_good_flood_passes(void **state)
{
    (void)state;
    expect(VERDICT_PASS, STATUS_OK, "");
}

static void what_came_back_wrong_fails(void **state)
{
    (void)state;
    result.counts.corrupt = 1;
    result.counts.truncated = 2;
    result.counts.foreign = 3;
    result.counts.misdirected = 4;
    result.counts.duplicate = 5;
    expect(VERDICT_FAIL, STATUS_FAILED,
           "1 corrupt; 2 truncated; 3 foreign; 4 misdirected; 5 duplicate");
}

static void a_loss_is_a_finding_only_where_all_terms_are_known(void **state)
{
    (void)state;
    result.counts.echoed = 9900;
    result.books.unaccounted = 100;
    expect(VERDICT_FAIL, STATUS_FAILED, "100 unaccounted");
    result.books.attributed = false;
    expect(VERDICT_PASS, STATUS_OK, "");
}

static void more_drops_than_losses_spoil_the_run(void **state)
{
    (void)state;
    result.books.unaccounted = -3;
    expect(VERDICT_INVALID, STATUS_INVALID, "3 more drops than losses");
}

static void nothing_back_or_nothing_sent_is_no_pass(void **state)
{
    (void)state;
    result.counts.echoed = 0;
    expect(VERDICT_INVALID, STATUS_INVALID, "nothing came back");
    result.counts.sent = 0;
    expect(VERDICT_INVALID, STATUS_INVALID, "nothing was sent");
}

static void one_way_expects_no_echo(void **state)
{
    (void)state;
    result.counts.echoed = 0;
    result.books.unaccounted = 10000;
    result.one_way = true;
    expect(VERDICT_PASS, STATUS_OK, "");
}

static void lag_beyond_the_limit_spoils_a_paced_run_alone(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        histogram_add(result.lag, 5 * NS_PER_MS);
    expect(VERDICT_INVALID, STATUS_INVALID, "5.0 ms behind schedule");
    result.paced = false;
    expect(VERDICT_PASS, STATUS_OK, "");
}

static void own_drops_and_stolen_time_spoil_the_run_beyond_their_limits(void **state)
{
    (void)state;
    result.books.client_socket = 10;
    result.steal_part = 0.1;
    expect(VERDICT_PASS, STATUS_OK, "");
    result.books.client_socket = 11;
    expect(VERDICT_INVALID, STATUS_INVALID, "our own sockets dropped 11");
    result.books.client_socket = FLOOD_UNKNOWN;
    result.steal_part = 0.5;
    expect(VERDICT_INVALID, STATUS_INVALID, "50 % of the machine's time was stolen");
}

static void a_tick_stolen_of_a_few_is_no_part_of_the_time(void **state)
{
    const struct steal_reading before = {.stolen = 7, .total = 1000};
    const struct steal_reading soon = {.stolen = 8, .total = 1009};
    const struct steal_reading later = {.stolen = 57, .total = 1200};

    (void)state;
    assert_true(steal_part(&before, &soon) < 0);
    assert_true(steal_part(&before, &before) < 0);
    assert_float_equal(steal_part(&before, &later), 0.25, 1e-9);
}

static void a_silent_target_is_no_pass(void **state)
{
    (void)state;
    result.end = FLOOD_SILENT;
    expect(VERDICT_INVALID, STATUS_INVALID, "fell silent");
}

static void a_finding_stands_in_a_spoiled_run_too(void **state)
{
    (void)state;
    result.counts.corrupt = 1;
    result.steal_part = 0.9;
    expect(VERDICT_FAIL, STATUS_FAILED, "1 corrupt; 90 %");
}

#define VERDICT_TEST(name) cmocka_unit_test_setup_teardown(name, make_good, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VERDICT_TEST(a_good_flood_passes),
        VERDICT_TEST(what_came_back_wrong_fails),
        VERDICT_TEST(a_loss_is_a_finding_only_where_all_terms_are_known),
        VERDICT_TEST(more_drops_than_losses_spoil_the_run),
        VERDICT_TEST(nothing_back_or_nothing_sent_is_no_pass),
        VERDICT_TEST(one_way_expects_no_echo),
        VERDICT_TEST(lag_beyond_the_limit_spoils_a_paced_run_alone),
        VERDICT_TEST(own_drops_and_stolen_time_spoil_the_run_beyond_their_limits),
        VERDICT_TEST(a_tick_stolen_of_a_few_is_no_part_of_the_time),
        VERDICT_TEST(a_silent_target_is_no_pass),
        VERDICT_TEST(a_finding_stands_in_a_spoiled_run_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
