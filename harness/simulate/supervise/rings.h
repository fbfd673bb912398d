/* io_uring: what a target submits and what has completed, read from its rings in memory.
 *
 * A receive that waits in the kernel is made when its thread is next in a call of its own: as long
 * as io_uring_enter(2) is held, nothing completes, and what has been sent stays in the socket's
 * queue.  So the moment is ours here, too.  Which receives were made is seen afterwards, by their
 * completions, before anything else that the thread does.
 * Source: io_uring(7), io_uring_enter(2). */
#ifndef EDGEWISE_SUPERVISE_RINGS_H
#define EDGEWISE_SUPERVISE_RINGS_H

#include "simulate/supervise/hold.h"

/* io_uring_setup(2), io_uring_enter(2). */
void rings_set_up(struct hold *hold, struct hold_thread *thread);
void rings_take(struct hold *hold, struct hold_thread *thread);

/* The thread has come back from a call: tells the engine what its process has received since. */
void rings_look(struct hold *hold, struct hold_thread *thread);

/* `fd` is about to be closed. */
void rings_forget(struct hold *hold, const struct hold_process *process, int fd);

#endif
