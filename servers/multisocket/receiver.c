#include "multisocket/receiver.h"

static int receiver_receive(struct ew_worker *w, struct ew_socket *s)
{
    struct ew_datagram ignored;

    return ew_receive(w, s, &ignored);
}

int multisocket_poll(struct tokio_future *future, struct tokio_context *context)
{
    struct ew_tokio_child *child = (struct ew_tokio_child *)future;

    ew_tokio_tell_poll(child);
    return ew_tokio_serve(child, context,
                          child->worker->config->reply ? ew_echo : receiver_receive);
}
