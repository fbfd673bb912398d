/* DTLS 1.2: a ClientHello without a cookie; a server that keeps nothing of strangers answers with
 * HelloVerifyRequest, whose record has the sequence number of the ClientHello's: the token. */
#include "exchange/codec.h"

#include <string.h>

#define RECORD 13u
#define HANDSHAKE 12u
#define SEQUENCE_AT 5u
#define DTLS_TOKEN 6u
#define TYPE_ALERT 21u
#define TYPE_HANDSHAKE 22u
#define DTLS_1_0 0xfeffu
#define DTLS_1_2 0xfefdu
#define CLIENT_HELLO 1u
#define HELLO_VERIFY_REQUEST 3u
#define RANDOM 32u
#define DTLS_ANSWER_MAX 512u

/* What follows the random: no session, no cookie, two suites (the second is RFC 5746's), no
 * compression; extensions: groups, point formats, signatures. */
static const uint8_t hello_end[] = {
    0,    0,                                        /* session, cookie */
    0,    4,    0xc0, 0x2f, 0x00, 0xff,             /* ECDHE-RSA-AES128-GCM-SHA256 */
    1,    0,                                        /* compression */
    0,    22,                                       /* extensions */
    0x00, 0x0a, 0,    4,    0,    2,    0x00, 0x17, /* secp256r1 */
    0x00, 0x0b, 0,    2,    1,    0,                /* uncompressed */
    0x00, 0x0d, 0,    4,    0,    2,    0x04, 0x01, /* RSA with SHA-256 */
};
#define HELLO (2 + RANDOM + sizeof hello_end)
#define DTLS_SIZE (RECORD + HANDSHAKE + HELLO)

static size_t dtls_request(const struct exchange *x, uint8_t *out, size_t room,
                           const uint8_t *token, size_t n)
{
    uint8_t *hello = out + RECORD + HANDSHAKE;

    (void)x;
    if (n != DTLS_TOKEN || room < DTLS_SIZE)
        return 0;
    memset(out, 0, DTLS_SIZE);
    out[0] = TYPE_HANDSHAKE;
    codec_put(out + 1, DTLS_1_0, 2); /* RFC 6347, section 4.2.1: as long as it is not agreed on */
    memcpy(out + SEQUENCE_AT, token, n);
    codec_put(out + 11, HANDSHAKE + HELLO, 2);
    out[RECORD] = CLIENT_HELLO;
    codec_put(out + RECORD + 1, HELLO, 3); /* message 0, */
    codec_put(out + RECORD + 9, HELLO, 3); /* in one fragment */
    codec_put(hello, DTLS_1_2, 2);
    memcpy(hello + 2, token, n);
    memcpy(hello + 2 + RANDOM, hello_end, sizeof hello_end);
    return DTLS_SIZE;
}

/* RFC 5246, section 7.2 */
static const struct codec_name dtls_alerts[] = {
    {0, "close_notify"},       {10, "unexpected_message"},
    {20, "bad_record_mac"},    {40, "handshake_failure"},
    {47, "illegal_parameter"}, {50, "decode_error"},
    {70, "protocol_version"},  {71, "insufficient_security"},
    {80, "internal_error"},    {0, NULL},
};

/* Is it one whole message with a cookie, and nothing behind it?  Behind the handshake's header: a
 * version, a byte of length, the cookie (section 4.2.1). */
static bool is_hello_verify(const uint8_t *in, size_t length)
{
    size_t body = length - HANDSHAKE;

    return codec_get(in + 1, 3) == body && codec_get(in + 6, 3) == 0 &&
           codec_get(in + 9, 3) == body && body >= 3 && body == 3u + in[HANDSHAKE + 2];
}

/* Either version will do: HelloVerifyRequest should say 1.0 whatever is agreed on later (section
 * 4.2.1).  Its epoch is 0, that of records before there are keys. */
static void dtls_answer(const struct exchange *x, const uint8_t *in, size_t length,
                        struct exchange_answer *a)
{
    unsigned version = length >= RECORD ? (unsigned)codec_get(in + 1, 2) : 0;

    (void)x;
    if (length < RECORD + 2)
        codec_is_none(a, "shorter than a record");
    else if (version != DTLS_1_0 && version != DTLS_1_2)
        codec_is_none(a, "not of DTLS 1.0 or 1.2");
    else if (codec_get(in + 11, 2) > length - RECORD)
        codec_is_none(a, "a record that is cut short");
    else if (in[0] == TYPE_ALERT) /* its sequence number is the server's own */
        codec_refuses(a, codec_name_of(dtls_alerts, in[RECORD + 1], "another alert"), NULL, 0);
    else if (in[0] != TYPE_HANDSHAKE || length < RECORD + HANDSHAKE)
        codec_is_none(a, "not of a handshake");
    else if (in[RECORD] == CLIENT_HELLO)
        codec_is_none(a, "a request");
    else if (in[RECORD] != HELLO_VERIFY_REQUEST || codec_get(in + 3, 2) != 0)
        codec_is_foreign(a, "another message of a handshake");
    else if (codec_get(in + 11, 2) != length - RECORD ||
             !is_hello_verify(in + RECORD, length - RECORD))
        codec_is_none(a, "its lengths do not agree");
    else
        codec_answers(a, in + SEQUENCE_AT, DTLS_TOKEN);
}

const struct protocol protocol_dtls = {
    .name = "dtls",
    .summary = "a handshake's first message; its record's sequence number comes back",
    .details =
        "Asked: a ClientHello of DTLS 1.2 without a cookie, the token as sequence number of its\n"
        "record.  Answered: HelloVerifyRequest in a record of the same number.  Refused: an\n"
        "alert, by name, which does not say of which request.\n"
        "On in the server: cookies (openssl s_server -dtls1_2 -listen).",
    .source = "RFC 6347, section 4.2.1",
    .tried = "OpenSSL's s_server -dtls -listen, as Debian 12 has it",
    .token_bits = 8 * DTLS_TOKEN,
    .smallest = DTLS_SIZE,
    .largest = DTLS_SIZE,
    .answer_room = DTLS_ANSWER_MAX,
    .request = dtls_request,
    .answer = dtls_answer,
};
