/* PFCP, between the planes of mobile networks: a Heartbeat Request; the token is its sequence
 * number. */
#include "exchange/codec.h"

#include <string.h>

#define PFCP_HEADER 8u
#define PFCP_SIZE 16u
#define PFCP_UNCOUNTED 4u /* bytes that the length does not count */
#define PFCP_SEQUENCE_AT 4u
#define PFCP_TOKEN 3u
#define PFCP_VERSION_1 0x20u /* of a node, so without a session's endpoint */
#define HEARTBEAT_REQUEST 1u
#define HEARTBEAT_RESPONSE 2u
#define VERSION_NOT_SUPPORTED 11u
#define RECOVERY_TIME_STAMP 96u
#define PFCP_ANSWER_MAX 512u
/* Seconds since 1900: any time is one at which we may have started. */
#define PFCP_STARTED UINT64_C(0xe8000000)

/* A heartbeat must say since when we run (section 7.4.2): by a time that is always the same, since
 * peers take another one for a restart and drop what they had agreed on. */
static size_t pfcp_request(const struct exchange *x, uint8_t *out, size_t room,
                           const uint8_t *token, size_t n)
{
    (void)x;
    if (n != PFCP_TOKEN || room < PFCP_SIZE)
        return 0;
    out[0] = PFCP_VERSION_1;
    out[1] = HEARTBEAT_REQUEST;
    codec_put(out + 2, PFCP_SIZE - PFCP_UNCOUNTED, 2);
    memcpy(out + PFCP_SEQUENCE_AT, token, n);
    out[7] = 0;
    codec_put(out + 8, RECOVERY_TIME_STAMP, 2);
    codec_put(out + 10, 4, 2);
    codec_put(out + 12, PFCP_STARTED, 4);
    return PFCP_SIZE;
}

static void pfcp_answer(const struct exchange *x, const uint8_t *in, size_t length,
                        struct exchange_answer *a)
{
    (void)x;
    if (length < PFCP_HEADER)
        codec_is_none(a, "shorter than a header");
    else if (codec_get(in + 2, 2) != length - PFCP_UNCOUNTED)
        codec_is_none(a, "its length is not that of the datagram");
    else if (in[1] == VERSION_NOT_SUPPORTED) /* of whatever version it has */
        codec_refuses(a, "Version Not Supported", in + PFCP_SEQUENCE_AT, PFCP_TOKEN);
    else if (in[0] != PFCP_VERSION_1)
        codec_is_none(a, "not version 1 between nodes");
    else if (in[1] == HEARTBEAT_REQUEST)
        codec_is_none(a, "a request");
    else if (in[1] != HEARTBEAT_RESPONSE)
        codec_is_foreign(a, "another message");
    else if (length < PFCP_SIZE || codec_get(in + 8, 2) != RECOVERY_TIME_STAMP)
        codec_is_foreign(a, "without its recovery time stamp");
    else
        codec_answers(a, in + PFCP_SEQUENCE_AT, PFCP_TOKEN);
}

const struct protocol protocol_pfcp = {
    .name = "pfcp",
    .summary = "a heartbeat of a mobile network's planes; the sequence number comes back",
    .details =
        "Asked: a Heartbeat Request with a recovery time stamp, the token as sequence number.\n"
        "Answered: a Heartbeat Response with the same number and a recovery time stamp.\n"
        "Refused: Version Not Supported.",
    .source = "3GPP TS 29.244, sections 7.2.2 and 7.4.2",
    .tried = "answers that scapy's layer builds; no unmodified server",
    .token_bits = 8 * PFCP_TOKEN,
    .smallest = PFCP_SIZE,
    .largest = PFCP_SIZE,
    .answer_room = PFCP_ANSWER_MAX,
    .request = pfcp_request,
    .answer = pfcp_answer,
};
