/* DNS: the request's bytes as RFC 1035, section 4.1, lays them out, and what is made of answers. */
#include "cmocka_all.h"

#include "exchange/protocol.h"

#include <stdlib.h>
#include <string.h>

extern const struct protocol protocol_dns;

static const uint8_t token[] = {0xde, 0xad, 0x01};

static struct exchange spoken(const char *text)
{
    struct exchange x;
    char why[EXCHANGE_WHY];

    assert_int_equal(exchange_parse(text, &x, why), 0);
    return x;
}

/* The request for `token`, its first flag byte turned into that of an answer. */
static size_t answered(const struct exchange *x, uint8_t *bytes, size_t room)
{
    size_t size = protocol_dns.request(x, bytes, room, token, sizeof token);

    assert_true(size > 0);
    bytes[2] |= 0x80;
    return size;
}

static struct exchange_answer read_answer(const struct exchange *x, const uint8_t *bytes,
                                          size_t size)
{
    struct exchange_answer a;

    protocol_dns.answer(x, bytes, size, &a);
    return a;
}

static void a_request_is_one_question_under_the_zone(void **state)
{
    static const uint8_t after_id[] = {1,   0,   0,   1, 0,   0,   0,   0,   0, 0, 6, 'd', 'e', 'a',
                                       'd', '0', '1', 4, 't', 'e', 's', 't', 0, 0, 1, 0,   1};
    struct exchange x = spoken("dns:zone=test.,rd");
    uint8_t bytes[64];

    (void)state;
    assert_int_equal(protocol_dns.request(&x, bytes, sizeof bytes, token, sizeof token),
                     2 + sizeof after_id);
    assert_memory_equal(bytes + 2, after_id, sizeof after_id);
}

static void an_answer_gives_the_token_back(void **state)
{
    struct exchange x = spoken("dns");
    uint8_t bytes[512];
    size_t size = answered(&x, bytes, sizeof bytes);
    struct exchange_answer a;

    (void)state;
    bytes[7] = 1; /* a record follows, which nobody looks at */
    protocol_dns.answer(&x, bytes, size + 16, &a);
    assert_int_equal(a.kind, EXCHANGE_ANSWER);
    assert_int_equal(a.length, sizeof token);
    assert_memory_equal(a.token, token, sizeof token);
}

static void case_does_not_matter(void **state)
{
    struct exchange x = spoken("dns:zone=Test");
    uint8_t bytes[512];
    size_t size = answered(&x, bytes, sizeof bytes);

    (void)state;
    for (size_t i = 13; i < size - 5; i++) {
        if (bytes[i] >= 'a' && bytes[i] <= 'z')
            bytes[i] = (uint8_t)(bytes[i] - 0x20);
    }
    assert_int_equal(read_answer(&x, bytes, size).kind, EXCHANGE_ANSWER);
}

static void every_rcode_is_a_refusal_by_name(void **state)
{
    static const struct {
        uint8_t rcode;
        const char *name;
    } rows[] = {{1, "FORMERR"}, {2, "SERVFAIL"}, {3, "NXDOMAIN"}, {5, "REFUSED"}, {15, "RCODE15"}};
    struct exchange x = spoken("dns");
    uint8_t bytes[512];
    size_t size = answered(&x, bytes, sizeof bytes);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct exchange_answer a;

        bytes[3] = rows[i].rcode;
        protocol_dns.answer(&x, bytes, size, &a);
        assert_int_equal(a.kind, EXCHANGE_REFUSED);
        assert_string_equal(a.name, rows[i].name);
        assert_memory_equal(a.token, token, sizeof token);
    }
    bytes[3] = 0;
    bytes[2] |= 0x02; /* TC: what fits is cut short by who limits its rate */
    assert_int_equal(read_answer(&x, bytes, size).kind, EXCHANGE_REFUSED);
    bytes[2] &= (uint8_t)~0x02;
    bytes[3] = 1;
    bytes[5] = 0; /* FORMERR without the question: nobody's in particular */
    assert_int_equal(read_answer(&x, bytes, 12).kind, EXCHANGE_REFUSED);
    assert_int_equal(read_answer(&x, bytes, 12).length, 0);
}

static void another_id_question_or_zone_is_foreign(void **state)
{
    struct exchange x = spoken("dns"), other = spoken("dns:zone=f.");
    uint8_t bytes[512];
    size_t size = answered(&x, bytes, sizeof bytes);

    (void)state;
    assert_int_equal(read_answer(&other, bytes, size).kind, EXCHANGE_FOREIGN);
    bytes[0] ^= 1;
    assert_string_equal(read_answer(&x, bytes, size).name, "another id");
    bytes[0] ^= 1;
    bytes[13] = 'x';
    assert_string_equal(read_answer(&x, bytes, size).name, "another question");
    bytes[13] = 'd';
    bytes[size - 1] = 3; /* class CH */
    assert_int_equal(read_answer(&x, bytes, size).kind, EXCHANGE_FOREIGN);
}

static void what_is_no_answer_says_why(void **state)
{
    struct exchange x = spoken("dns");
    uint8_t bytes[512];
    size_t size = protocol_dns.request(&x, bytes, sizeof bytes, token, sizeof token);

    (void)state;
    assert_string_equal(read_answer(&x, bytes, size).name, "not marked as an answer");
    assert_string_equal(read_answer(&x, bytes, 11).name, "shorter than a header");
    bytes[2] = 0xa8; /* an UPDATE's */
    assert_string_equal(read_answer(&x, bytes, size).name, "an answer to no query");
}

/* Wherever it is cut, and whatever byte is changed: no read beyond the end (under a sanitizer), and
 * never this token from another datagram. */
static void no_datagram_is_read_beyond_its_end(void **state)
{
    struct exchange x = spoken("dns");
    uint8_t bytes[512];
    size_t size = answered(&x, bytes, sizeof bytes);

    (void)state;
    for (size_t length = 0; length < size; length++) {
        uint8_t *cut = malloc(length + 1);

        memcpy(cut, bytes, length);
        assert_true(read_answer(&x, cut, length).kind != EXCHANGE_ANSWER);
        free(cut);
    }
    for (size_t at = 12; at < size; at++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t was = bytes[at];
            struct exchange_answer a;

            bytes[at] = (uint8_t)value;
            protocol_dns.answer(&x, bytes, size, &a);
            if (a.kind == EXCHANGE_ANSWER)
                assert_memory_equal(a.token, token, sizeof token);
            bytes[at] = was;
        }
    }
}

/* For every size: the token that is said to fit does, and one byte more does not. */
static void tokens_fill_the_size(void **state)
{
    static const char *const zones[] = {"dns", "dns:zone=.", "dns:zone=a.long.name.example."};
    uint8_t all[EXCHANGE_TOKEN_ROOM] = {0}, bytes[512];

    (void)state;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct exchange x = spoken(zones[i]);

        for (size_t size = 0; size <= protocol_dns.largest + 10; size++) {
            size_t n = exchange_token_bytes(&x, size);

            assert_true(n <= protocol_dns.token_bits / 8);
            assert_true(n == 0 || protocol_dns.request(&x, bytes, size, all, n) > 0);
            assert_int_equal(protocol_dns.request(&x, bytes, size, all, n + 1), 0);
        }
    }
    {
        struct exchange x = spoken("dns");

        assert_int_equal(exchange_least_size(&x, 48), 117);
        assert_int_equal(exchange_least_size(&x, 200), 0);
    }
}

#define LABEL "a123456789a123456789a123456789a123456789a123456789."

static void bad_options_say_what_is_wrong(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"dns:", "dns has no option ''; it has zone=NAME, rd"},
        {"dns:zone", "dns's option 'zone' needs a value"},
        {"dns:rd=1", "dns's option 'rd' takes no value"},
        {"dns:zone=", "dns's option 'zone' must be a name like 'e.' or 'test.example'"},
        {"dns:zone=a..b", "dns's option 'zone' must be a name like 'e.' or 'test.example'"},
        {"dns:zone=" LABEL LABEL LABEL LABEL "e",
         "with these options a request of dns has no room for its token"},
        {"dns:rd,zune=x", "dns has no option 'zune'; it has zone=NAME, rd"},
        {"echo:zone=e.", "echo has no option 'zone'; it has none"},
        {"dn", "no protocol is called 'dn'; there is echo, dns"},
        {"", "no protocol is called ''; there is echo, dns"},
    };
    char why[EXCHANGE_WHY];
    struct exchange x;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(exchange_parse(rows[i].text, &x, why), -1);
        assert_memory_equal(why, rows[i].why, strlen(rows[i].why));
    }
}

static void an_echo_is_its_own_token_and_is_made_in_place(void **state)
{
    uint8_t bytes[4] = "abc", copy[4];
    struct exchange x = spoken("echo");
    struct exchange_answer a;

    (void)state;
    assert_memory_equal(&x, &exchange_echo, sizeof x);
    assert_int_equal(protocol_echo.request(&x, bytes, sizeof bytes, bytes, 3), 3);
    assert_int_equal(protocol_echo.request(&x, copy, sizeof copy, bytes, 3), 3);
    assert_memory_equal(copy, "abc", 3);
    assert_int_equal(protocol_echo.request(&x, copy, 2, bytes, 3), 0);
    protocol_echo.answer(&x, bytes, 3, &a);
    assert_ptr_equal(a.token, bytes);
    assert_int_equal(a.length, 3);
}

/* ---- as an upstream ---- */

static void what_is_forwarded_is_answered(void **state)
{
    static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1};
    struct exchange x = spoken("dns:rd");
    uint8_t in[64], out[128];
    size_t size = protocol_dns.request(&x, in, sizeof in, token, sizeof token);
    struct exchange_answer a;

    (void)state;
    assert_int_equal(protocol_dns.respond(&x, out, sizeof out, in, size), size + sizeof record);
    assert_int_equal(out[2], 0x81); /* QR, RD */
    assert_int_equal(out[3], 0x80); /* RA, and no error */
    assert_memory_equal(out + size, record, sizeof record);
    a = read_answer(&x, out, size + sizeof record);
    assert_int_equal(a.kind, EXCHANGE_ANSWER);
    assert_int_equal(a.length, sizeof token);
    assert_memory_equal(a.token, token, sizeof token);
}

/* RFC 6891, section 6.1.1, and RFC 3225, section 3. */
static void edns_is_given_back_with_its_do_bit(void **state)
{
    static const uint8_t asked[] = {0, 0, 41, 16, 0, 0, 0, 0x80, 0, 0, 0};
    static const uint8_t given[] = {0, 0, 41, 4, 0xd0, 0, 0, 0x80, 0, 0, 0};
    struct exchange x = spoken("dns");
    uint8_t in[64], out[128];
    size_t size = protocol_dns.request(&x, in, sizeof in, token, sizeof token);

    (void)state;
    in[11] = 1;
    memcpy(in + size, asked, sizeof asked);
    assert_int_equal(protocol_dns.respond(&x, out, sizeof out, in, size + sizeof asked),
                     size + 16 + sizeof given);
    assert_int_equal(out[11], 1);
    assert_memory_equal(out + size + 16, given, sizeof given);
}

static void a_name_has_one_address_and_nothing_else(void **state)
{
    struct exchange x = spoken("dns");
    uint8_t in[64], out[128];
    size_t size = protocol_dns.request(&x, in, sizeof in, token, sizeof token);

    (void)state;
    in[size - 3] = 28; /* AAAA */
    assert_int_equal(protocol_dns.respond(&x, out, sizeof out, in, size), size);
    assert_int_equal(out[7], 0);
    assert_int_equal(out[3], 0x80);
}

static void what_is_no_question_is_not_answered(void **state)
{
    struct exchange x = spoken("dns");
    uint8_t in[64], out[128];
    size_t size = protocol_dns.request(&x, in, sizeof in, token, sizeof token);

    (void)state;
    for (size_t length = 0; length < size; length++)
        assert_int_equal(protocol_dns.respond(&x, out, sizeof out, in, length), 0);
    assert_int_equal(protocol_dns.respond(&x, out, size, in, size), 0); /* no room */
    in[2] |= 0x80;                                                      /* an answer */
    assert_int_equal(protocol_dns.respond(&x, out, sizeof out, in, size), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_one_question_under_the_zone),
        cmocka_unit_test(an_answer_gives_the_token_back),
        cmocka_unit_test(case_does_not_matter),
        cmocka_unit_test(every_rcode_is_a_refusal_by_name),
        cmocka_unit_test(another_id_question_or_zone_is_foreign),
        cmocka_unit_test(what_is_no_answer_says_why),
        cmocka_unit_test(no_datagram_is_read_beyond_its_end),
        cmocka_unit_test(tokens_fill_the_size),
        cmocka_unit_test(bad_options_say_what_is_wrong),
        cmocka_unit_test(an_echo_is_its_own_token_and_is_made_in_place),
        cmocka_unit_test(what_is_forwarded_is_answered),
        cmocka_unit_test(edns_is_given_back_with_its_do_bit),
        cmocka_unit_test(a_name_has_one_address_and_nothing_else),
        cmocka_unit_test(what_is_no_question_is_not_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
