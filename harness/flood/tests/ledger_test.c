/* The ledger: each count, and that none takes another's datagrams. */
#include "cmocka_all.h"
#include "flood/ledger.h"

#include <string.h>

#define NONCE 4711
#define FLOW 5
#define LENGTH 100

static int open_ledger(void **state)
{
    static struct ledger ledger;

    ledger_init(&ledger, &exchange_echo, NONCE, FLOW);
    if (ledger_reserve(&ledger, 1000) < 0)
        return -1;
    ledger_sent(&ledger, 1000, 64000);
    *state = &ledger;
    return 0;
}

static int close_ledger(void **state)
{
    ledger_fini(*state);
    return 0;
}

static void ledger_test_make(uint8_t *bytes, uint32_t flow, uint64_t sequence)
{
    struct payload p = {.nonce = NONCE, .flow = flow, .sequence = sequence, .length = LENGTH};

    payload_write(&p, bytes);
}

static bool ledger_test_receive(struct ledger *ledger, uint64_t sequence)
{
    uint8_t bytes[LENGTH];
    struct payload p;

    ledger_test_make(bytes, FLOW, sequence);
    return ledger_received(ledger, bytes, sizeof bytes, &p);
}

static void assert_counts(const struct ledger *ledger, struct ledger_counts expected)
{
    expected.sent = 1000;
    expected.sent_bytes = 64000;
    expected.received_bytes = ledger->counts.received_bytes;
    assert_memory_equal(&ledger->counts, &expected, sizeof expected);
}

static void echoes_in_order_are_echoed_and_nothing_else(void **state)
{
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(ledger_test_receive(*state, i));
    assert_counts(*state, (struct ledger_counts){.echoed = 1000});
}

static void a_second_echo_is_a_duplicate(void **state)
{
    assert_true(ledger_test_receive(*state, 3));
    assert_false(ledger_test_receive(*state, 3));
    assert_false(ledger_test_receive(*state, 3));
    assert_counts(*state, (struct ledger_counts){.echoed = 1, .duplicate = 2});
}

static void bytes_are_those_of_all_that_comes_back(void **state)
{
    const struct ledger *ledger = *state;
    static const uint8_t stray[5];
    struct payload p;

    ledger_test_receive(*state, 3);
    ledger_test_receive(*state, 3);
    ledger_received(*state, stray, sizeof stray, &p);
    assert_int_equal(ledger->counts.received_bytes, 2 * LENGTH + sizeof stray);
    assert_int_equal(ledger->counts.sent_bytes, 64000);
}

static void the_extent_is_the_number_of_places_overtaken(void **state)
{
    ledger_test_receive(*state, 0);
    ledger_test_receive(*state, 10);
    ledger_test_receive(*state, 9);
    ledger_test_receive(*state, 4);
    ledger_test_receive(*state, 11);
    assert_counts(*state, (struct ledger_counts){.echoed = 5, .reordered = 2, .reorder_extent = 6});
}

static void a_gap_is_lost_and_not_reordered(void **state)
{
    for (uint64_t i = 0; i < 1000; i += 2)
        ledger_test_receive(*state, i);
    assert_counts(*state, (struct ledger_counts){.echoed = 500});
}

static void a_changed_byte_is_corrupt_and_not_echoed(void **state)
{
    uint8_t bytes[LENGTH];
    struct payload p;

    ledger_test_make(bytes, FLOW, 1);
    bytes[LENGTH - 1] ^= 1;
    assert_false(ledger_received(*state, bytes, sizeof bytes, &p));
    assert_counts(*state, (struct ledger_counts){.corrupt = 1});
}

static void a_shortened_one_is_truncated(void **state)
{
    uint8_t bytes[LENGTH];
    struct payload p;

    ledger_test_make(bytes, FLOW, 1);
    assert_false(ledger_received(*state, bytes, sizeof bytes - 1, &p));
    assert_counts(*state, (struct ledger_counts){.truncated = 1});
}

static void what_another_flow_sent_is_misdirected(void **state)
{
    uint8_t bytes[LENGTH];
    struct payload p;

    ledger_test_make(bytes, FLOW + 1, 1);
    assert_false(ledger_received(*state, bytes, sizeof bytes, &p));
    assert_counts(*state, (struct ledger_counts){.misdirected = 1});
}

static void a_made_up_reply_is_foreign(void **state)
{
    uint8_t bytes[LENGTH] = "not one of ours";
    struct payload p;

    assert_false(ledger_received(*state, bytes, sizeof bytes, &p));
    assert_false(ledger_received(*state, bytes, 0, &p));
    assert_counts(*state, (struct ledger_counts){.foreign = 2});
}

/* Well made, yet nobody sent it. */
static void a_sequence_that_was_never_sent_is_foreign(void **state)
{
    assert_false(ledger_test_receive(*state, 1000));
    assert_false(ledger_test_receive(*state, UINT64_MAX));
    assert_counts(*state, (struct ledger_counts){.foreign = 2});
}

static void a_run_before_this_one_is_foreign(void **state)
{
    struct payload p = {.nonce = NONCE - 1, .flow = FLOW, .length = LENGTH};
    uint8_t bytes[LENGTH];

    payload_write(&p, bytes);
    assert_false(ledger_received(*state, bytes, sizeof bytes, &p));
    assert_counts(*state, (struct ledger_counts){.foreign = 1});
}

static void it_grows_without_forgetting(void **state)
{
    struct ledger *ledger = *state;

    ledger_test_receive(ledger, 999);
    assert_int_equal(ledger_reserve(ledger, 5000000), 0);
    ledger_sent(ledger, 4999000, 0);
    assert_false(ledger_test_receive(ledger, 999));
    assert_true(ledger_test_receive(ledger, 4999999));
    assert_true(ledger_test_receive(ledger, 998));
    assert_int_equal(ledger->counts.duplicate, 1);
    assert_int_equal(ledger->counts.echoed, 3);
}

static void sums_add_and_the_extent_is_the_largest(void **state)
{
    static const char no[] = "no", never[] = "never";
    struct ledger_counts a = {10, 9, 3, 8, 7, 6, 5, 4, 3, 2, 1, 640, 576, {{no, 3}}, NULL};
    struct ledger_counts b = {1,    1, 3, 1, 1, 20, 1, 1, 1, 1, 1, 64, 65, {{never, 1}, {no, 2}},
                              "odd"};
    struct ledger_counts sum = {
        11, 10, 6, 9, 8, 20, 6, 5, 4, 3, 2, 704, 641, {{no, 5}, {never, 1}}, b.strange};

    (void)state;
    ledger_counts_add(&a, &b);
    assert_memory_equal(&a, &sum, sizeof sum);
}

#define LEDGER_TEST(name) cmocka_unit_test_setup_teardown(name, open_ledger, close_ledger)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(echoes_in_order_are_echoed_and_nothing_else),
        LEDGER_TEST(a_second_echo_is_a_duplicate),
        LEDGER_TEST(bytes_are_those_of_all_that_comes_back),
        LEDGER_TEST(the_extent_is_the_number_of_places_overtaken),
        LEDGER_TEST(a_gap_is_lost_and_not_reordered),
        LEDGER_TEST(a_changed_byte_is_corrupt_and_not_echoed),
        LEDGER_TEST(a_shortened_one_is_truncated),
        LEDGER_TEST(what_another_flow_sent_is_misdirected),
        LEDGER_TEST(a_made_up_reply_is_foreign),
        LEDGER_TEST(a_sequence_that_was_never_sent_is_foreign),
        LEDGER_TEST(a_run_before_this_one_is_foreign),
        LEDGER_TEST(it_grows_without_forgetting),
        cmocka_unit_test(sums_add_and_the_extent_is_the_largest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
