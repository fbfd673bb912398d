/* CoAP: a confirmable GET; the token is its token.
 *
 * The message id is the token's first two bytes: keys are counted up, so that it comes again only
 * after 65,536 requests.  Whoever remembers ids for 247 s (RFC 7252, section 4.8.2) may take the
 * next one for a duplicate then, and answers it with what it has kept: that is another token's. */
#include "exchange/codec.h"

#include <string.h>

#define COAP_HEADER 4u
/* The longest that there is (RFC 7252, section 3): who keeps but four bytes is found out. */
#define COAP_TOKEN 8u
#define COAP_ID_AT 2u
#define PATH_MAX_BYTES 64u
/* At most two bytes for each segment beside its letters, and its slash is one of the path. */
#define COAP_LARGEST (COAP_HEADER + COAP_TOKEN + 2 + 2 * PATH_MAX_BYTES)
#define VERSION_1 0x40u
#define TYPE 0x30u
#define CONFIRMABLE 0x00u
#define ACKNOWLEDGEMENT 0x20u
#define RESET 0x30u
#define GET 1u
#define URI_PATH 11u
#define CONTENT_CODE 0x45u /* 2.05 */
/* RFC 7252, section 4.6: with nothing known of the way. */
#define COAP_ANSWER_MAX 1152u

struct coap_options {
    char path[PATH_MAX_BYTES]; /* "": the root */
};

_Static_assert(sizeof(struct coap_options) <= EXCHANGE_OPTIONS_BYTES, "options fit");

static const char *coap_path_of(const struct exchange *x)
{
    return ((const struct coap_options *)(const void *)x->options)->path;
}

/* '/a' and 'a' are the same path: the first slash begins it and is no segment's (section 6.4). */
static const char *coap_take_path(uint8_t *options, const char *value)
{
    struct coap_options *o = (void *)options;

    value += *value == '/';
    return codec_take_text(o->path, PATH_MAX_BYTES, value);
}

static const struct protocol_option coap_options[] = {
    {"path", "PATH",
     "what is got (the root); '.well-known/core' is what servers have of themselves",
     coap_take_path},
    {0},
};

/* A segment's option: delta and length, 13 or more in a byte of its own (section 3.1). */
static uint8_t *put_segment(uint8_t *out, unsigned delta, const char *segment, size_t length)
{
    *out++ = (uint8_t)(delta << 4 | (length < 13 ? length : 13));
    if (length >= 13)
        *out++ = (uint8_t)(length - 13);
    memcpy(out, segment, length);
    return out + length;
}

static size_t coap_request(const struct exchange *x, uint8_t *out, size_t room,
                           const uint8_t *token, size_t n)
{
    uint8_t bytes[COAP_LARGEST], *end = bytes + COAP_HEADER + COAP_TOKEN;
    const char *segment = coap_path_of(x);
    unsigned delta = URI_PATH;

    if (n != COAP_TOKEN)
        return 0;
    bytes[0] = VERSION_1 | CONFIRMABLE | COAP_TOKEN;
    bytes[1] = GET;
    memcpy(bytes + COAP_ID_AT, token, 2);
    memcpy(bytes + COAP_HEADER, token, n);
    while (*segment) {
        size_t length = strcspn(segment, "/");

        end = put_segment(end, delta, segment, length);
        delta = 0;
        segment += length + (segment[length] == '/');
    }
    if ((size_t)(end - bytes) > room)
        return 0;
    memcpy(out, bytes, (size_t)(end - bytes));
    return (size_t)(end - bytes);
}

static const struct codec_name coap_errors[] = {
    {0x80, "4.00 Bad Request"},
    {0x81, "4.01 Unauthorized"},
    {0x82, "4.02 Bad Option"},
    {0x83, "4.03 Forbidden"},
    {0x84, "4.04 Not Found"},
    {0x85, "4.05 Method Not Allowed"},
    {0x86, "4.06 Not Acceptable"},
    {0x9d, "4.29 Too Many Requests"},
    {0xa0, "5.00 Internal Server Error"},
    {0xa1, "5.01 Not Implemented"},
    {0xa2, "5.02 Bad Gateway"},
    {0xa3, "5.03 Service Unavailable"},
    {0xa4, "5.04 Gateway Timeout"},
    {0xa5, "5.05 Proxying Not Supported"},
    {0, NULL},
};

/* A response with our token, in its acknowledgement or by itself.  2.03 alone answers a GET
 * otherwise than 2.05, and only one that had an ETag (section 5.9.1.3). */
static void coap_response(const uint8_t *in, struct exchange_answer *a)
{
    const uint8_t *token = in + COAP_HEADER;
    unsigned class = in[1] >> 5;

    if ((in[0] & TYPE) == ACKNOWLEDGEMENT && memcmp(in + COAP_ID_AT, token, 2) != 0)
        codec_is_foreign(a, "another message id");
    else if (class == 4 || class == 5)
        codec_refuses(a, codec_name_of(coap_errors, in[1], class == 4 ? "4.xx" : "5.xx"), token,
                      COAP_TOKEN);
    else if (in[1] == CONTENT_CODE)
        codec_answers(a, token, COAP_TOKEN);
    else
        codec_is_foreign(a, "an answer to another method");
}

static void coap_answer(const struct exchange *x, const uint8_t *in, size_t length,
                        struct exchange_answer *a)
{
    size_t token = length >= COAP_HEADER ? in[0] & 15u : 0;

    (void)x;
    if (length < COAP_HEADER || token > 8 || length < COAP_HEADER + token)
        codec_is_none(a, "shorter than a header and its token");
    else if (in[0] >> 6 != VERSION_1 >> 6)
        codec_is_none(a, "not version 1");
    else if ((in[0] & TYPE) == RESET && in[1] == 0 && token == 0)
        codec_refuses(a, "RST", NULL, 0);
    else if (in[1] == 0)
        codec_is_foreign(a, "an empty message");
    else if (in[1] >> 5 == 0 || in[1] >> 5 == 1)
        codec_is_none(a, "a request");
    else if ((in[0] & TYPE) == RESET)
        codec_is_none(a, "a reset with a response");
    else if (token != COAP_TOKEN)
        codec_is_foreign(a, "a token that we do not make");
    else
        coap_response(in, a);
}

const struct protocol protocol_coap = {
    .name = "coap",
    .summary = "a GET; the token comes back",
    .details =
        "Asked: a confirmable GET with a token of eight bytes, whose first two are the message\n"
        "id.  Answered: 2.05 with the token and, in an acknowledgement, the id.  Refused: 4.xx\n"
        "and 5.xx by name, and RST, which does not say of which request.  An empty\n"
        "acknowledgement, which promises an answer, is counted as foreign.",
    .source = "RFC 7252, sections 3, 4.2 and 5.2",
    .tried = "libcoap, as Debian 12 has it",
    .token_bits = 8 * COAP_TOKEN,
    .smallest = COAP_HEADER + COAP_TOKEN,
    .largest = COAP_LARGEST,
    .answer_room = COAP_ANSWER_MAX,
    .options = coap_options,
    .request = coap_request,
    .answer = coap_answer,
};
