/* Answers of every protocol: the first byte says of which, the rest is what the server sent. */
#include "exchange/asker.h"
#include "fuzz.h"

#include <string.h>

#define REQUEST_ROOM 65536u

/* Whoever is named was asked: a token of an answer is one that a request carries.  An echo's may be
 * of any length, so that alone is not asked for. */
static void expect_a_token(const struct exchange *x, const struct exchange_answer *a)
{
    static uint8_t request[REQUEST_ROOM];
    const struct protocol *p = exchange_protocol(x);
    uint8_t token[EXCHANGE_TOKEN_ROOM];

    FUZZ_EXPECT(a->length <= p->token_bits / 8 && a->length <= sizeof token);
    FUZZ_EXPECT(p->flags & EXCHANGE_VARIES_SIZE || a->length == p->token_bits / 8);
    memcpy(token, a->token, a->length);
    FUZZ_EXPECT(p->request(x, request, sizeof request, token, a->length) > 0);
}

/* Nobody was asked: so nothing is anybody's answer. */
static void expect_nobody(const struct exchange *x, const uint8_t *data, size_t size)
{
    struct exchange_answer a;
    struct asker asker;

    asker_init(&asker, x, 0);
    asker_answer(&asker, data, size, &a);
    FUZZ_EXPECT(exchange_protocol(x)->token_bits / 8 >= ASKER_KEPT || a.kind != EXCHANGE_ANSWER);
    asker_fini(&asker);
}

/* An upstream's answer to whatever comes has room, and is one. */
static void expect_a_response(const struct exchange *x, const uint8_t *data, size_t size)
{
    static uint8_t response[65536];
    struct exchange_answer a;
    size_t n = exchange_protocol(x)->respond(x, response, sizeof response, data, size);

    FUZZ_EXPECT(n <= sizeof response);
    if (n == 0)
        return;
    exchange_protocol(x)->answer(x, response, n, &a);
    FUZZ_EXPECT(a.kind == EXCHANGE_ANSWER || a.kind == EXCHANGE_FOREIGN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exchange x = {.protocol = size ? data[0] % (uint32_t)protocol_count : 0};
    struct exchange_answer a;

    if (size == 0)
        return 0;
    exchange_protocol(&x)->answer(&x, data + 1, size - 1, &a);
    FUZZ_EXPECT((a.name == NULL) == (a.kind == EXCHANGE_ANSWER));
    if (a.kind == EXCHANGE_FOREIGN || a.kind == EXCHANGE_NO_ANSWER)
        FUZZ_EXPECT(a.length == 0);
    else if (!exchange_has(&x, EXCHANGE_ANY_BYTES) && a.length > 0)
        expect_a_token(&x, &a);
    expect_nobody(&x, data + 1, size - 1);
    if (exchange_protocol(&x)->respond)
        expect_a_response(&x, data + 1, size - 1);
    return 0;
}
