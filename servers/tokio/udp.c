#include "tokio/udp.h"

#include "tokio/core_internal.h"

#include <stddef.h>

static struct tokio_notify *udp_take(struct tokio_notify **place)
{
    struct tokio_notify *notify = *place;

    *place = NULL;
    return notify;
}

static void udp_wake(struct tokio_notify **place)
{
    struct tokio_notify *notify = udp_take(place);

    if (notify)
        tokio_notify(notify);
    tokio_notify_release(notify);
}

/* Whatever is not writability concerns the reader: an error, too, is collected by a receive. */
static void udp_dispatch(struct tokio_source *source, uint32_t readiness)
{
    struct tokio_udp *udp = (struct tokio_udp *)((char *)source -
                                                 offsetof(struct tokio_udp, source));

    udp->arrived |= readiness;
    if (udp->tell)
        udp->tell(udp, TOKIO_UDP_EVENT, readiness);
    if (readiness & MIO_WRITABLE)
        udp_wake(&udp->writer);
    if (readiness & ~(uint32_t)MIO_WRITABLE)
        udp_wake(&udp->reader);
}

int tokio_udp_init(struct tokio_udp *udp, struct tokio_core *core, int fd)
{
    uintptr_t token;
    int err;

    *udp = (struct tokio_udp){.core = core, .source = {.dispatch = udp_dispatch}};
    mio_socket_init(&udp->socket, fd);
    err = tokio_core_add(core, &udp->source, &token);
    if (err < 0) {
        udp->core = NULL;
        return err;
    }
    err = mio_register(tokio_core_poll(core), &udp->socket, token, MIO_READABLE | MIO_WRITABLE,
                       MIO_EDGE);
    if (err < 0) {
        tokio_core_remove(core, &udp->source);
        udp->core = NULL;
    }
    return err;
}

void tokio_udp_fini(struct tokio_udp *udp)
{
    if (!udp->core)
        return;
    mio_deregister(tokio_core_poll(udp->core), &udp->socket);
    tokio_core_remove(udp->core, &udp->source);
    tokio_notify_release(udp_take(&udp->reader));
    tokio_notify_release(udp_take(&udp->writer));
}

/* Whatever is not writability is the reader's: an error, too, is collected by a receive. */
static uint32_t bits_of(uint32_t bit)
{
    return bit == MIO_WRITABLE ? MIO_WRITABLE : ~(uint32_t)MIO_WRITABLE;
}

/* Waits for the next event, or has one come already since `ready` was taken from it: then polls
 * again. */
static int udp_wait_for(struct tokio_udp *udp, struct tokio_context *context, uint32_t bit)
{
    struct tokio_notify **place = bit == MIO_WRITABLE ? &udp->writer : &udp->reader;
    struct tokio_notify *before = *place;

    if (udp->arrived & bits_of(bit))
        return tokio_yield(context);
    *place = tokio_notify_retain(context->notify);
    tokio_notify_release(before);
    return TOKIO_PENDING;
}

int tokio_udp_poll_ready(struct tokio_udp *udp, struct tokio_context *context, uint32_t bit)
{
    if (udp->ready & bits_of(bit))
        return TOKIO_READY;
    udp->ready |= udp->arrived;
    udp->arrived = 0;
    if (udp->ready & bits_of(bit))
        return TOKIO_READY;
    if (udp->tell)
        udp->tell(udp, TOKIO_UDP_NOT_READY, bit);
    return udp_wait_for(udp, context, bit);
}

int tokio_udp_blocked(struct tokio_udp *udp, struct tokio_context *context, uint32_t bit)
{
    mio_socket_blocked(&udp->socket, bit);
    udp->ready &= ~bits_of(bit);
    if (udp->tell)
        udp->tell(udp, TOKIO_UDP_CLEARED, bit);
    return udp_wait_for(udp, context, bit);
}

int tokio_udp_receive(struct tokio_udp *udp, struct tokio_context *context, void *buffer,
                      size_t size, size_t *length, struct sockaddr *peer, socklen_t *peer_length)
{
    ssize_t n;

    if (tokio_udp_poll_ready(udp, context, MIO_READABLE) == TOKIO_PENDING)
        return TOKIO_PENDING;
    if (!tokio_may_step(context))
        return TOKIO_PENDING;
    n = mio_recvfrom(&udp->socket, buffer, size, peer, peer_length);
    if (n == -EAGAIN || n == -EWOULDBLOCK)
        return tokio_udp_blocked(udp, context, MIO_READABLE);
    *length = n < 0 ? 0 : (size_t)n;
    return n < 0 ? (int)n : TOKIO_READY;
}

int tokio_udp_send(struct tokio_udp *udp, struct tokio_context *context, const void *data,
                   size_t length, const struct sockaddr *peer, socklen_t peer_length)
{
    ssize_t n;

    if (tokio_udp_poll_ready(udp, context, MIO_WRITABLE) == TOKIO_PENDING)
        return TOKIO_PENDING;
    n = mio_sendto(&udp->socket, data, length, peer, peer_length);
    if (n == -EAGAIN || n == -EWOULDBLOCK)
        return tokio_udp_blocked(udp, context, MIO_WRITABLE);
    return n < 0 ? (int)n : TOKIO_READY;
}
