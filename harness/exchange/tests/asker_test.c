/* Narrow tokens: what was asked is kept in a table, and no key is ever taken for another request's.
 *
 * The protocol is one of its own, whose datagram is its token of 16 bits: so this file stands in
 * for the table of protocols. */
#include "cmocka_all.h"

#include "exchange/asker.h"

#include <string.h>

#define KEYS 65536u

static size_t narrow_request(const struct exchange *x, uint8_t *out, size_t room,
                             const uint8_t *token, size_t n)
{
    (void)x;
    if (n != 2 || room < n)
        return 0;
    memcpy(out, token, n);
    return n;
}

static void narrow_answer(const struct exchange *x, const uint8_t *in, size_t length,
                          struct exchange_answer *a)
{
    (void)x;
    a->kind = EXCHANGE_ANSWER;
    a->token = in;
    a->length = length;
    a->name = NULL;
}

static const struct protocol narrow = {.name = "narrow",
                                       .token_bits = 16,
                                       .smallest = 2,
                                       .largest = 2,
                                       .request = narrow_request,
                                       .answer = narrow_answer};

const struct protocol *exchange_protocol(const struct exchange *x)
{
    (void)x;
    return &narrow;
}

size_t exchange_token_bytes(const struct exchange *x, size_t size)
{
    (void)x, (void)size;
    return 2;
}

struct wire {
    uint8_t bytes[2];
};

static struct exchange spoken;
static struct asker asker;

static int open_asker(void **state)
{
    (void)state;
    asker_init(&asker, &spoken, UINT64_C(0xfffffffffffffff0)); /* the sum with a key wraps round */
    return 0;
}

static int close_asker(void **state)
{
    (void)state;
    asker_fini(&asker);
    return 0;
}

/* Asks with a number; false when no key is free. */
static bool ask_number(uint64_t number, struct wire *wire)
{
    return asker_request(&asker, wire->bytes, sizeof wire->bytes, (const uint8_t *)&number,
                         sizeof number) == sizeof wire->bytes;
}

/* The number that it answers; UINT64_MAX: nobody's. */
static uint64_t number_of(const struct wire *wire)
{
    struct exchange_answer a;
    uint64_t number;

    asker_answer(&asker, wire->bytes, sizeof wire->bytes, &a);
    if (a.kind != EXCHANGE_ANSWER)
        return UINT64_MAX;
    assert_int_equal(a.length, sizeof number);
    memcpy(&number, a.token, sizeof number);
    return number;
}

static void an_answer_gives_back_what_was_asked_with(void **state)
{
    struct wire wires[300];

    (void)state;
    for (uint64_t i = 0; i < 300; i++)
        assert_true(ask_number(i * 7, &wires[i]));
    for (uint64_t i = 300; i-- > 0;)
        assert_int_equal(number_of(&wires[i]), i * 7);
    assert_int_equal(number_of(&wires[5]), 35); /* twice: the ledger says so, not the table */
}

static void what_was_never_asked_is_nobodys(void **state)
{
    struct wire wire, made_up;
    struct exchange_answer a;

    (void)state;
    memset(&made_up, 0x55, sizeof made_up);
    assert_int_equal(number_of(&made_up), UINT64_MAX);
    assert_true(ask_number(1, &wire));
    assert_int_equal(number_of(&made_up), UINT64_MAX);
    asker_answer(&asker, wire.bytes, 1, &a); /* cut short */
    assert_int_equal(a.kind, EXCHANGE_FOREIGN);
}

/* The keys go round three times; an answer to the very first, which was never answered, comes
 * then. */
static void a_late_answer_after_the_keys_went_round_is_still_its_own(void **state)
{
    struct wire first, wire;

    (void)state;
    assert_true(ask_number(1000000, &first));
    for (uint64_t i = 0; i < 3 * KEYS; i++) {
        assert_true(ask_number(i, &wire));
        assert_true(memcmp(&wire, &first, sizeof wire) != 0);
        assert_int_equal(number_of(&wire), i);
    }
    assert_int_equal(number_of(&first), 1000000);
}

static void with_every_key_under_way_nothing_more_is_asked(void **state)
{
    struct wire first, wire;

    (void)state;
    assert_true(ask_number(0, &first));
    for (uint64_t i = 1; i < KEYS; i++)
        assert_true(ask_number(i, &wire));
    assert_false(ask_number(KEYS, &wire));
    assert_int_equal(number_of(&first), 0);
    assert_true(ask_number(KEYS, &wire)); /* one is free again: that one's */
    assert_memory_equal(&wire, &first, sizeof wire);
    assert_int_equal(number_of(&wire), KEYS);
}

static void what_was_forgotten_makes_room(void **state)
{
    struct wire wire;

    (void)state;
    for (uint64_t i = 0; i < KEYS; i++)
        assert_true(ask_number(i, &wire));
    asker_forget(&asker);
    for (uint64_t i = 0; i < KEYS; i++)
        assert_true(ask_number(i, &wire));
    assert_false(ask_number(KEYS, &wire));
}

/* A batch that the kernel took in part: the rest is asked anew with other keys, for ever. */
static void what_was_not_sent_holds_no_key(void **state)
{
    struct wire wire;

    (void)state;
    for (uint64_t i = 0; i < 2 * KEYS; i++) {
        assert_true(ask_number(i, &wire));
        asker_unask(&asker, 1);
    }
    assert_true(asker.room < KEYS);
    assert_int_equal(number_of(&wire), UINT64_MAX);
}

static void too_long_a_token_is_refused(void **state)
{
    uint8_t token[ASKER_KEPT + 1] = {0};
    struct wire wire;

    (void)state;
    assert_int_equal(asker_request(&asker, wire.bytes, 2, token, sizeof token), 0);
    assert_int_equal(asker_request(&asker, wire.bytes, 2, token, ASKER_KEPT), 2);
}

#define ASKER_TEST(name) cmocka_unit_test_setup_teardown(name, open_asker, close_asker)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ASKER_TEST(an_answer_gives_back_what_was_asked_with),
        ASKER_TEST(what_was_never_asked_is_nobodys),
        ASKER_TEST(a_late_answer_after_the_keys_went_round_is_still_its_own),
        ASKER_TEST(with_every_key_under_way_nothing_more_is_asked),
        ASKER_TEST(what_was_forgotten_makes_room),
        ASKER_TEST(what_was_not_sent_holds_no_key),
        ASKER_TEST(too_long_a_token_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
