/* io_uring: what a target submits and what has completed, read from its rings in memory.
 *
 * A receive that waits in the kernel is made when its thread is next in a call of its own: as long
 * as io_uring_enter(2) is held, nothing completes, and what has been sent stays in the socket's
 * queue.  So the moment is ours here, too.  Which receives of one datagram each were made is seen
 * afterwards, by their completions, before anything else that the thread does; those that go on
 * (multishot) are foreseen (foresee.h).
 * Source: io_uring(7), io_uring_enter(2). */
#ifndef EDGEWISE_SUPERVISE_OPERATIONS_H
#define EDGEWISE_SUPERVISE_OPERATIONS_H

#include "simulate/supervise/hold.h"

/* io_uring_enter(2). */
void operations_take(struct hold *hold, struct hold_thread *thread);

/* The thread has come back from a call: tells the engine what its process has received since. */
void operations_look(struct hold *hold, struct hold_thread *thread);

#endif
