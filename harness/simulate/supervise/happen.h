/* What happens beside datagrams (scenarios/beside.c): a timer is due, a signal comes, a descriptor
 * becomes readable.
 *
 * The kernel has shown it before anything of the target goes on: what it is about to do then, a
 * receive of the flood, is the first thing that it does with that being so. */
#ifndef EDGEWISE_SUPERVISE_HAPPEN_H
#define EDGEWISE_SUPERVISE_HAPPEN_H

#include "simulate/supervise/hold.h"

/* Takes over what it needs of the process that is to become the target; false, with errno: it
 * cannot be had. */
bool happen_begin(struct hold *hold);

/* Now.  Whatever goes wrong ends the run, for without it no figure would be right. */
void happen_now(struct hold *hold);

/* Has a signal been raised that ends the thread's wait, during which it blocks those of `mask`? */
bool happen_ends_wait(const struct hold *hold, const struct hold_thread *thread, uint64_t mask);

#endif
