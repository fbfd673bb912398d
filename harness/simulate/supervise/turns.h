/* Who goes on: of several threads one at a time, and the scenario when all of them wait. */
#ifndef EDGEWISE_SUPERVISE_TURNS_H
#define EDGEWISE_SUPERVISE_TURNS_H

#include "simulate/supervise/hold.h"

/* Lets go on who is ready, gives a turn, or steps; false: there is nothing to be done yet. */
bool turns_progress(struct hold *hold);

#endif
