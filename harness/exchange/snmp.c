/* SNMP, version 2c: Get of one object; the token is the lower three bytes of the request-id.
 *
 * An INTEGER of BER has no more bytes than it needs (X.690, section 8.3.2), so that requests would
 * differ in size: the first byte is always the same, and the number neither small nor negative. */
#include "exchange/codec.h"

#include <string.h>

#define SNMP_TOKEN 3u
#define ID_FIRST 0x40u
#define COMMUNITY_MAX 64u
#define OBJECT_MAX 32u
#define SNMP_SMALLEST 31u /* with a community of one letter, an object of one byte */
#define SNMP_LARGEST (SNMP_SMALLEST + COMMUNITY_MAX + OBJECT_MAX)
/* Which every implementation takes (RFC 3417, section 3.2), is 484. */
#define SNMP_ANSWER_MAX 1472u

#define BER_INTEGER 0x02u
#define BER_STRING 0x04u
#define BER_NULL 0x05u
#define BER_OBJECT 0x06u
#define BER_SEQUENCE 0x30u
#define GET_REQUEST 0xa0u
#define RESPONSE 0xa2u
#define REPORT 0xa8u
#define NO_SUCH_OBJECT 0x80u
#define END_OF_MIB_VIEW 0x82u
#define VERSION_2C 1u

struct snmp_options {
    char community[COMMUNITY_MAX];
    uint8_t object_length; /* 0: sysUpTime */
    uint8_t object[OBJECT_MAX];
};

_Static_assert(sizeof(struct snmp_options) <= EXCHANGE_OPTIONS_BYTES, "options fit");

/* sysUpTime.0 (RFC 3418), 1.3.6.1.2.1.1.3.0, which every agent has. */
static const uint8_t default_object[] = {43, 6, 1, 2, 1, 1, 3, 0};

static const struct snmp_options *snmp_options_of(const struct exchange *x)
{
    return (const struct snmp_options *)(const void *)x->options;
}

static const char *community_of(const struct exchange *x)
{
    const char *community = snmp_options_of(x)->community;

    return *community ? community : "public";
}

static size_t object_of(const struct exchange *x, const uint8_t **object)
{
    const struct snmp_options *o = snmp_options_of(x);

    *object = o->object_length ? o->object : default_object;
    return o->object_length ? o->object_length : sizeof default_object;
}

/* ---- options ---- */

static const char *take_community(uint8_t *options, const char *value)
{
    struct snmp_options *o = (void *)options;

    return codec_take_text(o->community, COMMUNITY_MAX, value);
}

/* Seven bits a byte, all but the last with the eighth set (X.690, section 8.19).  False: no
 * room. */
static bool put_number(struct snmp_options *o, uint32_t number)
{
    unsigned bytes = 1;

    while (bytes < 5 && number >> 7 * bytes)
        bytes++;
    if (o->object_length + bytes > OBJECT_MAX)
        return false;
    while (bytes-- > 0)
        o->object[o->object_length++] = (uint8_t)((number >> 7 * bytes & 0x7f) |
                                                  (bytes ? 0x80 : 0));
    return true;
}

/* One number and the dot behind it, which the last lacks; false: neither. */
static bool take_number(const char **at, uint32_t *number)
{
    uint64_t value = 0;
    const char *c = *at;

    for (; *c >= '0' && *c <= '9' && value <= UINT32_MAX; c++)
        value = value * 10 + (uint64_t)(*c - '0');
    if (c == *at || value > UINT32_MAX || (*c && *c != '.') || (*c && !c[1]))
        return false;
    *number = (uint32_t)value;
    *at = c + (*c == '.');
    return true;
}

/* The first two numbers are one, 40 times the first and the second (X.690, section 8.19.4).  Below
 * 2 the second may be larger than 39, but no object that agents have lies there. */
static const char *take_object(uint8_t *options, const char *value)
{
    static const char must[] = "must be numbers like 1.3.6.1.2.1.1.3.0";
    struct snmp_options *o = (void *)options;
    uint32_t first, second, number;

    o->object_length = 0;
    if (!take_number(&value, &first) || first > 2 || !take_number(&value, &second) || second > 39 ||
        !put_number(o, 40 * first + second))
        return must;
    while (*value) {
        if (!take_number(&value, &number))
            return must;
        if (!put_number(o, number))
            return "must be shorter";
    }
    return NULL;
}

static const struct protocol_option snmp_options[] = {
    {"community", "NAME", "who asks (public)", take_community},
    {"object", "NUMBERS", "what is asked for (1.3.6.1.2.1.1.3.0, sysUpTime)", take_object},
    {0},
};

/* ---- asking ---- */

/* Backwards, since what holds another says how long that is: what is put comes before what was.
 * Lengths are short ones, below 128, or need a byte more. */
static uint8_t *put_head(uint8_t *at, uint8_t tag, size_t length)
{
    *--at = (uint8_t)length;
    if (length >= 0x80)
        *--at = 0x81;
    *--at = tag;
    return at;
}

static uint8_t *put_value(uint8_t *at, uint8_t tag, const void *bytes, size_t length)
{
    at -= length;
    if (length > 0)
        memcpy(at, bytes, length);
    return put_head(at, tag, length);
}

/* Eight bytes more than the largest has: a head grows when what it holds passes 127 bytes. */
static size_t snmp_request(const struct exchange *x, uint8_t *out, size_t room,
                           const uint8_t *token, size_t n)
{
    uint8_t bytes[SNMP_LARGEST + 8], *end = bytes + sizeof bytes, *at = end;
    uint8_t id[1 + SNMP_TOKEN] = {ID_FIRST}, version = VERSION_2C;
    const uint8_t *object;
    size_t length = object_of(x, &object);

    if (n != SNMP_TOKEN)
        return 0;
    memcpy(id + 1, token, n);
    at = put_value(at, BER_NULL, NULL, 0);
    at = put_value(at, BER_OBJECT, object, length);
    at = put_head(at, BER_SEQUENCE, (size_t)(end - at));
    at = put_head(at, BER_SEQUENCE, (size_t)(end - at));
    at = put_value(at, BER_INTEGER, "", 1); /* error-index and error-status, both 0 */
    at = put_value(at, BER_INTEGER, "", 1);
    at = put_value(at, BER_INTEGER, id, sizeof id);
    at = put_head(at, GET_REQUEST, (size_t)(end - at));
    at = put_value(at, BER_STRING, community_of(x), strlen(community_of(x)));
    at = put_value(at, BER_INTEGER, &version, 1);
    at = put_head(at, BER_SEQUENCE, (size_t)(end - at));
    if ((size_t)(end - at) > room)
        return 0;
    memcpy(out, at, (size_t)(end - at));
    return (size_t)(end - at);
}

/* ---- what came back ---- */

struct ber {
    const uint8_t *at;
    size_t left;
};

/* Takes one value off, whatever its tag, or 0 when there is none; `value` is what it holds.  The
 * indefinite form (0x80) is forbidden, more bytes of length than needed are not (RFC 3417, section
 * 8); with more than two a value would not fit into a datagram. */
static uint8_t take_value(struct ber *in, struct ber *value)
{
    size_t length, head = 2;
    uint8_t tag;

    if (in->left < 2)
        return 0;
    tag = in->at[0];
    length = in->at[1];
    if (length > 0x80 && length <= 0x82) { /* so many bytes of length follow */
        head += length - 0x80;
        if (in->left < head)
            return 0;
        length = codec_get(in->at + 2, (unsigned)(head - 2));
    } else if (length >= 0x80) {
        return 0;
    }
    if (in->left - head < length)
        return 0;
    *value = (struct ber){in->at + head, length};
    in->at += head + length;
    in->left -= head + length;
    return tag;
}

static bool is_value(const struct ber *value, const void *bytes, size_t length)
{
    return value->left == length && memcmp(value->at, bytes, length) == 0;
}

/* RFC 3416, section 3: error-status by number. */
static const char *error_status(const struct ber *status)
{
    static const char *const names[] = {"noError",
                                        "tooBig",
                                        "noSuchName",
                                        "badValue",
                                        "readOnly",
                                        "genErr",
                                        "noAccess",
                                        "wrongType",
                                        "wrongLength",
                                        "wrongEncoding",
                                        "wrongValue",
                                        "noCreation",
                                        "inconsistentValue",
                                        "resourceUnavailable",
                                        "commitFailed",
                                        "undoFailed",
                                        "authorizationError",
                                        "notWritable",
                                        "inconsistentName"};

    if (status->left == 1 && status->at[0] == 0)
        return NULL;
    return status->left == 1 && status->at[0] < sizeof names / sizeof *names
               ? names[status->at[0]]
               : "another error-status";
}

/* The first binding: is it of our object, and which exception is in its place?  False: it is
 * not. */
static bool take_binding(const struct exchange *x, struct ber list, const char **exception)
{
    /* RFC 3416, section 3 */
    static const char *const names[] = {"noSuchObject", "noSuchInstance", "endOfMibView"};
    struct ber binding, name, value;
    const uint8_t *object;
    size_t length = object_of(x, &object);
    uint8_t tag;

    if (take_value(&list, &binding) != BER_SEQUENCE || list.left > 0 ||
        take_value(&binding, &name) != BER_OBJECT || !is_value(&name, object, length))
        return false;
    tag = take_value(&binding, &value);
    *exception = tag >= NO_SUCH_OBJECT && tag <= END_OF_MIB_VIEW ? names[tag - NO_SUCH_OBJECT]
                                                                 : NULL;
    return tag != 0 && binding.left == 0;
}

static void snmp_response(const struct exchange *x, struct ber pdu, struct exchange_answer *a)
{
    struct ber id, status, index, list;
    const char *refusal, *exception = NULL;

    if (take_value(&pdu, &id) != BER_INTEGER || take_value(&pdu, &status) != BER_INTEGER ||
        take_value(&pdu, &index) != BER_INTEGER || take_value(&pdu, &list) != BER_SEQUENCE ||
        pdu.left > 0) {
        codec_is_none(a, "not the parts of a response");
        return;
    }
    refusal = error_status(&status);
    if (id.left != 1 + SNMP_TOKEN || id.at[0] != ID_FIRST)
        codec_is_foreign(a, "a request-id that we do not make");
    else if (refusal)
        codec_refuses(a, refusal, id.at + 1, SNMP_TOKEN);
    else if (!take_binding(x, list, &exception))
        codec_is_foreign(a, "another object");
    else if (exception)
        codec_refuses(a, exception, id.at + 1, SNMP_TOKEN);
    else
        codec_answers(a, id.at + 1, SNMP_TOKEN);
}

static void snmp_answer(const struct exchange *x, const uint8_t *in, size_t length,
                        struct exchange_answer *a)
{
    struct ber all = {in, length}, message, version, community, pdu;
    uint8_t kind;

    if (take_value(&all, &message) != BER_SEQUENCE || all.left > 0 ||
        take_value(&message, &version) != BER_INTEGER ||
        take_value(&message, &community) != BER_STRING) {
        codec_is_none(a, "not a message with a version and a community");
        return;
    }
    kind = take_value(&message, &pdu);
    if (kind == 0 || message.left > 0)
        codec_is_none(a, "not one PDU");
    else if (!is_value(&version, "\1", 1))
        codec_is_foreign(a, "another version");
    else if (!is_value(&community, community_of(x), strlen(community_of(x))))
        codec_is_foreign(a, "another community");
    else if (kind == REPORT)
        codec_refuses(a, "Report", NULL, 0);
    else if (kind != RESPONSE)
        codec_is_none(a, "not a response");
    else
        snmp_response(x, pdu, a);
}

const struct protocol protocol_snmp = {
    .name = "snmp",
    .summary = "Get of one object, version 2c; the request-id comes back",
    .details =
        "Asked: a GetRequest for one object; the lower 24 bits of the request-id are the token.\n"
        "Answered: a Response with the same request-id and object, of the same community.\n"
        "Refused: an error-status but noError, noSuchObject, noSuchInstance, by name.\n"
        "The server lets the community read the object: rocommunity public 127.0.0.1.",
    .source = "RFC 1901, section 3, and RFC 3416, section 3",
    .tried = "snmpd, as Debian 12 has it",
    .token_bits = 8 * SNMP_TOKEN,
    .smallest = SNMP_SMALLEST,
    .largest = SNMP_LARGEST,
    .answer_room = SNMP_ANSWER_MAX,
    .options = snmp_options,
    .request = snmp_request,
    .answer = snmp_answer,
};
