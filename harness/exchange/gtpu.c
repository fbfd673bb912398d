/* GTP-U, the tunnels of mobile networks: an Echo Request; the token is its sequence number. */
#include "exchange/codec.h"

#include <string.h>

#define GTPU_SIZE 12u
#define GTPU_MANDATORY 8u /* bytes that the length does not count */
#define GTPU_SEQUENCE_AT 8u
#define GTPU_TOKEN 2u
#define VERSION_1_WITH_SEQUENCE 0x32u /* version 1, protocol type GTP, sequence number flag */
#define ECHO_REQUEST 1u
#define ECHO_RESPONSE 2u
#define ERROR_INDICATION 26u
#define RECOVERY 14u
/* The recovery, and a private extension. */
#define GTPU_ANSWER_MAX 512u

/* As soon as one of three optional fields is there, all are, as far as the header's length goes
 * (section 5.1): behind the sequence number two bytes more, zero and unread. */
static size_t gtpu_request(const struct exchange *x, uint8_t *out, size_t room,
                           const uint8_t *token, size_t n)
{
    (void)x;
    if (n != GTPU_TOKEN || room < GTPU_SIZE)
        return 0;
    memset(out, 0, GTPU_SIZE); /* tunnel 0 */
    out[0] = VERSION_1_WITH_SEQUENCE;
    out[1] = ECHO_REQUEST;
    codec_put(out + 2, GTPU_SIZE - GTPU_MANDATORY, 2);
    memcpy(out + GTPU_SEQUENCE_AT, token, n);
    return GTPU_SIZE;
}

/* An Error Indication has a sequence number, too, but it is to be ignored (section 5.1). */
static void gtpu_answer(const struct exchange *x, const uint8_t *in, size_t length,
                        struct exchange_answer *a)
{
    (void)x;
    if (length < GTPU_SIZE)
        codec_is_none(a, "shorter than a header");
    else if (in[0] >> 4 != VERSION_1_WITH_SEQUENCE >> 4)
        codec_is_none(a, "not version 1 of GTP");
    else if (codec_get(in + 2, 2) != length - GTPU_MANDATORY)
        codec_is_none(a, "its length is not that of the datagram");
    else if (in[1] == ERROR_INDICATION)
        codec_refuses(a, "Error Indication", NULL, 0);
    else if (in[1] == ECHO_REQUEST)
        codec_is_none(a, "a request");
    else if (in[1] != ECHO_RESPONSE || in[0] != VERSION_1_WITH_SEQUENCE)
        codec_is_foreign(a, "another message");
    else if (codec_get(in + 4, 4) != 0)
        codec_is_foreign(a, "of a tunnel");
    else if (length < GTPU_SIZE + 2 || in[GTPU_SIZE] != RECOVERY)
        codec_is_foreign(a, "without its recovery");
    else
        codec_answers(a, in + GTPU_SEQUENCE_AT, GTPU_TOKEN);
}

const struct protocol protocol_gtpu = {
    .name = "gtpu",
    .summary = "an Echo Request of a mobile network's tunnels; the sequence number comes back",
    .details =
        "Asked: an Echo Request for tunnel 0, the token as sequence number.  Answered: an Echo\n"
        "Response with the same number and a Recovery.  Refused: Error Indication, which does\n"
        "not say of what.",
    .source = "3GPP TS 29.281, sections 5.1, 7.2.1 and 7.2.2",
    .tried = "Osmocom's GGSN, as Debian 12 has it",
    .token_bits = 8 * GTPU_TOKEN,
    .smallest = GTPU_SIZE,
    .largest = GTPU_SIZE,
    .answer_room = GTPU_ANSWER_MAX,
    .request = gtpu_request,
    .answer = gtpu_answer,
};
