/* NTP: a client's request; the token is its transmit timestamp, which comes back as the originate
 * timestamp.  A server neither reads nor believes it. */
#include "exchange/codec.h"

#include <string.h>

#define NTP_SIZE 48u
#define NTP_TOKEN 8u
#define ORIGINATE_AT 24u
#define TRANSMIT_AT 40u
#define REFERENCE_ID_AT 12u
#define CLIENT_V4 0x23u /* leap 0, version 4, mode 3 */
#define MODE_SERVER 4u
/* With extension fields or a MAC, at most. */
#define NTP_ANSWER_MAX 512u

/* A server reads the version and the mode and copies the transmit timestamp (section 8): all else
 * is zero, which tells nothing of the client and is as good. */
static size_t ntp_request(const struct exchange *x, uint8_t *out, size_t room, const uint8_t *token,
                          size_t n)
{
    (void)x;
    if (n != NTP_TOKEN || room < NTP_SIZE)
        return 0;
    memset(out, 0, NTP_SIZE);
    out[0] = CLIENT_V4;
    memcpy(out + TRANSMIT_AT, token, n);
    return NTP_SIZE;
}

/* RFC 5905, section 7.4, table 13; codes are four letters.  Whoever has none for stratum 0 (chrony)
 * has no time yet. */
static const char *kiss_code(const uint8_t *code)
{
    static const char names[][5] = {"ACST", "AUTH", "AUTO", "BCST", "CRYP", "DENY", "DROP",
                                    "INIT", "MCST", "NKEY", "RATE", "RMOT", "RSTR", "STEP"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (memcmp(names[i], code, 4) == 0)
            return names[i];
    }
    return "not synchronised";
}

/* Stratum 0 is no distance from a clock: the reference id is a kiss code then (section 7.4). */
static void ntp_answer(const struct exchange *x, const uint8_t *in, size_t length,
                       struct exchange_answer *a)
{
    (void)x;
    if (length < NTP_SIZE)
        codec_is_none(a, "shorter than a header");
    else if ((in[0] & 7) != MODE_SERVER)
        codec_is_none(a, "not of a server's mode");
    else if ((in[0] >> 3 & 7) != (CLIENT_V4 >> 3 & 7))
        codec_is_foreign(a, "another version");
    else if (in[1] == 0)
        codec_refuses(a, kiss_code(in + REFERENCE_ID_AT), in + ORIGINATE_AT, NTP_TOKEN);
    else
        codec_answers(a, in + ORIGINATE_AT, NTP_TOKEN);
}

const struct protocol protocol_ntp = {
    .name = "ntp",
    .summary = "the time; the request's transmit timestamp comes back as the originate timestamp",
    .details =
        "Asked: version 4, mode 3, the token as transmit timestamp, all else zero.  Answered:\n"
        "mode 4 with the token as originate timestamp.  Refused: stratum 0, by its kiss code\n"
        "(RATE, DENY, RSTR, ...), else \"not synchronised\".\n"
        "The server must not set the clock (chronyd -x) and needs a time to tell (chrony: local\n"
        "stratum 8).",
    .limits = "chrony's ratelimit, ntpd's restrict limited",
    .source = "RFC 5905, sections 7.3 and 7.4",
    .tried = "chrony and NTPsec, as Debian 12 has them",
    .token_bits = 8 * NTP_TOKEN,
    .smallest = NTP_SIZE,
    .largest = NTP_SIZE,
    .answer_room = NTP_ANSWER_MAX,
    .request = ntp_request,
    .answer = ntp_answer,
};
