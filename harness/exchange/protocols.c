#include "exchange/protocol.h"

#include "exchange/payload.h"

#include <stdio.h>
#include <string.h>

/* What fits into a frame of Ethernet: the longest request of one size, quic's, has 1,200 bytes. */
#define ONLY_SIZE_MAX 1500u

/* The protocols: the only list there is.  The first is what is spoken unless something else is
 * said. */
#define PROTOCOLS(X) \
    X(echo)          \
    X(dns)           \
    X(ntp)           \
    X(stun)          \
    X(coap)          \
    X(snmp)          \
    X(memcached)     \
    X(sip)           \
    X(radius)        \
    X(quic)          \
    X(dtls)          \
    X(gtpu)          \
    X(pfcp)          \
    X(bittorrent)    \
    X(oneway)

#define PROTOCOL_DECLARE(name) extern const struct protocol protocol_##name;
#define PROTOCOL_ROW(name) &protocol_##name,

PROTOCOLS(PROTOCOL_DECLARE)

const struct protocol *const protocols[] = {PROTOCOLS(PROTOCOL_ROW)};
const size_t protocol_count = sizeof protocols / sizeof *protocols;

const struct exchange exchange_echo;

const struct protocol *exchange_protocol(const struct exchange *x)
{
    return protocols[x->protocol];
}

bool exchange_has(const struct exchange *x, unsigned flag)
{
    return (exchange_protocol(x)->flags & flag) != 0;
}

/* The bytes of every request of a protocol whose sizes do not vary: its options lengthen it. */
static size_t only_size(const struct exchange *x)
{
    static const uint8_t token[EXCHANGE_TOKEN_ROOM];
    const struct protocol *p = exchange_protocol(x);
    uint8_t request[ONLY_SIZE_MAX];

    return p->request(x, request, sizeof request, token, p->token_bits / 8);
}

size_t exchange_token_bytes(const struct exchange *x, size_t size)
{
    const struct protocol *p = exchange_protocol(x);

    if (p->token_bytes)
        return p->token_bytes(x, size);
    return size < only_size(x) ? 0 : p->token_bits / 8;
}

/* Protocols are asked what fits, never what it takes: one function for each is enough.  Halving
 * finds it, because more room never carries less. */
size_t exchange_least_size(const struct exchange *x, size_t n)
{
    const struct protocol *p = exchange_protocol(x);
    size_t low = p->smallest, high = p->largest;

    if (!p->token_bytes)
        return n <= p->token_bits / 8 ? only_size(x) : 0;
    if (n == 0 || exchange_token_bytes(x, high) < n)
        return 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (exchange_token_bytes(x, middle) >= n)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

size_t exchange_smallest_size(const struct exchange *exchange)
{
    size_t token = exchange_protocol(exchange)->token_bits / 8;

    return exchange_least_size(exchange, token < PAYLOAD_MIN ? token : PAYLOAD_MIN);
}

size_t exchange_largest_size(const struct exchange *x)
{
    return exchange_has(x, EXCHANGE_VARIES_SIZE) ? exchange_protocol(x)->largest : only_size(x);
}

bool exchange_is_answered(const struct exchange *x)
{
    return exchange_protocol(x)->token_bits > 0;
}

/* ---- by name ---- */

static const struct protocol *find_row(const char *name, size_t length, uint32_t *row)
{
    for (*row = 0; *row < protocol_count; ++*row) {
        if (strlen(protocols[*row]->name) == length &&
            memcmp(protocols[*row]->name, name, length) == 0)
            return protocols[*row];
    }
    return NULL;
}

static int unknown_protocol(const char *name, size_t length, char why[EXCHANGE_WHY])
{
    size_t at = (size_t)snprintf(why, EXCHANGE_WHY, "no protocol is called '%.*s'; there is",
                                 (int)(length < 40 ? length : 40), name);

    for (size_t i = 0; i < protocol_count && at < EXCHANGE_WHY; i++)
        at += (size_t)snprintf(why + at, EXCHANGE_WHY - at, "%s %s", i ? "," : "",
                               protocols[i]->name);
    return -1;
}

static int unknown_option(const struct protocol *p, const char *name, size_t length,
                          char why[EXCHANGE_WHY])
{
    const struct protocol_option *o = p->options;
    size_t at = (size_t)snprintf(why, EXCHANGE_WHY, "%s has no option '%.*s'; it has%s", p->name,
                                 (int)(length < 40 ? length : 40), name,
                                 o && o->name ? "" : " none");

    for (; o && o->name && at < EXCHANGE_WHY; o++)
        at += (size_t)snprintf(why + at, EXCHANGE_WHY - at, "%s %s%s%s", o > p->options ? "," : "",
                               o->name, o->value ? "=" : "", o->value ? o->value : "");
    return -1;
}

/* One "name" or "name=value", `length` bytes of text. */
static int take_option(struct exchange *x, const char *text, size_t length, char why[EXCHANGE_WHY])
{
    const struct protocol *p = exchange_protocol(x);
    const char *equals = memchr(text, '=', length);
    size_t named = equals ? (size_t)(equals - text) : length;
    char value[EXCHANGE_OPTIONS_BYTES] = "";
    const char *wrong = NULL;

    for (const struct protocol_option *o = p->options; o && o->name; o++) {
        if (strlen(o->name) != named || memcmp(o->name, text, named) != 0)
            continue;
        if (equals && length - named - 1 >= sizeof value)
            wrong = "must be shorter";
        else if (!equals != !o->value)
            wrong = o->value ? "needs a value" : "takes no value";
        else if (equals)
            memcpy(value, equals + 1, length - named - 1);
        if (!wrong)
            wrong = o->take(x->options, value);
        if (wrong)
            snprintf(why, EXCHANGE_WHY, "%s's option '%s' %s", p->name, o->name, wrong);
        return wrong ? -1 : 0;
    }
    return unknown_option(p, text, named, why);
}

/* Options that lengthen a request may leave none of its size for what tells requests apart. */
static int check_room(const struct exchange *x, char why[EXCHANGE_WHY])
{
    if (!exchange_is_answered(x) || exchange_smallest_size(x) > 0)
        return 0;
    snprintf(why, EXCHANGE_WHY, "with these options a request of %s has no room for its token",
             exchange_protocol(x)->name);
    return -1;
}

/* A comma ends an option wherever it stands, so that no value can hold one. */
int exchange_parse(const char *text, struct exchange *x, char why[EXCHANGE_WHY])
{
    size_t length = strcspn(text, ":");
    const char *at = text + length;

    *x = exchange_echo;
    if (!find_row(text, length, &x->protocol)) {
        x->protocol = 0;
        return unknown_protocol(text, length, why);
    }
    while (*at) {
        length = strcspn(++at, ",");
        if (take_option(x, at, length, why) < 0)
            return -1;
        at += length;
    }
    return check_room(x, why);
}
