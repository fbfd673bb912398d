/* UDP sockets of a core: readiness is remembered, and forgotten only when the kernel said EAGAIN.
 *
 * Registered once, edge-triggered, for both directions.  Before its first event a socket is not
 * ready, and a receive makes no system call.  One task may wait to receive and one to send; a
 * second takes the first's place.  The loop's thread alone. */
#ifndef EDGEWISE_TOKIO_UDP_H
#define EDGEWISE_TOKIO_UDP_H

#include "tokio/core.h"

/* What a socket tells of itself while it runs. */
enum tokio_udp_moment {
    TOKIO_UDP_EVENT,     /* readiness has come */
    TOKIO_UDP_NOT_READY, /* nothing was called, since no event has come: the task waits for one */
    TOKIO_UDP_CLEARED,   /* a call said EAGAIN, and readiness was forgotten */
};

struct tokio_udp {
    struct mio_socket socket;
    struct tokio_core *core;
    struct tokio_source source;
    uint32_t arrived; /* events that no poll has seen yet */
    uint32_t ready;   /* events that polls rely on */
    struct tokio_notify *reader, *writer;
    /* the owner's to set after init; `readiness` in mio's bits.  NULL: nobody listens */
    void (*tell)(struct tokio_udp *udp, enum tokio_udp_moment moment, uint32_t readiness);
};

/* Takes a non-blocking descriptor, which stays the caller's to close.  What mio_register() gives,
 * or -ENOMEM. */
int tokio_udp_init(struct tokio_udp *udp, struct tokio_core *core, int fd);

/* Before the descriptor is closed; forgets who waits.  Safe after a failed init. */
void tokio_udp_fini(struct tokio_udp *udp);

/* For those who make the calls themselves: TOKIO_READY when the socket is ready for `bit`
 * (MIO_READABLE or MIO_WRITABLE) as far as is known, else TOKIO_PENDING, and the task will be
 * notified. */
int tokio_udp_poll_ready(struct tokio_udp *udp, struct tokio_context *context, uint32_t bit);

/* A call said EAGAIN: TOKIO_PENDING, and the task will be notified. */
int tokio_udp_blocked(struct tokio_udp *udp, struct tokio_context *context, uint32_t bit);

/* TOKIO_READY and the datagram's length in *length (0 is a datagram); TOKIO_PENDING; or the error.
 * A step of the budget. */
int tokio_udp_receive(struct tokio_udp *udp, struct tokio_context *context, void *buffer,
                      size_t size, size_t *length, struct sockaddr *peer, socklen_t *peer_length);

/* TOKIO_READY: the kernel has it; TOKIO_PENDING; or the error. */
int tokio_udp_send(struct tokio_udp *udp, struct tokio_context *context, const void *data,
                   size_t length, const struct sockaddr *peer, socklen_t peer_length);

#endif
