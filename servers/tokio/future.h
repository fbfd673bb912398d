/* Futures and streams after futures 0.1 (Rust, 2017), in C: things that are polled until they are
 * ready.
 *
 * A future is a struct embedded where it lives.  Its poll function does what can be done now and
 * says how far it got; if that is TOKIO_PENDING, it has made sure that the notify of its context
 * will be called when polling it again is worth while.  The context carries the current task: there
 * is no thread-local one.
 *
 * Conventions.  What is polled gives TOKIO_PENDING, TOKIO_READY, TOKIO_DONE (streams: no further
 * item) or a negative errno, which ends a future as TOKIO_READY does.  Other functions give 0 or a
 * negative errno.  One thread at a time polls; notifies may come from any thread.  Who makes a
 * future frees it, after `drop` where it was given away. */
#ifndef EDGEWISE_TOKIO_FUTURE_H
#define EDGEWISE_TOKIO_FUTURE_H

#include "tokio/notify.h"

#include <errno.h>
#include <stdbool.h>

enum tokio_result { TOKIO_PENDING = 0, TOKIO_READY = 1, TOKIO_DONE = 2 };

/* What a poll is given. */
struct tokio_context {
    /* the current task's, or what stands in for it; borrowed: retain it to keep it */
    struct tokio_notify *notify;
    /* steps left before the task should let others run; NULL: no limit */
    unsigned *budget;
};

/* One step of the budget.  False when none is left: the task is notified, and the future gives
 * TOKIO_PENDING before the step. */
static inline bool tokio_may_step(struct tokio_context *context)
{
    if (!context->budget)
        return true;
    if (*context->budget > 0) {
        --*context->budget;
        return true;
    }
    tokio_notify(context->notify);
    return false;
}

/* Lets others go first: exactly one more poll will come. */
static inline int tokio_yield(struct tokio_context *context)
{
    tokio_notify(context->notify);
    return TOKIO_PENDING;
}

struct tokio_future {
    int (*poll)(struct tokio_future *future, struct tokio_context *context);
    /* whoever was given the future is through with it; NULL: nothing to do */
    void (*drop)(struct tokio_future *future);
    bool finished; /* was ready once */
};

/* Polls.  -EINVAL, and nothing is called, when it was ready before. */
static inline int tokio_poll(struct tokio_future *future, struct tokio_context *context)
{
    int result;

    if (future->finished)
        return -EINVAL;
    result = future->poll(future, context);
    future->finished = result != TOKIO_PENDING;
    return result;
}

/* Gives the future back to its maker, finished or not.  NULL is allowed. */
static inline void tokio_drop(struct tokio_future *future)
{
    if (!future)
        return;
    future->finished = true;
    if (future->drop)
        future->drop(future);
}

struct tokio_stream {
    /* TOKIO_READY: one item, in *item; what that is the stream's own header tells. */
    int (*poll)(struct tokio_stream *stream, struct tokio_context *context, void **item);
};

/* A future that takes a stream's items one after the other and is ready when the stream is at its
 * end; the first error, of the stream or of `each`, ends it. */
struct tokio_for_each {
    struct tokio_future future;
    struct tokio_stream *stream;
    int (*each)(void *context, void *item);
    void *context;
};

void tokio_for_each_init(struct tokio_for_each *for_each, struct tokio_stream *stream,
                         int (*each)(void *context, void *item), void *context);

#endif
