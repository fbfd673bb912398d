/* RADIUS: Status-Server; the token is the identifier.
 *
 * An answer names its request by the identifier alone, and proves by its authenticator that it
 * knows both the secret and the request's authenticator.  That one is made of the identifier here,
 * so that the proof can be looked at without a memory; whoever keeps answers to repeated requests
 * for a while (RFC 5080, section 2.2.2) may answer from there once the identifiers went round. */
#include "exchange/codec.h"
#include "exchange/md5.h"

#include <string.h>

#define RADIUS_HEADER 20u
#define AUTHENTICATOR_AT 4u
#define RADIUS_SIZE 38u
#define RADIUS_TOKEN 1u
#define RADIUS_ANSWER_MAX 4096u
#define STATUS_SERVER 12u
#define ACCESS_ACCEPT 2u
#define ACCESS_REJECT 3u
#define ACCOUNTING_RESPONSE 5u
#define ACCESS_CHALLENGE 11u
#define MESSAGE_AUTHENTICATOR 80u
#define SECRET_MAX 64u

static const char *secret_of(const struct exchange *x)
{
    return x->options[0] ? (const char *)x->options : "testing123";
}

static const char *take_secret(uint8_t *options, const char *value)
{
    return codec_take_text((char *)options, SECRET_MAX, value);
}

static const struct protocol_option radius_options[] = {
    {"secret", "TEXT", "what client and server share (testing123)", take_secret},
    {0},
};

/* RFC 2865, section 3, wants it unpredictable, against who would forge answers: here it must be
 * known again instead, and a test has nobody to fear. */
static void request_authenticator(const struct exchange *x, uint8_t id, uint8_t *out)
{
    struct md5 m;

    md5_init(&m);
    md5_add(&m, "edgewise", 8);
    md5_add(&m, secret_of(x), strlen(secret_of(x)));
    md5_add(&m, &id, 1);
    md5_end(&m, out);
}

static size_t radius_request(const struct exchange *x, uint8_t *out, size_t room,
                             const uint8_t *token, size_t n)
{
    uint8_t digest[MD5_BYTES];

    if (n != RADIUS_TOKEN || room < RADIUS_SIZE)
        return 0;
    memset(out, 0, RADIUS_SIZE);
    out[0] = STATUS_SERVER;
    out[1] = token[0];
    codec_put(out + 2, RADIUS_SIZE, 2);
    request_authenticator(x, token[0], out + AUTHENTICATOR_AT);
    out[RADIUS_HEADER] = MESSAGE_AUTHENTICATOR;
    out[RADIUS_HEADER + 1] = 2 + MD5_BYTES;
    /* RFC 3579, section 3.2: over the packet with the attribute's value zero */
    md5_hmac(secret_of(x), strlen(secret_of(x)), out, RADIUS_SIZE, digest);
    memcpy(out + RADIUS_HEADER + 2, digest, sizeof digest);
    return RADIUS_SIZE;
}

/* RFC 2865, section 3: over code, identifier, length, the request's authenticator, attributes and
 * the secret. */
static bool is_authentic(const struct exchange *x, const uint8_t *in, size_t length)
{
    uint8_t digest[MD5_BYTES];
    struct md5 m;

    request_authenticator(x, in[1], digest);
    md5_init(&m);
    md5_add(&m, in, AUTHENTICATOR_AT);
    md5_add(&m, digest, sizeof digest);
    md5_add(&m, in + RADIUS_HEADER, length - RADIUS_HEADER);
    md5_add(&m, secret_of(x), strlen(secret_of(x)));
    md5_end(&m, digest);
    return memcmp(in + AUTHENTICATOR_AT, digest, sizeof digest) == 0;
}

static void radius_answer(const struct exchange *x, const uint8_t *in, size_t length,
                          struct exchange_answer *a)
{
    size_t said = length >= RADIUS_HEADER ? codec_get(in + 2, 2) : 0;

    if (length < RADIUS_HEADER)
        codec_is_none(a, "shorter than a header");
    else if (said < RADIUS_HEADER || said > length)
        codec_is_none(a, "its length is not that of the datagram");
    else if (in[0] != ACCESS_ACCEPT && in[0] != ACCESS_REJECT && in[0] != ACCOUNTING_RESPONSE &&
             in[0] != ACCESS_CHALLENGE)
        codec_is_none(a, "not an answer's code");
    else if (!is_authentic(x, in, said)) /* what is behind the length is padding */
        codec_is_foreign(a, "another authenticator: the secret, or the request, is another");
    else if (in[0] == ACCESS_REJECT)
        codec_refuses(a, "Access-Reject", in + 1, RADIUS_TOKEN);
    else if (in[0] == ACCESS_CHALLENGE)
        codec_refuses(a, "Access-Challenge", in + 1, RADIUS_TOKEN);
    else
        codec_answers(a, in + 1, RADIUS_TOKEN);
}

const struct protocol protocol_radius = {
    .name = "radius",
    .summary = "Status-Server; the identifier comes back, and an authenticator that proves it",
    .details =
        "Asked: Status-Server with a Message-Authenticator, the token as identifier.  Answered:\n"
        "Access-Accept or Accounting-Response whose authenticator is right for the request's\n"
        "and the secret.  Refused: Access-Reject, Access-Challenge.\n"
        "On in the server: status_server, and a client 127.0.0.1 with the secret; who has\n"
        "another one is not answered.  At most 256 requests of a socket are under way.",
    .source = "RFC 5997, sections 3 and 4, and RFC 2865, section 3",
    .tried = "FreeRADIUS, as Debian 12 has it",
    .token_bits = 8 * RADIUS_TOKEN,
    .smallest = RADIUS_SIZE,
    .largest = RADIUS_SIZE,
    .answer_room = RADIUS_ANSWER_MAX,
    .options = radius_options,
    .request = radius_request,
    .answer = radius_answer,
};
