/* The poller's side of registrations. */
#ifndef EDGEWISE_MIO_REGISTRATION_H
#define EDGEWISE_MIO_REGISTRATION_H

#include "mio/queue.h"
#include "mio/selector.h"

/* -EINVAL for what no back end may be asked: the reserved token, unknown bits, edge with level. */
int mio_check(uintptr_t token, unsigned interest, unsigned options);

/* Takes nodes out and writes their events, as far as there is room.  A level node whose readiness lasts is queued again and
 * seen once in a call.  True if a node was taken. */
bool registration_drain(struct mio_queue *queue, struct mio_batch *batch);

/* Takes all nodes out for the last time, and closes the queue. */
void registration_close(struct mio_queue *queue);

/* The queue behind a poll (poll.c). */
struct mio_queue *mio_poll_queue(struct mio_poll *poll);

#endif
