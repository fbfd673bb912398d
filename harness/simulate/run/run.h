/* One scenario run on one target: started on a carrier, left to it, and read off the shared
 * page. */
#ifndef EDGEWISE_SIMULATE_RUN_H
#define EDGEWISE_SIMULATE_RUN_H

#include "simulate/run/order.h"

/* 0 with `result` filled, or -1 with `error`: it could not be tried, or was interrupted.  Nothing
 * of the target is left. */
int sim_run(const struct sim_order *order, struct sim_result *result, struct error *error);

#endif
