/* The scenario's next step. */
#ifndef EDGEWISE_SUPERVISE_ADVANCE_H
#define EDGEWISE_SUPERVISE_ADVANCE_H

#include "simulate/supervise/hold.h"

/* All is quiet: the scenario goes on, and ends the run when it has no more to do. */
void advance_scenario(struct hold *hold);

#endif
