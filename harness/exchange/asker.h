/* Asks with tokens of any length: wide ones travel inside the request; for narrow ones a table
 * keeps what was asked, and the request carries its key.
 *
 * A key is given out again only when all others were, and never while its request is unanswered,
 * unless that was forgotten: so an answer that comes late, after the keys have wrapped round, is
 * nobody's.  One thread at a time. */
#ifndef EDGEWISE_EXCHANGE_ASKER_H
#define EDGEWISE_EXCHANGE_ASKER_H

#include "exchange/protocol.h"

/* What the table keeps of a token that the request itself cannot carry: room for the ledger's
 * header, and for what cases ask. */
#define ASKER_KEPT 64u

struct asker_slot;

struct asker {
    const struct exchange *exchange; /* the caller's */
    uint64_t start;                  /* added to keys: another asker's are others */
    uint64_t next;                   /* keys given out */
    uint64_t forgotten;              /* those below this one may be given out again */
    struct asker_slot *slots;        /* `room` of them, a power of two, by key */
    size_t room;
};

/* `seed` sets narrow tokens of different askers apart as far as their bits go. */
void asker_init(struct asker *asker, const struct exchange *exchange, uint64_t seed);
void asker_fini(struct asker *asker);

/* How long a token to give for a request of at most `size` bytes: what it carries, or, where it is
 * kept here, `kept` bytes. */
size_t asker_token_bytes(const struct asker *asker, size_t size, size_t kept);

/* Writes the request for `n` bytes of token to `out` (where they may lie, for an echo).  Its
 * length; 0 when no request carries them: too long, no room, no memory, or every key under way. */
size_t asker_request(struct asker *asker, uint8_t *out, size_t room, const uint8_t *token,
                     size_t n);

/* The last `count` requests were not sent after all. */
void asker_unask(struct asker *asker, unsigned count);

/* What a datagram is; the token is what asker_request() was given, valid until the next call. */
void asker_answer(struct asker *asker, const uint8_t *in, size_t length,
                  struct exchange_answer *answer);

/* All that was asked until now and is not answered yet was lost. */
void asker_forget(struct asker *asker);

#endif
