/* echo-bare: the least that echoes: epoll, edge-triggered, recvfrom and sendto until EAGAIN.  What
 * every mechanism is measured against: no queue (a refused reply is lost), no counters, no check of
 * the source.
 *
 * Stops when the stop descriptor becomes readable.  Linux 2.6.9.
 * Trap: being bare, it is no example to follow. */
#include "loops/epoll.h"

static int bare_drain(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s,
                      uint32_t ready)
{
    union ew_address peer;
    ssize_t n = 0;

    (void)epoll, (void)ready;
    while (n >= 0 && !ew_stopping(w)) {
        socklen_t length = sizeof peer;

        n = recvfrom(s->fd, w->buffer, EW_DATAGRAM_MAX, 0, &peer.any, &length);
        if (n >= 0)
            (void)sendto(s->fd, w->buffer, (size_t)n, 0, &peer.any, length);
    }
    return 0;
}

EW_EPOLL_LOOP(EPOLLIN | EPOLLET, bare_drain);

const struct ew_server ew_server = {
    .description =
        {.size = sizeof(struct ew_description),
         .abi = EW_ABI,
         .name = "echo-bare",
         .summary =
             "recvfrom and sendto on epoll and nothing else: what the others are measured against",
         .needs = "Linux 2.6.9",
         .capabilities = EW_CAN_ECHO | EW_CAN_IPV6 | EW_CAN_SOCKETS,
         .queue_rule = EW_QUEUE_OWN},
    .loop = &on_epoll,
};
