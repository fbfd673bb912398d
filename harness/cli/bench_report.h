/* How `edgewise bench` tells what it found: the ranking, and each ratio with its interval. */
#ifndef EDGEWISE_CLI_BENCH_REPORT_H
#define EDGEWISE_CLI_BENCH_REPORT_H

#include "cli/bench_found.h"
#include "cli/cli.h"

/* Fills "floor", "ranking", "noise_floor" and "comparisons" of cli->result.  -1 with cli->error
 * filled: there is no memory. */
int bench_report(struct cli *cli, const struct bench_found *found);

#endif
