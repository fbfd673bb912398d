/* One cell: the target is started under the supervisor, one call of it fails, and it is looked at
 * what becomes of that. */
#ifndef EDGEWISE_TORTURE_CELL_H
#define EDGEWISE_TORTURE_CELL_H

#include "target/target.h"
#include "torture/faults.h"

enum torture_outcome {
    TORTURE_NOT_REACHED,  /* there was no such call */
    TORTURE_SERVED,       /* it serves again, and nothing is left of it */
    TORTURE_ENDED,        /* it ended by itself, said why, and its status says so, too */
    TORTURE_NOT_FINISHED, /* no time was left, or it got no processor to start with */
    /* findings, from here on */
    TORTURE_SILENT, /* it ended by itself without a word, or with status 0 */
    TORTURE_LEAK,   /* it has more descriptors than without the fault */
    TORTURE_SPIN,
    TORTURE_HANG, /* neither serves nor ends, or does not end when told */
    TORTURE_WRONG_ANSWER,
    TORTURE_CRASH,      /* a signal that nobody sent */
    TORTURE_NO_RESTART, /* and afterwards it cannot be started at the same port */
    TORTURE_OUTCOMES,
};

/* "served", "ended with words", ...; static. */
const char *torture_outcome_name(enum torture_outcome outcome);
/* The outcome of that name, TORTURE_OUTCOMES for none. */
enum torture_outcome torture_outcome_named(const char *name);
bool torture_is_finding(enum torture_outcome outcome);

struct torture_cell {
    const struct torture_row *row; /* NULL: nothing fails */
    uint64_t nth;
    bool lasting;
    enum torture_outcome outcome;
    char detail[400];
};

/* What all cells of a target share.  `counts` and `descriptors` come from a run without faults. */
struct torture_subject {
    const struct target *target;
    struct target_options options; /* its port is the one that all cells have */
    struct faults *faults;         /* shared memory */
    double timeout_scale;
    int64_t descriptors;
    uint64_t counts[TORTURE_CALLS_MAX];
};

/* Runs it and, if anything failed, starts the target once more without.  0 with its outcome, or -1
 * with `error`: interrupted, or the machine does not allow it.  The cell without a row fills
 * `counts` and `descriptors`.  Forks: not once the caller has threads. */
int torture_cell_run(struct torture_subject *subject, struct torture_cell *cell,
                     struct error *error);

#endif
