/* Receives, in all their forms: foreseen by a look at the head of the queue, and then let go on. */
#ifndef EDGEWISE_SUPERVISE_RECEIVES_H
#define EDGEWISE_SUPERVISE_RECEIVES_H

#include "simulate/supervise/hold.h"

/* A call of one of them has come. */
void receives_take(struct hold *hold, struct hold_thread *thread);

#endif
