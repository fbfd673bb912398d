/* Named traffics: what is usually asked of a comparison, each a row. */
#ifndef EDGEWISE_BENCH_TRAFFIC_H
#define EDGEWISE_BENCH_TRAFFIC_H

#include "bench/rounds.h"

struct bench_traffic {
    const char *name;
    const char *summary; /* one line */
    /* Members of the configuration; what is 0 is left to the command line and the defaults. */
    struct sizes sizes;
    uint32_t flows;
    uint32_t window;
    uint32_t sockets; /* that the target serves */
    uint32_t active;  /* those of them that get traffic */
    enum flood_batch batch;
};

extern const struct bench_traffic bench_traffics[];
extern const size_t bench_traffic_count;

/* NULL: none is called so. */
const struct bench_traffic *bench_traffic_named(const char *name);

/* Fills in what `config` leaves open, first from `traffic` (NULL: none), then with the defaults but
 * for the sizes, which are each protocol's own. */
void bench_traffic_settle(struct bench_config *config, const struct bench_traffic *traffic);

#endif
