/* One run while it is made. */
#ifndef EDGEWISE_SIMULATE_SIMULATION_H
#define EDGEWISE_SIMULATE_SIMULATION_H

#include "simulate/page.h"
#include "simulate/run/beside.h"
#include "simulate/run/order.h"
#include "simulate/supervise/start.h"
#include "target/run.h"

/* The order is the caller's; all else is this run's own, and gone when sim_run() returns. */
struct simulation {
    const struct sim_order *order;
    struct target_options options;
    struct target_run *run;
    struct sim_page *page;
    int page_fd;
    struct ew_page *counters; /* where the target counts; NULL: not asked for */
    size_t counters_size;
    int counters_fd;
    unsigned port;
    struct beside_ends beside;
    char beside_told[64];           /* "NAME=value" for the target; "": nothing */
    struct supervision supervision; /* where that is the carrier */
};

/* Waits until it is decided what comes of it: 0 with `result` filled, or -1 with `error`: it could
 * not be tried, or was interrupted. */
int simulation_await(struct simulation *simulation, struct sim_result *result, struct error *error);

#endif
