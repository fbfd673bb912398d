/* What there is to be told of a bench. */
#ifndef EDGEWISE_CLI_BENCH_FOUND_H
#define EDGEWISE_CLI_BENCH_FOUND_H

#include "bench/goals.h"
#include "bench/rounds.h"

/* What bench_run() left. */
struct bench_found {
    const struct bench_row *rows; /* `count`, and one more: the baseline's twin */
    size_t count;
    size_t base;     /* the baseline's row */
    unsigned rounds; /* no row has more */
    bool trains;     /* the generator sent and received them */
    /* as many as rounds; those of rounds that were not run are not filled */
    const struct bench_floor *floors;
    const struct bench_goals *goals;
};

#endif
