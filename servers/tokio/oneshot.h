/* A channel for one value, a pointer.  Any thread. */
#ifndef EDGEWISE_TOKIO_ONESHOT_H
#define EDGEWISE_TOKIO_ONESHOT_H

#include "tokio/future.h"

struct tokio_oneshot_sender;
struct tokio_oneshot_receiver;

/* -ENOMEM. */
int tokio_oneshot_new(struct tokio_oneshot_sender **sender,
                      struct tokio_oneshot_receiver **receiver);

/* Hands the value over and frees the sender.  -EPIPE: the receiver is closed or gone; the value
 * stays the caller's. */
int tokio_oneshot_send(struct tokio_oneshot_sender *sender, void *value);

/* Cancels: the receiver gets -ECANCELED.  NULL is allowed. */
void tokio_oneshot_sender_free(struct tokio_oneshot_sender *sender);

/* TOKIO_READY once the receiver is closed or gone: nobody wants the value any more. */
int tokio_oneshot_poll_cancel(struct tokio_oneshot_sender *sender, struct tokio_context *context);

/* TOKIO_READY and the value; -ECANCELED: none will come, because the sender or the receiver gave
 * up, or it came already. */
int tokio_oneshot_poll(struct tokio_oneshot_receiver *receiver, struct tokio_context *context,
                       void **value);

/* Wants no value any more; one that was sent before can still be had. */
void tokio_oneshot_close(struct tokio_oneshot_receiver *receiver);

/* NULL is allowed.  A value that nobody took is lost: take it before, or own it elsewhere. */
void tokio_oneshot_receiver_free(struct tokio_oneshot_receiver *receiver);

#endif
