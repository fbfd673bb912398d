/* The payload: its bytes as payload.h describes them, and that no change goes unseen. */
#include "cmocka_all.h"
#include "exchange/payload.h"

#include <string.h>

static const struct payload sample = {
    .nonce = UINT64_C(0x1122334455667788),
    .sequence = 3,
    .intended_ns = 1000,
    .sent_ns = 2000,
    .flow = 7,
    .length = 61,
};

/* Written down from the description, by another program: whoever makes corpora relies on it. */
static void the_bytes_are_those_of_the_description(void **state)
{
    static const uint8_t expected[61] = {
        0x45, 0x57, 0x46, 0x31, 0x08, 0xdd, 0xbd, 0xf5, 0x88, 0x77, 0x66, 0x55, 0x44,
        0x33, 0x22, 0x11, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xe8, 0x03,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xd0, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x07, 0x00, 0x00, 0x00, 0x3d, 0x00, 0x00, 0x00, 0x35, 0x22, 0xb7, 0xb1,
        0x62, 0x87, 0x14, 0xff, 0x4a, 0x9e, 0x01, 0x31, 0x1c,
    };
    uint8_t bytes[61];

    (void)state;
    payload_write(&sample, bytes);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void what_was_written_is_read(void **state)
{
    static uint8_t bytes[PAYLOAD_MAX];

    (void)state;
    for (uint32_t length = PAYLOAD_MIN; length <= PAYLOAD_MAX;
         length = length < 80 ? length + 1 : length * 3 / 2) {
        struct payload written = sample;
        struct payload read;

        written.length = length;
        payload_write(&written, bytes);
        assert_int_equal(payload_read(bytes, length, sample.nonce, &read), PAYLOAD_INTACT);
        assert_true(read.nonce == written.nonce && read.sequence == written.sequence &&
                    read.flow == written.flow);
        assert_true(read.intended_ns == 1000 && read.sent_ns == 2000 && read.length == length);
    }
}

static void every_changed_bit_is_seen(void **state)
{
    uint8_t bytes[200];
    struct payload p = sample;
    struct payload read;

    (void)state;
    p.length = sizeof bytes;
    payload_write(&p, bytes);
    for (unsigned bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(payload_read(bytes, sizeof bytes, sample.nonce, &read),
                             PAYLOAD_INTACT);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void swapped_words_are_seen(void **state)
{
    uint8_t bytes[80];
    uint8_t word[8];
    struct payload p = sample;
    struct payload read;

    (void)state;
    p.length = sizeof bytes;
    payload_write(&p, bytes);
    memcpy(word, bytes + 48, 8);
    memmove(bytes + 48, bytes + 56, 8);
    memcpy(bytes + 56, word, 8);
    assert_int_equal(payload_read(bytes, sizeof bytes, sample.nonce, &read), PAYLOAD_CORRUPT);
}

static void a_shorter_one_is_truncated(void **state)
{
    uint8_t bytes[100];
    struct payload p = sample;
    struct payload read;

    (void)state;
    p.length = sizeof bytes;
    payload_write(&p, bytes);
    for (size_t length = 16; length < sizeof bytes; length++)
        assert_int_equal(payload_read(bytes, length, sample.nonce, &read), PAYLOAD_TRUNCATED);
}

static void a_longer_one_is_corrupt(void **state)
{
    uint8_t bytes[101] = {0};
    struct payload p = sample;
    struct payload read;

    (void)state;
    p.length = 100;
    payload_write(&p, bytes);
    assert_int_equal(payload_read(bytes, 101, sample.nonce, &read), PAYLOAD_CORRUPT);
}

static void what_is_not_ours_is_foreign(void **state)
{
    uint8_t bytes[100];
    struct payload p = sample;
    struct payload read;

    (void)state;
    p.length = sizeof bytes;
    payload_write(&p, bytes);
    assert_int_equal(payload_read(bytes, sizeof bytes, sample.nonce + 1, &read), PAYLOAD_FOREIGN);
    assert_int_equal(payload_read(bytes, 15, sample.nonce, &read), PAYLOAD_FOREIGN);
    assert_int_equal(payload_read(bytes, 0, sample.nonce, &read), PAYLOAD_FOREIGN);
    bytes[0] = 'e';
    assert_int_equal(payload_read(bytes, sizeof bytes, sample.nonce, &read), PAYLOAD_FOREIGN);
}

static void bodies_differ_between_flows_and_sequences(void **state)
{
    uint8_t bytes[3][100];
    struct payload p = sample;

    (void)state;
    p.length = sizeof bytes[0];
    payload_write(&p, bytes[0]);
    p.sequence++;
    payload_write(&p, bytes[1]);
    p.flow++;
    payload_write(&p, bytes[2]);
    assert_memory_not_equal(bytes[0] + PAYLOAD_MIN, bytes[1] + PAYLOAD_MIN, 8);
    assert_memory_not_equal(bytes[1] + PAYLOAD_MIN, bytes[2] + PAYLOAD_MIN, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_those_of_the_description),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(every_changed_bit_is_seen),
        cmocka_unit_test(swapped_words_are_seen),
        cmocka_unit_test(a_shorter_one_is_truncated),
        cmocka_unit_test(a_longer_one_is_corrupt),
        cmocka_unit_test(what_is_not_ours_is_foreign),
        cmocka_unit_test(bodies_differ_between_flows_and_sequences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
