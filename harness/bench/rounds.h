/* Interleaved rounds: every target once a round, in a shuffled order, each time as a fresh process
 * under the same traffic.
 *
 * CPU per echo is the first figure: the CPU time of the target's process tree divided by the echoes
 * that the client verified. On a shared machine throughput falls to a third when something else
 * runs, CPU per echo by a few per cent. */
#ifndef EDGEWISE_BENCH_ROUNDS_H
#define EDGEWISE_BENCH_ROUNDS_H

#include "base/status.h"
#include "target/target.h"

#include <stdint.h>

struct bench_config {
    unsigned rounds;
    int64_t sample_ns; /* of load for each sample */
    uint32_t size;     /* bytes of a request; 0: the least of each target's protocol */
    uint32_t flows;
    uint32_t window;              /* datagrams under way for each flow */
    uint64_t seed;                /* of the order */
    int client_cpu;               /* the number plus one; 0: not pinned */
    struct target_options target; /* how each target is started; `cpu` pins it */
    /* After each sample; NULL: not. */
    void (*progress)(void *context, unsigned round, const char *target);
    void *context;
};

struct bench_sample {
    bool valid;
    char reason[256]; /* why it is not, after the last try */
    double cpu_ns;    /* of the target's tree for each echo */
    double echoes_per_s;
    double client_cpu_part; /* near 1: the generator is the bound */
    double steal_part;      /* negative: not told */
    unsigned tries;         /* 0: it was never tried */
    uint32_t receive_bytes; /* granted to the client's sockets */
    unsigned run;           /* of several that were joined, from 0 */
};

/* One for each target, in the order of the list. */
struct bench_row {
    const struct target *target;
    struct bench_sample *samples; /* `rounds` of them are filled */
    unsigned rounds;
};

/* Runs the rounds; `rows` has list->count elements.  0, also when interrupted (rows then hold fewer
 * rounds, all of them whole); -1 when a target could not be run.  bench_rows_fini() is due after
 * both. */
int bench_run(const struct bench_config *config, const struct target_list *list,
              struct bench_row *rows, struct error *error);
void bench_rows_fini(struct bench_row *rows, size_t count);

/* The paired ratios of CPU per echo, row / base, of the rounds that are valid in both; writes at
 * most row->rounds values and returns their number. */
unsigned bench_ratios(const struct bench_row *row, const struct bench_row *base, double *ratios);

#endif
