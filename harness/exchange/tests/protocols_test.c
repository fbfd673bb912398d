/* All protocols but echo and dns: requests and answers as their specifications lay them out, made
 * by hand. */
#include "cmocka_all.h"

#include "exchange/asker.h"
#include "protocol_rows.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX 2048u
#define ROWS (sizeof rows / sizeof *rows)

static struct exchange spoken(const char *text)
{
    struct exchange x;
    char why[EXCHANGE_WHY];

    assert_int_equal(exchange_parse(text, &x, why), 0);
    return x;
}

static size_t token_of(const struct exchange *x, uint8_t *token)
{
    size_t n = exchange_protocol(x)->token_bits / 8;

    for (size_t i = 0; i < n; i++)
        token[i] = (uint8_t)(0x11 * (i + 1));
    return n;
}

static size_t bytes_of(const char *text, uint8_t *bytes)
{
    size_t n = 0;

    if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1])) {
        memcpy(bytes, text, strlen(text));
        return strlen(text);
    }
    for (; *text; text += *text == ' ') {
        char *end;

        if (*text == ' ')
            continue;
        bytes[n++] = (uint8_t)strtoul((const char[]){text[0], text[1], 0}, &end, 16);
        text += 2;
    }
    return n;
}

/* In memory of its own, so that a sanitizer sees who reads behind its end. */
static struct exchange_answer read_answer(const struct exchange *x, const uint8_t *bytes,
                                          size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    struct exchange_answer a;

    memcpy(exact, bytes, size);
    exchange_protocol(x)->answer(x, exact, size, &a);
    free(exact);
    assert_true((a.name == NULL) == (a.kind == EXCHANGE_ANSWER));
    assert_true(a.length == 0 || a.kind == EXCHANGE_ANSWER || a.kind == EXCHANGE_REFUSED);
    return a;
}

static struct exchange_answer read_text(const struct exchange *x, const char *text)
{
    uint8_t bytes[BYTES_MAX];
    size_t size = bytes_of(text, bytes);

    return read_answer(x, bytes, size);
}

static bool has_token(const struct exchange *x, const struct exchange_answer *a)
{
    uint8_t token[EXCHANGE_TOKEN_ROOM];
    size_t n = token_of(x, token);

    return a->length == n && memcmp(a->room, token, n) == 0;
}

static void requests_are_laid_out_as_specified(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct exchange x = spoken(rows[i].speaks);
        uint8_t expected[BYTES_MAX] = {0}, bytes[BYTES_MAX], token[EXCHANGE_TOKEN_ROOM];
        size_t n = token_of(&x, token);
        const struct protocol *p = exchange_protocol(&x);

        bytes_of(rows[i].request, expected);
        assert_int_equal(p->request(&x, bytes, rows[i].size, token, n), rows[i].size);
        assert_memory_equal(bytes, expected, rows[i].size);
        assert_int_equal(p->request(&x, bytes, rows[i].size - 1, token, n), 0);
        assert_int_equal(p->request(&x, bytes, sizeof bytes, token, n + 1), 0);
        assert_int_equal(exchange_least_size(&x, n), rows[i].size);
        assert_int_equal(exchange_largest_size(&x), rows[i].size);
        assert_int_equal(exchange_token_bytes(&x, rows[i].size - 1), 0);
        assert_int_equal(exchange_token_bytes(&x, rows[i].size), n);
        assert_true(rows[i].size >= p->smallest && rows[i].size <= p->largest);
        /* A request that is sent back is no answer. */
        assert_int_equal(read_answer(&x, bytes, rows[i].size).kind, EXCHANGE_NO_ANSWER);
    }
}

static void answers_give_the_token_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct exchange x = spoken(rows[i].speaks);
        struct exchange_answer a = read_text(&x, rows[i].answer);

        assert_int_equal(a.kind, EXCHANGE_ANSWER);
        assert_true(has_token(&x, &a));
    }
}

static void refusals_have_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct exchange x = spoken(rows[i].speaks);

        for (size_t k = 0; k < REFUSALS_MAX && rows[i].refusals[k].answer; k++) {
            struct exchange_answer a = read_text(&x, rows[i].refusals[k].answer);

            assert_int_equal(a.kind, EXCHANGE_REFUSED);
            assert_string_equal(a.name, rows[i].refusals[k].name);
            assert_true(a.length == 0 || has_token(&x, &a));
        }
    }
}

static void answers_to_other_requests_are_foreign(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct exchange x = spoken(rows[i].speaks);

        assert_int_equal(read_text(&x, rows[i].foreign).kind, EXCHANGE_FOREIGN);
    }
}

static void what_is_cut_short_is_no_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct exchange x = spoken(rows[i].speaks);
        uint8_t bytes[BYTES_MAX];
        size_t size = bytes_of(rows[i].answer, bytes);

        for (size_t length = 0; length < size; length++) {
            struct exchange_answer a = read_answer(&x, bytes, length);

            assert_true(a.kind == EXCHANGE_ANSWER ? length >= rows[i].least && has_token(&x, &a)
                                                  : a.kind != EXCHANGE_REFUSED || a.name);
        }
    }
}

/* Where the answer has the token, as bytes or digits: nowhere else does a change give another. */
static bool lies_in_token(const struct exchange *x, const uint8_t *answer, size_t size, size_t at)
{
    uint8_t token[EXCHANGE_TOKEN_ROOM];
    size_t n = token_of(x, token);

    for (size_t i = 0; i + n <= size; i++) {
        if (memcmp(answer + i, token, n) == 0 && at >= i && at < i + n)
            return true;
    }
    return false;
}

static void a_changed_byte_never_makes_it_another_ones_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct exchange x = spoken(rows[i].speaks);
        uint8_t bytes[BYTES_MAX];
        size_t size = bytes_of(rows[i].answer, bytes);

        for (size_t k = 0; k < size * 255; k++) {
            size_t at = k / 255;
            uint8_t was = bytes[at];
            bool in_token = lies_in_token(&x, bytes, size, at);
            struct exchange_answer a;

            bytes[at] = (uint8_t)(was + k % 255 + 1);
            a = read_answer(&x, bytes, size);
            bytes[at] = was;
            assert_true(a.kind != EXCHANGE_ANSWER || has_token(&x, &a) || in_token);
        }
    }
}

/* By the table of tokens: what was not asked with is nobody's, what was is the request's. */
static void only_what_was_asked_is_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct exchange x = spoken(rows[i].speaks);
        uint8_t bytes[BYTES_MAX], request[BYTES_MAX], token[EXCHANGE_TOKEN_ROOM];
        size_t size = bytes_of(rows[i].answer, bytes);
        uint64_t key = 0;
        struct exchange_answer a;
        struct asker asker;

        token_of(&x, token);
        for (size_t k = 0; k < 8 && k < exchange_protocol(&x)->token_bits / 8; k++)
            key |= (uint64_t)token[k] << 8 * k;
        asker_init(&asker, &x, key + 1); /* the next key but this */
        assert_int_equal(asker_request(&asker, request, sizeof request, token, 8), rows[i].size);
        asker_answer(&asker, bytes, size, &a);
        assert_int_equal(a.kind, EXCHANGE_FOREIGN);
        asker_fini(&asker);
    }
}

static void nothing_is_kept_of_what_is_not_answered(void **state)
{
    static const char line[] = "<14>1 - - edgewise - - -";
    struct exchange x = spoken("oneway"), text = spoken("oneway:text=edgewise.up:1|c");
    struct exchange_answer a;
    uint8_t bytes[64];
    struct asker asker;

    (void)state;
    assert_false(exchange_is_answered(&x));
    asker_init(&asker, &x, 0);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(asker_request(&asker, bytes, sizeof bytes, (const uint8_t *)line, 8),
                         sizeof line - 1);
    assert_memory_equal(bytes, line, sizeof line - 1);
    assert_null(asker.slots);
    asker_unask(&asker, 1);
    asker_answer(&asker, bytes, sizeof line - 1, &a);
    assert_int_equal(a.kind, EXCHANGE_NO_ANSWER);
    asker_fini(&asker);
    assert_int_equal(exchange_least_size(&text, 0), 15);
}

/* Options are in the request, and the answer must fit them. */
static void options_are_asked_with(void **state)
{
    static const struct {
        const char *speaks, *request;
    } asked[] = {
        {"coap:path=/.well-known/core",
         COAP_HEAD("48", "01") " bb 2e 77 65 6c 6c 2d 6b 6e 6f 77 6e 04 63 6f 72 65"},
        {"coap:path=a-path-of-16-byt",
         COAP_HEAD("48", "01") " bd 03 61 2d 70 61 74 68 2d 6f 66 2d 31 36 2d 62 79 74"},
        {"snmp:community=x,object=1.3.6.1.4.1.8072.3",
         "30 24 02 01 01 04 01 78 a0 1c 02 04 40 11 22 33 02 01 00 02 01 00 30 0e"
         " 30 0c 06 08 2b 06 01 04 01 bf 08 03 05 00"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct exchange x = spoken(asked[i].speaks);
        uint8_t expected[BYTES_MAX], bytes[BYTES_MAX], token[EXCHANGE_TOKEN_ROOM];
        size_t n = token_of(&x, token), size = bytes_of(asked[i].request, expected);

        assert_int_equal(exchange_protocol(&x)->request(&x, bytes, sizeof bytes, token, n), size);
        assert_memory_equal(bytes, expected, size);
        assert_int_equal(exchange_least_size(&x, n), size);
    }
    {
        struct exchange x = spoken("radius:secret=another"), y = spoken("snmp:community=x");

        assert_int_equal(read_text(&x, RADIUS_ANSWER).kind, EXCHANGE_FOREIGN);
        assert_int_equal(read_text(&y, rows[3].answer).kind, EXCHANGE_FOREIGN);
    }
}

static void bad_options_say_what_they_must_be(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"ntp:x", "ntp has no option 'x'; it has none"},
        {"coap:path=", "coap's option 'path' must not be empty"},
        {"snmp:object=1.3.6.", "snmp's option 'object' must be numbers like 1.3.6.1.2.1.1.3.0"},
        {"snmp:object=3.1", "snmp's option 'object' must be numbers like 1.3.6.1.2.1.1.3.0"},
        {"snmp:object=1.3.4294967296", "snmp's option 'object' must be numbers like"},
        {"snmp:object=1.3.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1",
         "snmp's option 'object' must be shorter"},
        {"sip:uri=a b", "sip's option 'uri' must be a URI like 'sip:127.0.0.1'"},
        {"radius:secret=0123456789012345678901234567890123456789012345678901234567890123",
         "radius's option 'secret' must be shorter"},
    };
    char why[EXCHANGE_WHY];
    struct exchange x;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(exchange_parse(bad[i].text, &x, why), -1);
        assert_memory_equal(why, bad[i].why, strlen(bad[i].why));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_laid_out_as_specified),
        cmocka_unit_test(answers_give_the_token_back),
        cmocka_unit_test(refusals_have_names),
        cmocka_unit_test(answers_to_other_requests_are_foreign),
        cmocka_unit_test(what_is_cut_short_is_no_answer),
        cmocka_unit_test(a_changed_byte_never_makes_it_another_ones_answer),
        cmocka_unit_test(only_what_was_asked_is_answered),
        cmocka_unit_test(nothing_is_kept_of_what_is_not_answered),
        cmocka_unit_test(options_are_asked_with),
        cmocka_unit_test(bad_options_say_what_they_must_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
