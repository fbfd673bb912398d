/* echo-bare: the least that echoes: epoll, edge-triggered, recvfrom and sendto until EAGAIN.  What
 * every mechanism is measured against: no queue (a refused reply is lost), no counters, no check of
 * the source.
 *
 * Stops when the stop descriptor becomes readable.  Linux 2.6.9.
 * Trap: being bare, it is no example to follow. */
#include "loops/epoll.h"

static void bare_tell(const struct ew_worker *w, const struct ew_socket *s, const char *what,
                      ssize_t n)
{
    if (n < 0)
        ew_trace(w, "%s %s on #%u.", what,
                 errno == EAGAIN || errno == EWOULDBLOCK ? "would block" : "failed", s->index);
    else
        ew_trace(w, "%s: %zd bytes on #%u.", what, n, s->index);
}

/* `told` is a constant to each caller: what the others are measured against does not ask whether
 * anybody listens. */
static inline __attribute__((always_inline)) int bare_drain(struct ew_worker *w,
                                                            struct ew_socket *s, bool told)
{
    union ew_address peer;
    ssize_t n = 0;

    while (n >= 0 && !ew_stopping(w)) {
        socklen_t length = sizeof peer;

        n = recvfrom(s->fd, w->buffer, EW_DATAGRAM_MAX, 0, &peer.any, &length);
        if (told)
            bare_tell(w, s, "recv", n);
        if (n >= 0) {
            ssize_t sent = sendto(s->fd, w->buffer, (size_t)n, 0, &peer.any, length);

            if (told)
                bare_tell(w, s, "send", sent);
        }
    }
    return 0;
}

static __attribute__((cold, noinline)) int bare_drain_told(struct ew_worker *w, struct ew_socket *s)
{
    return bare_drain(w, s, true);
}

static int bare_serve(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s,
                      uint32_t ready)
{
    (void)epoll, (void)ready;
    return ew_traces(w) ? bare_drain_told(w, s) : bare_drain(w, s, false);
}

EW_EPOLL_LOOP(EPOLLIN | EPOLLET, bare_serve);

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
