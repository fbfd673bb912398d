/* select, poll and epoll: held until something that they wait for has come. */
#ifndef EDGEWISE_SUPERVISE_WAITS_H
#define EDGEWISE_SUPERVISE_WAITS_H

#include "simulate/supervise/hold.h"

/* A call of one of them has come. */
void waits_take(struct hold *hold, struct hold_thread *thread);

#endif
