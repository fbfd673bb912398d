/* Floods against a server that is wrong in known ways: every count, every term of the books, the
 * verdicts. */
#include "flood_bench.h"

#include "base/clock.h"

#include <string.h>

/* Floods a server with this fault; `result` holds what came of it, and the server its own
 * counts. */
static void flood_fault(enum fault fault, uint32_t flows, struct faulty_echo *echo,
                        struct flood_result *result)
{
    struct flood_config config;

    faulty_echo_start(echo, fault);
    config = config_for(echo);
    config.flows = flows;
    config.page = echo->page;
    run(&config, result);
    faulty_echo_stop(echo);
    flood_result_fini(result);
    assert_int_equal(result->counts.sent, COUNT);
    assert_int_equal(result->end, FLOOD_COMPLETE);
}

static void a_right_server_passes(void **state)
{
    struct faulty_echo echo;
    struct flood_result r;

    (void)state;
    flood_fault(FAULT_NONE, 7, &echo, &r);
    assert_int_equal(r.counts.echoed, COUNT);
    assert_int_equal(r.books.unaccounted, 0);
    assert_int_equal(r.counts.reordered + r.counts.duplicate + r.counts.foreign + r.counts.corrupt,
                     0);
    assert_int_equal(r.verdict, VERDICT_PASS);
    assert_int_equal(flood_status(&r), STATUS_OK);
}

static void expect_fault(enum fault fault, size_t count_offset, bool echoed_too)
{
    struct faulty_echo echo;
    struct flood_result r;

    flood_fault(fault, 1, &echo, &r);
    assert_int_equal(echo.faults, COUNT / FAULT_EVERY);
    assert_int_equal(*(uint64_t *)((char *)&r.counts + count_offset), echo.faults);
    assert_int_equal(r.counts.echoed, echoed_too ? COUNT : COUNT - echo.faults);
    assert_int_equal(r.verdict, VERDICT_FAIL);
    assert_int_equal(flood_status(&r), STATUS_FAILED);
}

static void changed_bytes_are_counted_as_corrupt(void **state)
{
    (void)state;
    expect_fault(FAULT_CORRUPT, offsetof(struct ledger_counts, corrupt), false);
}

static void an_appended_byte_is_counted_as_corrupt(void **state)
{
    (void)state;
    expect_fault(FAULT_LENGTHEN, offsetof(struct ledger_counts, corrupt), false);
}

static void missing_bytes_are_counted_as_truncated(void **state)
{
    (void)state;
    expect_fault(FAULT_TRUNCATE, offsetof(struct ledger_counts, truncated), false);
}

static void second_answers_are_counted_as_duplicate(void **state)
{
    (void)state;
    expect_fault(FAULT_DUPLICATE, offsetof(struct ledger_counts, duplicate), true);
}

static void made_up_answers_are_counted_as_foreign(void **state)
{
    (void)state;
    expect_fault(FAULT_MAKE_UP, offsetof(struct ledger_counts, foreign), true);
}

static void swapped_answers_are_counted_as_reordered_by_one(void **state)
{
    struct faulty_echo echo;
    struct flood_result r;

    (void)state;
    flood_fault(FAULT_SWAP, 1, &echo, &r);
    assert_int_equal(r.counts.echoed, COUNT);
    assert_int_equal(r.counts.reordered, echo.faults);
    assert_int_equal(r.counts.reorder_extent, 1);
}

static void answers_to_the_wrong_client_are_counted_as_misdirected(void **state)
{
    struct faulty_echo echo;
    struct flood_result r;

    (void)state;
    flood_fault(FAULT_MISDIRECT, 20, &echo, &r);
    assert_true(echo.faults > 0);
    assert_int_equal(r.counts.misdirected, echo.faults);
    assert_int_equal(r.verdict, VERDICT_FAIL);
}

static void a_silent_loss_is_unaccounted(void **state)
{
    struct faulty_echo echo;
    struct flood_result r;

    (void)state;
    flood_fault(FAULT_DROP, 1, &echo, &r);
    assert_int_equal(r.books.unaccounted, echo.faults);
    if (r.books.attributed)
        assert_int_equal(r.verdict, VERDICT_FAIL);
}

static void a_loss_that_the_server_counts_is_accounted_for(void **state)
{
    struct faulty_echo echo;
    struct flood_result r;

    (void)state;
    flood_fault(FAULT_COUNTED_DROP, 1, &echo, &r);
    assert_int_equal(r.books.server, echo.faults);
    assert_int_equal(r.books.unaccounted, 0);
    assert_int_equal(r.verdict, VERDICT_PASS);
}

/* Nobody reads: what the socket holds is neither echoed nor dropped, and there it can be
 * counted. */
static void what_the_servers_socket_drops_is_its_own_term(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;
    uint8_t byte;
    uint64_t held = 0;

    (void)state;
    faulty_echo_bind(&echo);
    config = config_for(&echo);
    config.pace = PACE_UNPACED;
    config.count = 5000;
    run(&config, &r);
    while (recv(echo.fd, &byte, 1, MSG_DONTWAIT) >= 0)
        held++;
    faulty_echo_stop(&echo);
    flood_result_fini(&r);
    if (r.books.server_socket == FLOOD_UNKNOWN) {
        print_message("this platform does not tell what a socket dropped\n");
        skip();
    }
    assert_true(held > 0 && held < 5000);
    assert_int_equal(r.books.server_socket, 5000 - held);
    assert_int_equal(r.books.unaccounted, held);
    assert_int_equal(r.verdict, VERDICT_INVALID);
}

static void what_our_own_socket_drops_is_its_own_term_and_spoils_the_run(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;

    (void)state;
    faulty_echo_start(&echo, FAULT_NONE);
    config = config_for(&echo);
    config.pace = PACE_UNPACED;
    config.count = 5000;
    config.receive_bytes = 4608;
    run(&config, &r);
    faulty_echo_stop(&echo);
    flood_result_fini(&r);
    if (r.books.client_socket == FLOOD_UNKNOWN) {
        print_message("this platform does not tell what a socket dropped\n");
        skip();
    }
    assert_true(r.books.client_socket > 0);
    assert_int_equal(r.books.unaccounted, 0);
    assert_int_equal(r.verdict, VERDICT_INVALID);
    assert_non_null(strstr(r.reason, "our own sockets dropped"));
}

static void a_server_that_falls_silent_is_left_alone(void **state)
{
    struct faulty_echo echo;
    struct flood_config config;
    struct flood_result r;

    (void)state;
    faulty_echo_start(&echo, FAULT_FALL_SILENT);
    config = config_for(&echo);
    config.count = UINT64_C(1) << 40;
    config.silence_ns = config.lost_ns * 2;
    run(&config, &r);
    faulty_echo_stop(&echo);
    flood_result_fini(&r);
    assert_int_equal(r.end, FLOOD_SILENT);
    assert_int_equal(r.counts.echoed, SILENT_AFTER);
    assert_int_equal(r.verdict, VERDICT_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_server_passes),
        cmocka_unit_test(changed_bytes_are_counted_as_corrupt),
        cmocka_unit_test(an_appended_byte_is_counted_as_corrupt),
        cmocka_unit_test(missing_bytes_are_counted_as_truncated),
        cmocka_unit_test(second_answers_are_counted_as_duplicate),
        cmocka_unit_test(made_up_answers_are_counted_as_foreign),
        cmocka_unit_test(swapped_answers_are_counted_as_reordered_by_one),
        cmocka_unit_test(answers_to_the_wrong_client_are_counted_as_misdirected),
        cmocka_unit_test(a_silent_loss_is_unaccounted),
        cmocka_unit_test(a_loss_that_the_server_counts_is_accounted_for),
        cmocka_unit_test(what_the_servers_socket_drops_is_its_own_term),
        cmocka_unit_test(what_our_own_socket_drops_is_its_own_term_and_spoils_the_run),
        cmocka_unit_test(a_server_that_falls_silent_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
