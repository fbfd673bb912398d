/* The books: each term of a flood's balance from a source of its own, as the difference of two
 * readings. */
#ifndef EDGEWISE_BOOKS_H
#define EDGEWISE_BOOKS_H

#include "flood/config.h"
#include "flood/flow.h"
#include "flood/result.h"

/* What the sources say at one moment, counted since whenever they began; FLOOD_UNKNOWN where a
 * source is silent. */
struct books_reading {
    int64_t way;
    int64_t server_socket;
    int64_t server;
};

void books_read(struct books_reading *reading, const struct flood_config *config);

/* The balance.  `client_socket` from the flows, which must still be open. */
void books_balance(struct flood_books *books, const struct books_reading *before,
                   const struct books_reading *after, const struct flow *flows, uint32_t n_flows,
                   const struct ledger_counts *counts);

/* The part of the machine's time that was stolen between two readings; negative: not told, because
 * the system does not, or because the time between is too few of its ticks to speak of parts. */
struct steal_reading {
    uint64_t stolen;
    uint64_t total;
};
void steal_read(struct steal_reading *reading);
double steal_part(const struct steal_reading *before, const struct steal_reading *after);

#endif
