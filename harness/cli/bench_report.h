/* How `edgewise bench` tells what it found: the ranking, and each ratio with its interval. */
#ifndef EDGEWISE_CLI_BENCH_REPORT_H
#define EDGEWISE_CLI_BENCH_REPORT_H

#include "bench/goals.h"
#include "bench/rounds.h"
#include "cli/cli.h"

/* What bench_run() left, or several of them that were joined. */
struct bench_found {
    const struct bench_row *rows;
    size_t count;
    size_t base;                  /* the baseline's row */
    const struct bench_row *twin; /* the baseline again; NULL: `floor` is what it came to */
    double floor;
    unsigned rounds; /* no row has more */
    bool joined;     /* samples say of which run they are */
    const struct bench_goals *goals;
};

/* Reads what ratios are to be at most: from `path`, or with NULL what came with the program, and
 * that there is none is only said.  0, or -1 with cli->error filled; bench_goals_fini() is safe
 * after both. */
int bench_report_goals(struct cli *cli, const char *path, struct bench_goals *goals);

/* Fills "ranking", "noise_floor" and "comparisons" of cli->result.  -1 with cli->error filled:
 * there is no memory. */
int bench_report(struct cli *cli, const struct bench_found *found);

#endif
