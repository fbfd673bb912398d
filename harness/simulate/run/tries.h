/* A run, made again where it may have come out otherwise: a figure that is another one each time is
 * none, and must not be shown as one. */
#ifndef EDGEWISE_SIMULATE_TRIES_H
#define EDGEWISE_SIMULATE_TRIES_H

#include "simulate/run/carrier.h"
#include "simulate/scenario.h"

/* What is known of a target's steadiness; all zero but `target` and the carrier's choice at
 * first. */
struct trust {
    const struct target *target;
    struct carrier carrier;
    unsigned runs; /* made so far */
    bool varies;   /* one of them came out otherwise when it was made again */
};

/* What the tries of a run gave: figures that differ are ENGINE_VARIES, and lie between these. */
struct tried {
    struct sim_result result;
    int64_t least[ENGINE_FIGURES], most[ENGINE_FIGURES];
    char difference[512]; /* what two carriers found otherwise where nothing varies, or "" */
};

/* 0, or -1 with `error`.  Once where nothing in the target can make a difference; twice where it
 * has threads, processes or timers; more often once one has been seen. */
int try_run(struct sim_order *order, struct trust *trust, struct tried *tried, struct error *error);

/* NULL: there is none of this name. */
const int64_t *tried_figure(const struct tried *tried, const char *name);

/* FAIL for a finding: answers out of order where `exchange` has one, to others or of nothing,
 * repeated or missing; what is never read; a socket that is closed; an end or a sleep that nothing
 * was done to deserve; and for carriers that differ.  `reason` is "" when there is none. */
enum verdict tried_verdict(const struct scenario *scenario, const struct exchange *exchange,
                           const struct tried *tried, char *reason, size_t size);

#endif
