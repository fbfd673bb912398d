/* A descriptor by which nothing can be sent, as that of a socket whose buffer is full.
 *
 * Where a call makes several sends, and only the first of them may pass, one that follows is made
 * by this one: the kernel refuses it with EAGAIN, as it would on the socket itself. */
#ifndef EDGEWISE_SUPERVISE_REFUSE_H
#define EDGEWISE_SUPERVISE_REFUSE_H

#include "simulate/supervise/hold.h"

/* Its number in the thread's process, which has it from the first call on; -1: none can be made. */
int refuse_descriptor(struct hold *hold, struct hold_thread *thread);

#endif
