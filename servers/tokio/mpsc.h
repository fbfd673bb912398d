/* A channel: many senders, one receiver, items of a fixed size that are copied in and out.
 *
 * Bounded as in futures 0.1: a sender may always leave one item more than the channel holds and is
 * then parked, so that k senders fit capacity + k items; each item that is received unparks the
 * sender that waits longest.  Any thread. */
#ifndef EDGEWISE_TOKIO_MPSC_H
#define EDGEWISE_TOKIO_MPSC_H

#include "tokio/future.h"

#include <stddef.h>
#include <stdint.h>

#define TOKIO_UNBOUNDED SIZE_MAX

struct tokio_sender;

struct tokio_receiver {
    /* items: a pointer to the receiver's copy, valid until the next poll */
    struct tokio_stream stream;
    struct tokio_channel *channel;
    void *item;
};

/* Makes a channel with one sender.  `drop` is called for each item that nobody will receive; NULL:
 * nothing to do. -ENOMEM. */
int tokio_mpsc_new(size_t item_size, size_t capacity, void (*drop)(void *item),
                   struct tokio_sender **sender, struct tokio_receiver **receiver);

/* Another sender, with a slot of its own; NULL without memory. */
struct tokio_sender *tokio_sender_clone(struct tokio_sender *sender);

/* The last one to go ends the stream after what was sent.  NULL is allowed. */
void tokio_sender_free(struct tokio_sender *sender);

/* Sends: TOKIO_READY.  TOKIO_PENDING, nothing taken: the sender is parked, and the task will be
 * notified when it no longer is. -EPIPE: the receiver is closed or gone.  -ENOMEM: there is no room
 * for an item more; nothing taken. */
int tokio_sender_start_send(struct tokio_sender *sender, struct tokio_context *context,
                            const void *item);

/* The same, and TOKIO_PENDING tells nobody anything. */
int tokio_sender_try_send(struct tokio_sender *sender, const void *item);

/* Would start_send be taken?  TOKIO_READY, TOKIO_PENDING (the task will be notified) or -EPIPE. */
int tokio_sender_poll_ready(struct tokio_sender *sender, struct tokio_context *context);

/* One item, whatever the receiver's task: TOKIO_READY, TOKIO_PENDING, or TOKIO_DONE: closed or
 * without senders, and empty. */
int tokio_receiver_poll(struct tokio_receiver *receiver, struct tokio_context *context,
                        void **item);

/* From now on sends fail, and parked senders are told; what was sent can still be received. */
void tokio_receiver_close(struct tokio_receiver *receiver);

/* Closes, and drops what was not received.  NULL is allowed. */
void tokio_receiver_free(struct tokio_receiver *receiver);

#endif
