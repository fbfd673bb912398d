/* How `edgewise bench` tells the floor, and each row as a multiple of it. */
#ifndef EDGEWISE_CLI_BENCH_FLOOR_H
#define EDGEWISE_CLI_BENCH_FLOOR_H

#include "cli/bench_found.h"
#include "cli/cli.h"

/* What the rows are held against; 0: it was not measured. */
struct bench_measure {
    double floor_ns; /* of an echo (bench/floor.h, floor_sum()) */
    double path_ns;  /* of a datagram through the kernel */
};

/* Fills "floor" of cli->result and shows its parts: of each the median of the rounds, in `room`,
 * which has an element for each. */
struct bench_measure bench_floor_report(struct cli *cli, const struct bench_found *found,
                                        double *room);

#endif
