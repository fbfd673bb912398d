/* FuturesUnordered: many futures in one task, of which a poll touches only those that were
 * notified.
 *
 * A stream: its items are the futures that finished (struct tokio_future *), in the order in which
 * they did; the item is the caller's to drop.  A future that fails is dropped, and its error is the
 * stream's, once.  TOKIO_DONE when no future is left; after another push it goes on. */
#ifndef EDGEWISE_TOKIO_UNORDERED_H
#define EDGEWISE_TOKIO_UNORDERED_H

#include "tokio/tasks.h"

#include <limits.h>

/* futures 0.1.17: none; a child that always notifies itself hangs the poll */
#define TOKIO_BUDGET_2017 0u
/* futures 0.1.31: as many child polls in one call as there are futures */
#define TOKIO_BUDGET_LENGTH UINT_MAX

struct tokio_unordered {
    struct tokio_stream stream;
    struct tokio_tasks tasks;
    /* child polls in one call before it lets others run; TOKIO_BUDGET_LENGTH unless set
     * otherwise */
    unsigned budget;
};

/* -ENOMEM.  fini is safe after a failure. */
int tokio_unordered_init(struct tokio_unordered *set);

/* Drops the futures that have not finished. */
void tokio_unordered_fini(struct tokio_unordered *set);

/* Takes a future; also from inside a poll.  Notifies nobody.  -ENOMEM: not taken. */
int tokio_unordered_push(struct tokio_unordered *set, struct tokio_future *future);

#endif
