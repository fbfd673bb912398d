/* Faults in a target's calls: the supervisor's side, and what it tells.
 *
 * struct faults lies in memory that the harness shares with the supervisor: the harness writes the
 * order before the target starts and reads the rest at any time. */
#ifndef EDGEWISE_TORTURE_FAULTS_H
#define EDGEWISE_TORTURE_FAULTS_H

#include "simulate/supervise/start.h"
#include "torture/table.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A lasting fault is over after so many. */
#define FAULTS_LASTING 1000

struct faults {
    /* The order. */
    int number;     /* of the call; -1: none fails */
    int error;      /* what it fails with */
    uint64_t first; /* which of its calls, from 1 */
    bool lasting;   /* and those after it */
    bool from_bind; /* calls count from the first bind() on, else from the program's first */
    /* What happened. */
    atomic_bool counting, lifted; /* `lifted` is set by the harness: no more of them */
    atomic_ullong calls;          /* that were seen, of all kinds */
    atomic_ullong looks;          /* in vain, of the supervisor's for a call that waits */
    atomic_ullong given;          /* faults */
    atomic_ullong kept;           /* descriptors that its close() would have freed */
    atomic_ullong row;            /* the most of them in a row, with no other call between */
    atomic_ullong counts[TORTURE_CALLS_MAX]; /* by the order of torture_numbers() */
};

/* supervision_life: holds the target's calls until nobody is left. */
void faults_live(void *faults, struct share *share);

/* `prepare` of struct target_options, with the supervision's share. */
int faults_enter(void *share);

#endif
