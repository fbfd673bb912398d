/* An intrusive queue that any thread pushes to and one thread empties, oldest first.
 *
 * Pushing is one exchange of a pointer on a stack; the owner takes the whole stack and turns it
 * round.  So there is no state in which something was pushed but cannot be reached yet, and nothing
 * that an address used twice could confuse. */
#ifndef EDGEWISE_TOKIO_INBOX_H
#define EDGEWISE_TOKIO_INBOX_H

#include <stdatomic.h>
#include <stdbool.h>

struct tokio_link {
    struct tokio_link *next;
};

struct tokio_inbox {
    _Atomic(struct tokio_link *) newest;
    struct tokio_link *oldest; /* collected; the owner's alone */
    struct tokio_link closed;  /* `newest` points here once nothing is taken any more */
};

void tokio_inbox_init(struct tokio_inbox *inbox);

/* Any thread.  False: closed, not taken. */
bool tokio_inbox_push(struct tokio_inbox *inbox, struct tokio_link *link);

/* The owner: is there nothing, collected or not? */
bool tokio_inbox_empty(const struct tokio_inbox *inbox);

/* The owner: makes what was pushed ready to be popped, if nothing collected is left. */
void tokio_inbox_collect(struct tokio_inbox *inbox);

/* The owner: the oldest of what was collected, or NULL. */
struct tokio_link *tokio_inbox_pop(struct tokio_inbox *inbox);

/* The owner: takes nothing from now on, and gives all that was in it as a list. */
struct tokio_link *tokio_inbox_close(struct tokio_inbox *inbox);

#endif
