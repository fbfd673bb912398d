/* Interleaved rounds: every target once a round, in a shuffled order, each time as a fresh process
 * under the same traffic.
 *
 * CPU per echo is the first figure: the CPU time of the target's process tree divided by the echoes
 * that the client verified. On a shared machine throughput falls to a third when something else
 * runs, CPU per echo by a few per cent. */
#ifndef EDGEWISE_BENCH_ROUNDS_H
#define EDGEWISE_BENCH_ROUNDS_H

#include "base/status.h"
#include "bench/floor.h"
#include "flood/flood.h"
#include "target/target.h"

#include <stdint.h>

/* A target's highest rate without loss, in datagrams a second. */
struct bench_highest {
    const struct target *target;
    uint64_t rate;
};

struct bench_config {
    unsigned rounds;    /* at most */
    unsigned least;     /* of them; then they go on until bench_is_narrow(); 0: all are run */
    uint32_t until;     /* per cent: the widest that the interval of a ratio may be then */
    size_t base;        /* the row that the ratios are to */
    int64_t sample_ns;  /* of load for each sample */
    struct sizes sizes; /* of requests; none: the least of each target's protocol */
    uint32_t active;    /* ports that get traffic, the first ones; no more than a target has */
    uint32_t flows;     /* spread over these */
    uint32_t window;    /* datagrams under way for each flow */
    enum flood_batch batch;
    /* An open loop at so many per cent of each target's highest rate; 0: a closed loop. */
    uint32_t percent;
    const struct bench_highest *highest; /* of each target */
    size_t n_highest;
    uint64_t seed;                /* of the order */
    int client_cpu;               /* the number plus one; 0: not pinned */
    struct target_options target; /* how each target is started; `cpu` pins it */
    /* After each sample; NULL: not. */
    void (*progress)(void *context, unsigned round, const char *target);
    void *context;
};

/* Of latency. */
#define BENCH_PERCENTILES 4
extern const double bench_percentiles[BENCH_PERCENTILES];

/* As results call it, such as "p99.9"; 16 bytes are enough. */
void bench_percentile_name(size_t i, char *name, size_t size);

struct bench_sample {
    bool valid;
    char reason[256]; /* why it is not, after the last try */
    double cpu_ns;    /* of the target's tree for each echo */
    double echoes_per_s;
    double client_cpu_part;                /* near 1: the generator is the bound */
    double steal_part;                     /* negative: not told */
    unsigned tries;                        /* 0: it was never tried */
    uint32_t receive_bytes;                /* granted to the client's sockets */
    uint32_t window;                       /* that fitted the sockets' buffers */
    uint32_t under_way;                    /* over all flows at most */
    int64_t latency_ns[BENCH_PERCENTILES]; /* from when each was to be sent */
    struct flood_trains trains;
    struct flood_served served; /* the sample's own */
    unsigned run;               /* of several that were joined, from 0 */
    const void *as_read;        /* NULL, or the JSON of a file that it is from */
};

/* One for each target, in the order of the list. */
struct bench_row {
    const struct target *target;
    struct bench_sample *samples; /* `room` of them, of which `rounds` are of whole rounds */
    unsigned rounds, room;
};

/* The floor, as it was measured before each round. */
struct bench_floor {
    struct floor_figure figures[FLOOR_PARTS];
};

/* Runs the rounds; `rows` has list->count elements, `floors` one for each round.  0, also when
 * interrupted (rows then hold fewer rounds, all of them whole); -1 when a target could not be run.
 * bench_rows_fini() is due after both. */
int bench_run(const struct bench_config *config, const struct target_list *list,
              struct bench_row *rows, struct bench_floor *floors, struct error *error);
void bench_rows_fini(struct bench_row *rows, size_t count);

/* Searches for it, with trials as long as a sample; 0, and rate 0 when interrupted, or -1 with
 * `error` filled, also when there is none. */
int bench_find_highest(const struct bench_config *config, const struct target *target,
                       struct bench_highest *highest, struct error *error);

/* Is no interval of a row's ratio to the base wider than `until`?  Not without memory. */
bool bench_is_narrow(const struct bench_config *config, const struct bench_row *rows, size_t count);

/* The paired ratios of CPU per echo, row / base, of the rounds that are valid in both; writes at
 * most row->rounds values and returns their number. */
unsigned bench_ratios(const struct bench_row *row, const struct bench_row *base, double *ratios);

#endif
