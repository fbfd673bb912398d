/* The supervisor's loop. */
#ifndef EDGEWISE_SUPERVISE_LOOP_H
#define EDGEWISE_SUPERVISE_LOOP_H

#include "simulate/supervise/hold.h"

/* The supervisor's whole life, in a process of its own: takes what `share` holds, serves the
 * target's calls until the scenario is over or the target gone, ends it. */
void loop_run(struct sim_page *page, struct share *share);

#endif
