/* STUN: a Binding request; the token is its transaction id. */
#include "exchange/codec.h"

#include <string.h>

#define STUN_HEADER 20u
#define STUN_ID_AT 8u
#define STUN_TOKEN 12u
#define STUN_COOKIE UINT64_C(0x2112a442)
#define BINDING_REQUEST 0x0001u
#define BINDING_SUCCESS 0x0101u
#define BINDING_ERROR 0x0111u
#define ERROR_CODE 0x0009u
/* Of a Binding response: addresses, software, fingerprint and integrity, or a nonce and a realm. */
#define STUN_ANSWER_MAX 1500u

static size_t stun_request(const struct exchange *x, uint8_t *out, size_t room,
                           const uint8_t *token, size_t n)
{
    (void)x;
    if (n != STUN_TOKEN || room < STUN_HEADER)
        return 0;
    codec_put(out, BINDING_REQUEST, 2);
    codec_put(out + 2, 0, 2); /* no attributes */
    codec_put(out + 4, STUN_COOKIE, 4);
    memcpy(out + STUN_ID_AT, token, n);
    return STUN_HEADER;
}

/* RFC 8489, section 14.8; 403 and others are RFC 8656's. */
static const struct codec_name stun_errors[] = {
    {300, "300 Try Alternate"},     {400, "400 Bad Request"},
    {401, "401 Unauthenticated"},   {403, "403 Forbidden"},
    {420, "420 Unknown Attribute"}, {438, "438 Stale Nonce"},
    {500, "500 Server Error"},      {0, NULL},
};

/* The first ERROR-CODE among the attributes, each padded to four bytes.  The code is its hundreds
 * in three bits and the rest in a byte (section 14.8). */
static const char *stun_error(const uint8_t *in, size_t length)
{
    size_t at = STUN_HEADER;

    while (at + 4 <= length) {
        size_t size = codec_get(in + at + 2, 2);

        if (size > length - at - 4)
            break;
        if (codec_get(in + at, 2) == ERROR_CODE && size >= 4)
            return codec_name_of(stun_errors, (in[at + 6] & 7u) * 100 + in[at + 7],
                                 "another error code");
        at += 4 + (size + 3) / 4 * 4;
    }
    return "an error without a code";
}

/* All attributes are padded, so that a length that is no multiple of four is none of STUN's
 * (section 5). */
static void stun_answer(const struct exchange *x, const uint8_t *in, size_t length,
                        struct exchange_answer *a)
{
    unsigned type;

    (void)x;
    if (length < STUN_HEADER) {
        codec_is_none(a, "shorter than a header");
        return;
    }
    type = (unsigned)codec_get(in, 2);
    if (codec_get(in + 4, 4) != STUN_COOKIE)
        codec_is_none(a, "without the magic cookie");
    else if (codec_get(in + 2, 2) != length - STUN_HEADER || length % 4 != 0)
        codec_is_none(a, "its length is not that of the datagram");
    else if (type == BINDING_SUCCESS)
        codec_answers(a, in + STUN_ID_AT, STUN_TOKEN);
    else if (type == BINDING_ERROR)
        codec_refuses(a, stun_error(in, length), in + STUN_ID_AT, STUN_TOKEN);
    else if (type & 0x0100) /* the class is a response's */
        codec_is_foreign(a, "a response to another method");
    else
        codec_is_none(a, "not marked as a response");
}

const struct protocol protocol_stun = {
    .name = "stun",
    .summary = "which address do I have; the transaction id comes back",
    .details =
        "Asked: a Binding request without attributes, the token as transaction id.  Answered:\n"
        "a Binding success response with that id, whatever its attributes.  Refused: a Binding\n"
        "error response, by its error code.\n"
        "Off in the server: authentication of Binding requests (coturn's secure-stun).",
    .source = "RFC 8489, sections 5 and 14.8",
    .tried = "coturn, as Debian 12 has it",
    .token_bits = 8 * STUN_TOKEN,
    .smallest = STUN_HEADER,
    .largest = STUN_HEADER,
    .answer_room = STUN_ANSWER_MAX,
    .request = stun_request,
    .answer = stun_answer,
};
