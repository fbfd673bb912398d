/* The search for the highest rate without loss, as MLRsearch (RFC 9971) names and stops it: one
 * search goal, whose loss ratio and exceed ratio are 0.
 *
 * Short trials bracket the rate and bisect it; full-length ones then decide.  One trial with loss,
 * however short, makes its load an upper bound; a lower bound takes a full-length one without.  The
 * search ends when the greatest lower bound is nearer to the least upper bound than the goal width.
 *
 * The engine knows nothing of sockets: it asks for trials.  A load that the generator could not
 * offer is an upper bound as one with loss is, and then the generator is the bound, not the
 * target. */
#ifndef EDGEWISE_SEARCH_H
#define EDGEWISE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#define SEARCH_TRIALS_MAX 40u
/* The goal width, relative to the upper bound. */
#define SEARCH_WIDTH_PERCENT 2u

enum search_outcome {
    SEARCH_CLEAN, /* all that was sent came back, on schedule */
    SEARCH_LOSS,
    SEARCH_BEHIND, /* the generator did not keep up, or the machine spoiled the trial */
    SEARCH_ENDED   /* interrupted: no further trial */
};

struct search_trial {
    uint64_t asked;   /* the load, in datagrams a second */
    bool full_length; /* takes the goal's final trial duration */
    uint64_t achieved;
    enum search_outcome outcome;
};

/* Tries trial->asked and fills the rest; 0, or -1 to give up. */
typedef int (*search_try)(void *context, struct search_trial *trial);

struct search_result {
    uint64_t lower, upper; /* the relevant bounds, loads; 0: none */
    uint64_t rate;         /* achieved at the lower one, the conditional throughput; 0: none */
    bool generator_bound;  /* the upper bound is one for the generator's sake */
    bool settled;          /* false: interrupted, or out of trials */
    unsigned count;
    struct search_trial trials[SEARCH_TRIALS_MAX];
};

/* Begins at `first` datagrams a second.  -1 when a trial gave up.  Settled with both bounds it is
 * what the RFC calls a regular goal result. */
int search_run(uint64_t first, search_try try, void *context, struct search_result *result);

#endif
