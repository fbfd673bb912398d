/* The ledger of one flow: which of its datagrams came back, and how.  A bitmap knows each sequence
 * number, so that lost, duplicate and reordered are told apart however much there is of each.  One
 * thread at a time. */
#ifndef EDGEWISE_LEDGER_H
#define EDGEWISE_LEDGER_H

#include "exchange/asker.h"
#include "exchange/payload.h"

#include <stdbool.h>
#include <stdint.h>

/* Answers that said no, by the name that the protocol has for it. */
#define LEDGER_REFUSALS 16
struct ledger_refusal {
    const char *name; /* static */
    uint64_t count;
};

/* Datagrams, each in one count only; late and reordered ones are among the echoed. */
struct ledger_counts {
    uint64_t sent;
    uint64_t echoed;                     /* distinct, intact, on the flow that sent them */
    uint64_t refused;                    /* answered by a refusal; not echoed */
    uint64_t duplicate;                  /* echoed or refused before */
    uint64_t reordered;                  /* came after one that was sent later */
    uint64_t reorder_extent;             /* most places by which one came too late */
    uint64_t corrupt;                    /* of this run, but not the bytes that were sent */
    uint64_t truncated;                  /* of this run, but shorter than sent */
    uint64_t foreign;                    /* not of this run, or never sent */
    uint64_t misdirected;                /* intact, but another flow's */
    uint64_t late;                       /* took longer than a lost one is waited for */
    uint64_t sent_bytes, received_bytes; /* of datagrams; of all that came back, whatever it was */
    /* the refused ones once more; the last name stands for all that found no room */
    struct ledger_refusal refusals[LEDGER_REFUSALS];
    const char *strange; /* static: what was wrong with a foreign one; NULL: nothing is known */
};

struct ledger {
    struct asker asker; /* makes the requests whose answers are entered here */
    uint64_t nonce;
    uint32_t flow;
    struct ledger_counts counts;
    uint64_t next;     /* one past the highest sequence that came back */
    uint64_t *bits;    /* those that came back */
    uint64_t capacity; /* bits */
};

/* `exchange`, what is spoken, must live as long. */
void ledger_init(struct ledger *ledger, const struct exchange *exchange, uint64_t nonce,
                 uint32_t flow);
void ledger_fini(struct ledger *ledger);

/* Makes room for sequences below `end`; -1 without memory.  Before they are sent: nothing is
 * allocated later. */
int ledger_reserve(struct ledger *ledger, uint64_t end);

/* `count` more were sent, `bytes` all together: the sequences that follow those before. */
void ledger_sent(struct ledger *ledger, uint64_t count, uint64_t bytes);

/* Those of `sent` that were answered, one way or the other. */
uint64_t ledger_answered(const struct ledger_counts *counts);

/* Enters what came back.  Gives true and fills `payload` when it is a new echo, whose times are
 * worth something. */
bool ledger_received(struct ledger *ledger, const uint8_t *bytes, size_t length,
                     struct payload *payload);

/* Adds up; for the extent, takes the larger. */
void ledger_counts_add(struct ledger_counts *into, const struct ledger_counts *from);

#endif
