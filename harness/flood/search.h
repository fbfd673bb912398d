/* The search for the highest rate without loss: bracket it, bisect on the rate that was achieved,
 * confirm with a longer run.
 *
 * The engine knows nothing of sockets: it asks for trials.  A trial that the generator could not
 * keep up with ends the bracket from above as a loss does, and then the generator is the bound, not
 * the target. */
#ifndef EDGEWISE_SEARCH_H
#define EDGEWISE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#define SEARCH_TRIALS_MAX 40u

enum search_outcome {
    SEARCH_CLEAN, /* all that was sent came back, on schedule */
    SEARCH_LOSS,
    SEARCH_BEHIND, /* the generator did not keep up, or the machine spoiled the trial */
    SEARCH_ENDED   /* interrupted: no further trial */
};

struct search_trial {
    uint64_t asked; /* datagrams a second */
    bool longer;    /* a confirmation */
    uint64_t achieved;
    enum search_outcome outcome;
};

/* Tries trial->asked and fills the rest; 0, or -1 to give up. */
typedef int (*search_try)(void *context, struct search_trial *trial);

struct search_result {
    uint64_t rate;        /* the highest that was achieved and confirmed without loss; 0: none */
    bool generator_bound; /* what lies above failed for the generator's sake */
    bool settled;         /* false: interrupted, or out of trials */
    unsigned count;
    struct search_trial trials[SEARCH_TRIALS_MAX];
};

/* Begins at `first` datagrams a second.  -1 when a trial gave up. */
int search_run(uint64_t first, search_try try, void *context, struct search_result *result);

#endif
