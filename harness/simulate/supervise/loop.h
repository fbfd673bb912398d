/* The supervisor's loop. */
#ifndef EDGEWISE_SUPERVISE_LOOP_H
#define EDGEWISE_SUPERVISE_LOOP_H

#include "simulate/supervise/hold.h"

/* The supervisor's whole life, in a process of its own: takes what `share` holds, serves the
 * target's calls until the scenario is over or the target gone, ends it.  `page` is a struct
 * sim_page. */
void loop_run(void *page, struct share *share);

#endif
