/* Echo: what is sent comes back.  The token is the datagram. */
#include "exchange/protocol.h"

#include "exchange/payload.h"

#include <string.h>

static size_t echo_token_bytes(const struct exchange *exchange, size_t size)
{
    (void)exchange;
    return size;
}

/* Most tokens are made where they are sent from: then nothing is copied. */
static size_t echo_request(const struct exchange *exchange, uint8_t *out, size_t room,
                           const uint8_t *token, size_t n)
{
    (void)exchange;
    if (n > room)
        return 0;
    if (out != token)
        memcpy(out, token, n);
    return n;
}

/* Whatever comes is an answer: whether it is what was sent, who has sent it knows. */
static void echo_answer(const struct exchange *exchange, const uint8_t *in, size_t length,
                        struct exchange_answer *answer)
{
    (void)exchange;
    answer->kind = EXCHANGE_ANSWER;
    answer->token = in;
    answer->length = length;
    answer->name = NULL;
}

static size_t echo_respond(const struct exchange *exchange, uint8_t *out, size_t room,
                           const uint8_t *in, size_t length)
{
    return echo_request(exchange, out, room, in, length);
}

const struct protocol protocol_echo = {
    .name = "echo",
    .summary = "what is sent comes back",
    .details = "Asked: any bytes.  Answered: the same bytes, as many, once.",
    .source = "RFC 862",
    .tried = "the event loops of bench/peers",
    .token_bits = 8 * PAYLOAD_MAX,
    .smallest = 1,
    .largest = PAYLOAD_MAX,
    .flags = EXCHANGE_ORDERED | EXCHANGE_VARIES_SIZE | EXCHANGE_ANY_BYTES,
    .token_bytes = echo_token_bytes,
    .request = echo_request,
    .answer = echo_answer,
    .respond = echo_respond,
};
