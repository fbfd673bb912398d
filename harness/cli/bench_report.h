/* How `edgewise bench` tells what it found: the ranking, and each ratio with its interval. */
#ifndef EDGEWISE_CLI_BENCH_REPORT_H
#define EDGEWISE_CLI_BENCH_REPORT_H

#include "cli/bench_found.h"
#include "cli/cli.h"

/* Reads what ratios are to be at most: from `path`, or with NULL what came with the program, and
 * that there is none is only said.  0, or -1 with cli->error filled; bench_goals_fini() is safe
 * after both. */
int bench_report_goals(struct cli *cli, const char *path, struct bench_goals *goals);

/* Fills "floor", "ranking", "noise_floor" and "comparisons" of cli->result.  -1 with cli->error
 * filled: there is no memory. */
int bench_report(struct cli *cli, const struct bench_found *found);

#endif
