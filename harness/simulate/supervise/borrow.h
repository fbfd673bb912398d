/* Copies of the target's descriptors, pidfd_getfd(2): for looking only.
 *
 * A copy is the same open file, so that poll(2) on it says what the target would be told and takes
 * nothing away.  But a file that is still open somewhere stays on every epoll that watches it, so
 * none is kept beyond the call that it was made for, except those of sockets.c. */
#ifndef EDGEWISE_SUPERVISE_BORROW_H
#define EDGEWISE_SUPERVISE_BORROW_H

#include "simulate/supervise/hold.h"

/* A copy of a descriptor of the process; -1 with errno. */
int borrow_one(const struct hold_process *process, int fd);

/* Copies of what the thread waits for, made if there are none; false: one is no descriptor. */
bool borrow_all(struct hold_thread *thread);
void borrow_drop(struct hold_thread *thread);

#endif
