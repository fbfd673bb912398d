/* All cells of a target: which they are, and in which order. */
#ifndef EDGEWISE_TORTURE_SWEEP_H
#define EDGEWISE_TORTURE_SWEEP_H

#include "torture/cell.h"

struct torture_settings {
    const struct target_options *options;
    double timeout_scale;
    bool full; /* every k until none fails, once and lastingly; else 1, 2, 3 and the last, once */
    int64_t until_ns; /* clock_now_ns(): no cell begins after it; 0: no limit */
    /* Is this row wanted? */
    bool (*wants)(void *context, const struct torture_row *row);
    /* Has this cell been run before?  Then its outcome is filled. */
    bool (*knows)(void *context, const struct target *target, struct torture_cell *cell);
    /* Each cell that was run or known, and those that no time was left for. */
    void (*done)(void *context, const struct target *target, const struct torture_cell *cell);
    void *context;
};

/* Why this target cannot be tried here, known before it is started; NULL: it may be. */
const char *torture_refuses(const struct target *target);

/* 0, or -1 with `error`: the target cannot be started without a fault, or interrupted. */
int torture_sweep(const struct target *target, const struct torture_settings *settings,
                  struct error *error);

#endif
