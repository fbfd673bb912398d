/* What there is to be told of a bench. */
#ifndef EDGEWISE_CLI_BENCH_FOUND_H
#define EDGEWISE_CLI_BENCH_FOUND_H

#include "bench/goals.h"
#include "bench/rounds.h"

/* What bench_run() left, or several of them that were joined. */
struct bench_found {
    const struct bench_row *rows;
    size_t count;
    size_t base;                  /* the baseline's row */
    const struct bench_row *twin; /* the baseline again; NULL: `noise` is what it came to */
    double noise;
    unsigned rounds; /* no row has more */
    bool joined;     /* samples say of which run they are */
    bool trains;     /* the generator sent and received them */
    /* as many as rounds, those of rounds that were not run are not filled; NULL: of joined ones the
     * floor is not told */
    const struct bench_floor *floors;
    const struct bench_goals *goals;
};

#endif
