/* How `edgewise bench` tells what it found: the ranking, and each ratio with its interval. */
#ifndef EDGEWISE_CLI_BENCH_REPORT_H
#define EDGEWISE_CLI_BENCH_REPORT_H

#include "bench/goals.h"
#include "bench/rounds.h"
#include "cli/cli.h"

/* What bench_run() left. */
struct bench_found {
    const struct bench_row *rows; /* `count`, and one more: the baseline's twin */
    size_t count;
    size_t base;     /* the baseline's row */
    unsigned rounds; /* no row has more */
    const struct bench_goals *goals;
};

/* Fills "ranking", "noise_floor" and "comparisons" of cli->result.  -1 with cli->error filled:
 * there is no memory. */
int bench_report(struct cli *cli, const struct bench_found *found);

#endif
