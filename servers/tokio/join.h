/* Several futures as one: ready when all are, failed when one fails. */
#ifndef EDGEWISE_TOKIO_JOIN_H
#define EDGEWISE_TOKIO_JOIN_H

#include "tokio/future.h"

#include <stddef.h>

/* Each poll goes through the children by index and polls all that have not finished; a finished one
 * never again.  The first error is the result at once: later children are not polled in that call,
 * and all children are dropped.  Without children it is ready at once. */
struct tokio_join_all {
    struct tokio_future future;
    struct tokio_future **children; /* the caller's array */
    size_t count;
    size_t left;
};

void tokio_join_all_init(struct tokio_join_all *join, struct tokio_future **children, size_t count);

/* Two of them, `a` before `b` in each poll. */
struct tokio_join {
    struct tokio_join_all all;
    struct tokio_future *children[2];
};

void tokio_join_init(struct tokio_join *join, struct tokio_future *a, struct tokio_future *b);

#endif
