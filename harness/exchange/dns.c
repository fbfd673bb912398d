/* DNS: a question for a name that nobody has asked before; the token is in the name.
 *
 *     name = the token in hexadecimal, 31 bytes a label, and the zone behind it
 *     id   = a hash of the token
 *
 * An authoritative server with a wildcard in the zone answers all of them, out of its memory. */
#include "exchange/protocol.h"

#include <string.h>

#define HEADER 12u
#define AFTER_NAME 4u /* type and class */
#define NAME_MAX_BYTES 255u
#define LABEL_MAX 63u
/* RFC 1035, section 2.3.4: 63 bytes a label, 255 a name with all its lengths. */
#define LABEL_TOKEN 31u /* bytes of token in a label: 62 digits */
/* RFC 1035, section 4.2.1: who has not offered more by EDNS gets no more. */
#define ANSWER_MAX 512u
#define FLAG_QR 0x80u
#define FLAG_RD 0x01u
#define OPCODE 0x78u
#define FLAG_TC 0x02u
#define RCODE 0x0fu
#define FLAG_RA 0x80u
/* An OPT record without options (RFC 6891, section 6.1.2): the root's name, its type, how long an
 * answer may be, then flags in what is the TTL of others. */
#define EDNS_BYTES 11u
#define EDNS_TYPE 41u
#define EDNS_SIZE 1232u
#define EDNS_DO_AT 7u
#define EDNS_DO 0x80u

struct dns_options {
    uint8_t rd;
    uint8_t zone_length;          /* 0: the default zone */
    uint8_t zone[NAME_MAX_BYTES]; /* as on the wire, the root's 0 included */
};

_Static_assert(sizeof(struct dns_options) <= EXCHANGE_OPTIONS_BYTES, "options fit");

static const uint8_t default_zone[] = {1, 'e', 0};
static const uint8_t type_and_class[AFTER_NAME] = {0, 1, 0, 1}; /* A, IN */

static const struct dns_options *dns_options_of(const struct exchange *x)
{
    return (const struct dns_options *)(const void *)x->options;
}

static size_t zone_of(const struct exchange *x, const uint8_t **zone)
{
    const struct dns_options *o = dns_options_of(x);

    *zone = o->zone_length ? o->zone : default_zone;
    return o->zone_length ? o->zone_length : sizeof default_zone;
}

/* ---- options ---- */

static const char *dns_take_zone(uint8_t *options, const char *value)
{
    struct dns_options *o = (void *)options;
    size_t at = 0;

    /* "." alone is the root; the dot at the end of others may be left out */
    for (const char *label = strcmp(value, ".") == 0 ? "" : value; *label;) {
        size_t length = strcspn(label, ".");

        if (length == 0 || length > LABEL_MAX || at + length + 2 > NAME_MAX_BYTES)
            return "must be a name like 'e.' or 'test.example'";
        o->zone[at] = (uint8_t)length;
        memcpy(o->zone + at + 1, label, length);
        at += 1 + length;
        label += length + (label[length] == '.');
    }
    if (!*value)
        return "must be a name like 'e.' or 'test.example'";
    o->zone[at] = 0;
    o->zone_length = (uint8_t)(at + 1);
    return NULL;
}

static const char *dns_take_rd(uint8_t *options, const char *value)
{
    struct dns_options *o = (void *)options;

    (void)value;
    o->rd = 1;
    return NULL;
}

static const struct protocol_option dns_options[] = {
    {"zone", "NAME", "names are asked under it; the server answers any of them (e.)",
     dns_take_zone},
    {"rd", NULL, "recursion is desired: what resolvers want to be asked", dns_take_rd},
    {0},
};

/* ---- asking ---- */

static size_t dns_token_bytes(const struct exchange *x, size_t size)
{
    const uint8_t *zone;
    size_t zone_length = zone_of(x, &zone);
    size_t name = size < HEADER + AFTER_NAME ? 0 : size - HEADER - AFTER_NAME, labels, rest;

    name = name < NAME_MAX_BYTES ? name : NAME_MAX_BYTES;
    if (name <= zone_length)
        return 0;
    labels = name - zone_length;
    rest = labels % (1 + 2 * LABEL_TOKEN);
    return labels / (1 + 2 * LABEL_TOKEN) * LABEL_TOKEN + (rest > 0 ? (rest - 1) / 2 : 0);
}

/* FNV-1a (Fowler, Noll, Vo), folded.  An id of its own for each token without remembering any: an
 * answer that puts another question's id to this one is found out but for one time in 65,536. */
static uint16_t dns_id_of(const uint8_t *token, size_t n)
{
    uint32_t hash = UINT32_C(0x811c9dc5);

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ token[i]) * UINT32_C(0x01000193);
    return (uint16_t)(hash ^ hash >> 16);
}

/* The token's labels; one past the last byte. */
static uint8_t *put_labels(uint8_t *out, const uint8_t *token, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        if (i % LABEL_TOKEN == 0)
            *out++ = (uint8_t)(2 * (n - i < LABEL_TOKEN ? n - i : LABEL_TOKEN));
        *out++ = (uint8_t)digits[token[i] >> 4];
        *out++ = (uint8_t)digits[token[i] & 15];
    }
    return out;
}

static size_t dns_request(const struct exchange *x, uint8_t *out, size_t room, const uint8_t *token,
                          size_t n)
{
    const uint8_t *zone;
    size_t zone_length = zone_of(x, &zone);
    size_t name = 2 * n + (n + LABEL_TOKEN - 1) / LABEL_TOKEN + zone_length;
    uint16_t id;
    uint8_t *end;

    if (n == 0 || name > NAME_MAX_BYTES || HEADER + name + AFTER_NAME > room)
        return 0;
    id = dns_id_of(token, n);
    memset(out, 0, HEADER);
    out[0] = (uint8_t)(id >> 8);
    out[1] = (uint8_t)id;
    out[2] = dns_options_of(x)->rd ? FLAG_RD : 0;
    out[5] = 1; /* questions */
    end = put_labels(out + HEADER, token, n);
    memcpy(end, zone, zone_length);
    memcpy(end + zone_length, type_and_class, sizeof type_and_class);
    return HEADER + name + AFTER_NAME;
}

/* ---- what came back ---- */

static int dns_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20; /* a server may answer in other case than it was asked */
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A label's token; false when it holds none. */
static bool take_label(const uint8_t *label, struct exchange_answer *a)
{
    for (size_t i = 1; i <= label[0]; i += 2) {
        int high = dns_digit(label[i]), low = i < label[0] ? dns_digit(label[i + 1]) : -1;

        if (high < 0 || low < 0 || a->length == sizeof a->room)
            return false;
        a->room[a->length++] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Names are compared without regard to case (RFC 4343), and letters alone have one: '[' and '{'
 * differ in the same bit. */
static bool same_name(const uint8_t *a, const uint8_t *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t fold = (a[i] | 0x20) >= 'a' && (a[i] | 0x20) <= 'z' ? 0x20 : 0;

        if ((a[i] | fold) != (b[i] | fold))
            return false;
    }
    return true;
}

/* The question's name into the answer's token, up to the zone.  Is all of the question ours?  The
 * answer's records are not looked at: servers compress, rotate and cut them (RFC 1035, sections
 * 4.1.4 and 4.2.1), and none of that says of which query they are. */
static bool take_question(const struct exchange *x, const uint8_t *in, size_t length,
                          struct exchange_answer *a)
{
    const uint8_t *zone;
    size_t zone_length = zone_of(x, &zone), at = HEADER;

    while (at < length && length - at >= zone_length + AFTER_NAME &&
           !same_name(in + at, zone, zone_length)) {
        if (in[at] == 0 || in[at] > LABEL_MAX || at + 1 + in[at] > length ||
            !take_label(in + at, a))
            return false;
        at += 1 + (size_t)in[at];
    }
    return at < length && length - at >= zone_length + AFTER_NAME && a->length > 0 &&
           memcmp(in + at + zone_length, type_and_class, AFTER_NAME) == 0;
}

static const char *refusal_of(unsigned rcode)
{
    /* RFC 1035, section 4.1.1, and RFC 2136, section 2.2 */
    static const char *const names[RCODE + 1] = {
        NULL,      "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
        "NXRRSET", "NOTAUTH", "NOTZONE",  "RCODE11",  "RCODE12", "RCODE13", "RCODE14",  "RCODE15"};

    return names[rcode];
}

static void dns_set(struct exchange_answer *a, enum exchange_kind kind, const char *name)
{
    a->kind = kind;
    a->name = name;
    if (kind != EXCHANGE_ANSWER && kind != EXCHANGE_REFUSED)
        a->length = 0;
}

static void dns_answer(const struct exchange *x, const uint8_t *in, size_t length,
                       struct exchange_answer *a)
{
    const char *refusal = length >= HEADER ? refusal_of(in[3] & RCODE) : NULL;

    /* What comes back of a rate limit that lets who is real come again. */
    if (length >= HEADER && !refusal && in[2] & FLAG_TC)
        refusal = "TC, ask by TCP";
    a->token = a->room;
    a->length = 0;
    if (length < HEADER)
        dns_set(a, EXCHANGE_NO_ANSWER, "shorter than a header");
    else if (!(in[2] & FLAG_QR))
        dns_set(a, EXCHANGE_NO_ANSWER, "not marked as an answer");
    else if (in[2] & OPCODE)
        dns_set(a, EXCHANGE_NO_ANSWER, "an answer to no query");
    else if (in[4] == 0 && in[5] == 0 && refusal) /* FORMERR needs not say of what */
        dns_set(a, EXCHANGE_REFUSED, refusal);
    else if (in[4] != 0 || in[5] != 1)
        dns_set(a, EXCHANGE_NO_ANSWER, "not one question");
    else if (!take_question(x, in, length, a))
        dns_set(a, EXCHANGE_FOREIGN, "another question");
    else if (dns_id_of(a->room, a->length) != (in[0] << 8 | in[1]))
        dns_set(a, EXCHANGE_FOREIGN, "another id");
    else
        dns_set(a, refusal ? EXCHANGE_REFUSED : EXCHANGE_ANSWER, refusal);
}

/* ---- answering ---- */

/* One past the last byte of the one question; 0 when there is none, or its name is compressed. */
static size_t end_of_question(const uint8_t *in, size_t length)
{
    size_t at = HEADER;

    if (length < HEADER || in[2] & (FLAG_QR | OPCODE) || in[4] != 0 || in[5] != 1)
        return 0;
    while (at < length && in[at] != 0 && in[at] <= LABEL_MAX)
        at += 1 + (size_t)in[at];
    return at < length && in[at] == 0 && length - at > AFTER_NAME ? at + 1 + AFTER_NAME : 0;
}

/* Who offers EDNS is to get it back, and his DO bit with it (RFC 6891, section 6.1.1; RFC 3225,
 * section 3). */
static size_t put_edns(uint8_t *out, const uint8_t *in, size_t length)
{
    const uint8_t opt[EDNS_BYTES] = {0, 0, EDNS_TYPE, EDNS_SIZE >> 8, EDNS_SIZE & 0xff};

    if (length < EDNS_BYTES || in[0] != 0 || in[1] != 0 || in[2] != EDNS_TYPE)
        return 0;
    memcpy(out, opt, sizeof opt);
    out[EDNS_DO_AT] = in[EDNS_DO_AT] & EDNS_DO;
    return sizeof opt;
}

/* Every name exists and has one address, and nothing else.  It is for this once (a TTL of 0; RFC
 * 1035, section 3.2.1): no name is asked for twice, and a cache would be filled with them. */
static size_t dns_respond(const struct exchange *x, uint8_t *out, size_t room, const uint8_t *in,
                          size_t length)
{
    static const uint8_t record[] = {0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1};
    size_t end = end_of_question(in, length), size = end;
    size_t opt;

    (void)x;
    if (end == 0 || end + sizeof record + EDNS_BYTES > room)
        return 0;
    memcpy(out, in, end);
    out[2] = (uint8_t)(FLAG_QR | (in[2] & FLAG_RD));
    out[3] = FLAG_RA;
    memset(out + 6, 0, HEADER - 6);
    if (memcmp(in + end - AFTER_NAME, type_and_class, AFTER_NAME) == 0) {
        out[7] = 1; /* answers */
        memcpy(out + size, record, sizeof record);
        size += sizeof record;
    }
    opt = put_edns(out + size, in + end, length - end);
    out[11] = opt > 0; /* additional records */
    return size + opt;
}

const struct protocol protocol_dns = {
    .name = "dns",
    .summary = "a name of its own in each query; the answer repeats it",
    .details =
        "Asked: the address (A, IN) of a name under the zone, the token in hexadecimal labels;\n"
        "the id is a hash of it.  Answered: the same id, marked as an answer, with the same\n"
        "question, however many records.  Refused: any RCODE but 0, by its name.\n"
        "The server has a wildcard in the zone, or an upstream that has.  An answer that is cut\n"
        "short (TC), so that it is asked for by TCP, is refused, too: all fit into a datagram.",
    .limits = "NSD's rrl-ratelimit, BIND's rate-limit, unbound's ip-ratelimit, Knot's mod-rrl",
    .source = "RFC 1035, section 4.1",
    .tried = "unbound, NSD, Knot, Knot Resolver, BIND, PowerDNS, its Recursor, dnsdist and dnsmasq,"
             " as Debian 12 has them",
    .token_bits = 8 * 124,
    .smallest = HEADER + 3 + 1 + AFTER_NAME,
    .largest = HEADER + NAME_MAX_BYTES + AFTER_NAME,
    .answer_room = ANSWER_MAX,
    .flags = EXCHANGE_VARIES_SIZE | EXCHANGE_CACHES,
    .options = dns_options,
    .token_bytes = dns_token_bytes,
    .request = dns_request,
    .answer = dns_answer,
    .respond = dns_respond,
};
