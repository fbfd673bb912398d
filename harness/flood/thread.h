/* What a worker's thread does, from its first send to the last answer. */
#ifndef EDGEWISE_FLOOD_THREAD_H
#define EDGEWISE_FLOOD_THREAD_H

#include "flood/worker.h"

/* Sends and receives until all is sent and what can come has come, or it is interrupted.  What it
 * found is in the worker; worker->error says what made going on pointless.  On the worker's own
 * thread, which it pins. */
void thread_flood(struct worker *worker);

#endif
