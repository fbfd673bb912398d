/* The supervisor of one run, seen from the harness. */
#ifndef EDGEWISE_SUPERVISE_START_H
#define EDGEWISE_SUPERVISE_START_H

#include "simulate/supervise/share.h"

#include <stdbool.h>

struct supervision {
    struct share *share; /* NULL: none runs */
    pid_t pid;
};

/* What a supervisor does until it ends; `context` is in memory that it shares with the caller. */
typedef void (*supervision_life)(void *context, struct share *share);

/* Forks the supervisor, which ends with the caller's thread; before the target is started, whose
 * `prepare` then enters (enter.h) with `share`.  0, or -1 with errno. */
int supervision_start(struct supervision *supervision, supervision_life live, void *context);

/* Has it ended? */
bool supervision_is_over(struct supervision *supervision);

/* The same, after waiting for it at most so long. */
bool supervision_ends(struct supervision *supervision, int limit_ms);

/* Ends it. */
void supervision_stop(struct supervision *supervision);

#endif
