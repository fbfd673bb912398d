/* QUIC: a first packet of a version that nobody has; the answer is Version Negotiation, with the
 * connection ids exchanged.  The token is the destination's id; the source's is its complement. */
#include "exchange/codec.h"

#include <string.h>

#define QUIC_SIZE 1200u /* RFC 9000, section 14.1: a server drops shorter ones */
#define QUIC_TOKEN 20u  /* the longest id of version 1 */
#define QUIC_FIRST 0xc0u
#define LONG_HEADER 0x80u
/* RFC 9000, section 15: kept to force negotiation. */
#define GREASE UINT64_C(0x1a2a3a4a)
#define DESTINATION_AT 6u
#define SOURCE_AT (DESTINATION_AT + QUIC_TOKEN + 1)
#define IDS_END (SOURCE_AT + QUIC_TOKEN)

/* The complement shows whether the ids came back exchanged and from one request, without any memory
 * of it.  What follows them is zeros: what it means would depend on the version (RFC 8999, section
 * 5.1), which nobody has. */
static size_t quic_request(const struct exchange *x, uint8_t *out, size_t room,
                           const uint8_t *token, size_t n)
{
    (void)x;
    if (n != QUIC_TOKEN || room < QUIC_SIZE)
        return 0;
    memset(out, 0, QUIC_SIZE);
    out[0] = QUIC_FIRST;
    codec_put(out + 1, GREASE, 4);
    out[DESTINATION_AT - 1] = out[SOURCE_AT - 1] = QUIC_TOKEN;
    for (size_t i = 0; i < QUIC_TOKEN; i++) {
        out[DESTINATION_AT + i] = token[i];
        out[SOURCE_AT + i] = (uint8_t)~token[i];
    }
    return QUIC_SIZE;
}

/* Is what was our source's id the complement of what was our destination's? */
static bool ids_agree(const uint8_t *in)
{
    for (size_t i = 0; i < QUIC_TOKEN; i++) {
        if ((in[DESTINATION_AT + i] ^ in[SOURCE_AT + i]) != 0xff)
            return false;
    }
    return true;
}

/* RFC 9000, section 6.2: who lists the version that was chosen negotiates nothing.  But section 6.3
 * has servers list a reserved one that they draw, which once in 65,536 times is ours. */
static bool lists_another(const uint8_t *in, size_t length)
{
    for (size_t at = IDS_END; at < length; at += 4) {
        if (codec_get(in + at, 4) != GREASE)
            return true;
    }
    return false;
}

static void quic_answer(const struct exchange *x, const uint8_t *in, size_t length,
                        struct exchange_answer *a)
{
    (void)x;
    if (length < 5 || !(in[0] & LONG_HEADER))
        codec_is_none(a, "without a long header");
    else if (codec_get(in + 1, 4) == GREASE)
        codec_is_none(a, "a packet of the version that was asked for");
    else if (codec_get(in + 1, 4) != 0)
        codec_is_foreign(a, "no version negotiation");
    else if (length < IDS_END + 4 || (length - IDS_END) % 4 != 0)
        codec_is_none(a, "not ids and versions");
    else if (in[DESTINATION_AT - 1] != QUIC_TOKEN || in[SOURCE_AT - 1] != QUIC_TOKEN ||
             !ids_agree(in))
        codec_is_foreign(a, "connection ids that we do not make");
    else if (!lists_another(in, length))
        codec_is_foreign(a, "it lists the version that was asked for, and no other");
    else
        codec_answers(a, in + SOURCE_AT, QUIC_TOKEN);
}

const struct protocol protocol_quic = {
    .name = "quic",
    .summary = "version negotiation; the connection ids come back exchanged",
    .details =
        "Asked: 1,200 bytes with a long header, version 1a2a3a4a, the token as destination's id\n"
        "and its complement as source's.  Answered: Version Negotiation with the ids exchanged,\n"
        "with another version than was asked for.  Nothing is refused: who does not answer drops.\n"
        "Limits that bite: msquic 16 stateless answers at a time, quic-go 4 in its queue.",
    .source = "RFC 9000, sections 6 and 17.2.1",
    .tried = "caddy, as Debian 12 has it",
    .token_bits = 8 * QUIC_TOKEN,
    .smallest = QUIC_SIZE,
    .largest = QUIC_SIZE,
    .request = quic_request,
    .answer = quic_answer,
};
