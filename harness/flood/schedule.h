/* When each datagram is due and how large it is: pure arithmetic, fixed before the first is sent.
 *
 * The run's datagrams are numbered 0, 1, 2...; number k belongs to flow k % flows and is sequence k
 * / flows there.  So the schedule is the same however many threads carry it out. */
#ifndef EDGEWISE_SCHEDULE_H
#define EDGEWISE_SCHEDULE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Sizes of datagrams: one of a list in turn, or drawn evenly from a range. */
#define SIZES_MAX 32

struct sizes {
    unsigned count; /* in the list; 0: a range from list[0] to list[1] */
    uint32_t list[SIZES_MAX];
};

/* "64", "64,512,1472" or "64-1472": which of them a protocol's requests have is seen when they are
 * known. */
int sizes_parse(struct sizes *sizes, const char *text, struct error *error);
uint32_t sizes_least(const struct sizes *sizes);
uint32_t sizes_largest(const struct sizes *sizes);
/* Depends on its arguments alone. */
uint32_t sizes_of(const struct sizes *sizes, uint64_t nonce, uint32_t flow, uint64_t sequence);

enum pace {
    PACE_CLOSED, /* as the window allows: the next goes out when an echo came in */
    PACE_OPEN,   /* at fixed times, whatever comes back */
    PACE_UNPACED /* as fast as the kernel takes them, whatever comes back */
};

struct schedule {
    enum pace pace;
    uint64_t rate; /* datagrams a second over all flows, for PACE_OPEN */
    uint32_t flows;
    uint64_t count;   /* datagrams over all flows; UINT64_MAX: until end_ns */
    int64_t start_ns; /* the clock's time of number 0 */
    int64_t end_ns;   /* nothing is due from here on; INT64_MAX: until `count` */
};

/* When sequence `sequence` of `flow` is due.  PACE_OPEN only. */
int64_t schedule_due_ns(const struct schedule *schedule, uint32_t flow, uint64_t sequence);

/* How many datagrams of `flow` are due at `now_ns`: those with a smaller sequence are to be sent by
 * then. */
uint64_t schedule_due(const struct schedule *schedule, uint32_t flow, int64_t now_ns);

/* Are all datagrams of `flow` sent once `sent` were? */
bool schedule_over(const struct schedule *schedule, uint32_t flow, uint64_t sent, int64_t now_ns);

#endif
