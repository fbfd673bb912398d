/* Every call that is held, by its number. */
#ifndef EDGEWISE_SUPERVISE_CALLS_H
#define EDGEWISE_SUPERVISE_CALLS_H

#include "simulate/supervise/hold.h"

void calls_take(struct hold *hold, struct hold_thread *thread);

#endif
