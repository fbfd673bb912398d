/* What is asked of a server, and what counts as its answer: one row for each protocol that edgewise
 * speaks.
 *
 * In every request-and-answer protocol an answer carries back a token of its request.  What the
 * harness knows of an echo (which datagram, from whom, in which order, whole, once) it knows of an
 * answer by that token: a protocol is a codec between tokens and datagrams, and nothing else.
 * `echo` is the first of them, whose token is the datagram itself.
 *
 * A wide token has room for the ledger's header (payload.h), which travels inside it.  A narrow one
 * has not: then the harness keeps the header, and the token is its key (asker.h).
 *
 * Pure libc, without allocation, printing or system calls: the library that is preloaded into
 * targets links it, too.  All functions may be called by any thread. */
#ifndef EDGEWISE_EXCHANGE_PROTOCOL_H
#define EDGEWISE_EXCHANGE_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A protocol and how it is spoken.  Without pointers, since it lies in memory that processes share;
 * all zeros are an echo. */
#define EXCHANGE_OPTIONS_BYTES 264
struct exchange {
    uint32_t protocol; /* row of the table */
    _Alignas(8) uint8_t options[EXCHANGE_OPTIONS_BYTES];
};

enum exchange_flags {
    EXCHANGE_ORDERED = 1,     /* answers come in the order of their requests */
    EXCHANGE_VARIES_SIZE = 2, /* requests of several sizes can be made */
    EXCHANGE_CACHES = 4,      /* who serves it may remember each token */
    EXCHANGE_ANY_BYTES = 8,   /* a token may be any bytes of any length: an echo alone */
};

enum exchange_kind {
    EXCHANGE_ANSWER,
    EXCHANGE_REFUSED,   /* an answer that says no; its token may be missing */
    EXCHANGE_FOREIGN,   /* an answer of this protocol, to nothing that we ask */
    EXCHANGE_NO_ANSWER, /* none of this protocol */
};

#define EXCHANGE_TOKEN_ROOM 256
/* What a datagram turned out to be. */
struct exchange_answer {
    enum exchange_kind kind;
    /* in `room` or in the datagram; valid as long as both */
    const uint8_t *token;
    size_t length; /* of the token; 0: it names none */
    /* static: what the refusal is called ("REFUSED"), or what is wrong with it; with an ANSWER
     * NULL */
    const char *name;
    uint8_t room[EXCHANGE_TOKEN_ROOM];
};

struct protocol_option {
    const char *name;  /* "zone" */
    const char *value; /* what explain calls its value, "NAME"; NULL: it takes none */
    const char *help;  /* one line, with the default */
    /* Takes it; NULL, or what it must be.  `value` is "" where none was given. */
    const char *(*take)(uint8_t *options, const char *value);
};

struct protocol {
    const char *name;    /* "dns" */
    const char *summary; /* one line */
    /* the request, what is its answer, what is a refusal, what must be off in the server */
    const char *details;
    const char *source; /* "RFC 1035, section 4.1" */
    /* the settings of servers that limit how often they answer, "NSD's rrl-ratelimit, ..."; they
     * must be off.  NULL: none is known */
    const char *limits;
    const char *tried;   /* against which unmodified servers, or else against what */
    unsigned token_bits; /* bits that a request can carry, at most; 0: nothing comes back */
    /* bytes of a request that can be asked for; with options that lengthen it the least may be
     * more */
    size_t smallest, largest;
    size_t answer_room; /* no answer is longer; 0: none is longer than its request */
    unsigned flags;     /* enum exchange_flags */
    const struct protocol_option *options; /* an empty row ends them; NULL: none */
    /* The bytes of token in a request of at most `size` bytes; 0 when there is none so small.
     * NULL: always token_bits / 8, in requests that all have one size. */
    size_t (*token_bytes)(const struct exchange *exchange, size_t size);
    /* Writes the request that carries `token` (n bytes, at least 1 but for an echo and where
     * nothing comes back) to `out`, which for an echo may be where the token lies.  Its length, or
     * 0 when the token or the room does not do (an empty echo has none either). */
    size_t (*request)(const struct exchange *exchange, uint8_t *out, size_t room,
                      const uint8_t *token, size_t n);
    void (*answer)(const struct exchange *exchange, const uint8_t *in, size_t length,
                   struct exchange_answer *answer);
    /* What a right server answers to `in`, a request as whoever forwards it has made it, to `out`.
     * Its length, or 0 when that is no request or the room does not do.  NULL: requests of this
     * protocol are not forwarded (target/upstream.h). */
    size_t (*respond)(const struct exchange *exchange, uint8_t *out, size_t room, const uint8_t *in,
                      size_t length);
};

/* The table. */
extern const struct protocol *const protocols[];
extern const size_t protocol_count;
/* The one that others ask for by name: what is spoken unless something else is said. */
extern const struct protocol protocol_echo;

extern const struct exchange exchange_echo;

const struct protocol *exchange_protocol(const struct exchange *exchange);
bool exchange_has(const struct exchange *exchange, unsigned flag);

/* The longest token in a request of at most `size` bytes; 0 when there is none so small. */
size_t exchange_token_bytes(const struct exchange *exchange, size_t size);
/* The bytes of the least request that carries a token of `n` bytes; 0 when none does. */
size_t exchange_least_size(const struct exchange *exchange, size_t n);
/* The bytes of the least that carries the ledger's header (payload.h), or what stands for it where
 * a token is narrow; 0 when the options leave no room for it. */
size_t exchange_smallest_size(const struct exchange *exchange);
/* The bytes of the largest request. */
size_t exchange_largest_size(const struct exchange *exchange);
/* Does anything come back?  Else requests carry no token. */
bool exchange_is_answered(const struct exchange *exchange);

/* Reads "dns" or "dns:zone=e.,rd".  0, or -1 with what is wrong in `why`. */
#define EXCHANGE_WHY 256
int exchange_parse(const char *text, struct exchange *exchange, char why[EXCHANGE_WHY]);

#endif
