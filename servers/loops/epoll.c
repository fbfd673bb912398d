#include "loops/epoll.h"

#include <unistd.h>

static int epoll_add(struct ew_epoll *epoll, int fd, uint32_t bits, void *data)
{
    struct epoll_event event = {.events = bits, .data.ptr = data};

    return epoll_ctl(epoll->fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int ew_epoll_init(struct ew_epoll *epoll, struct ew_worker *w, uint32_t bits)
{
    int err;

    epoll->fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll->fd < 0)
        return -errno;
    err = epoll_add(epoll, w->stop_fd, EPOLLIN, NULL);
    for (unsigned i = 0; i < w->n_sockets && !err; i++) {
        w->sockets[i].interest = bits;
        err = epoll_add(epoll, w->sockets[i].fd, bits, &w->sockets[i]);
    }
    return err;
}

void ew_epoll_fini(struct ew_epoll *epoll)
{
    if (epoll->fd >= 0)
        close(epoll->fd);
    epoll->fd = -1;
}

/* Stop needs no entry: the flag is set before the descriptor becomes readable. */
static int epoll_without_stop(struct epoll_event *fired, int n)
{
    for (int i = 0; i < n; i++)
        if (!fired[i].data.ptr) {
            fired[i] = fired[n - 1];
            return n - 1;
        }
    return n;
}

static unsigned epoll_ready(uint32_t bits)
{
    return (bits & EPOLLIN ? EW_READABLE : 0u) | (bits & EPOLLOUT ? EW_WRITABLE : 0u) |
           (bits & EPOLLERR ? EW_FAULT : 0u);
}

/* EINTR comes without any handler when a process is stopped and continued (signal(7)): nothing
 * fired, that is all.
 *
 * `told`, here and below, is a constant to each caller, so that the loop that nobody listens to
 * does not ask whether anybody does. */
static inline __attribute__((always_inline)) int epoll_wait_ready(struct ew_epoll *epoll,
                                                                  struct ew_worker *w,
                                                                  int timeout_ms, bool told)
{
    int n;

    if (told)
        ew_trace_before_wait(w, timeout_ms);
    n = epoll_wait(epoll->fd, epoll->fired, EW_EPOLL_BATCH, timeout_ms);
    if (n < 0 && errno != EINTR)
        return -errno;
    n = n < 0 ? 0 : epoll_without_stop(epoll->fired, n);
    ew_count_wait(w, (unsigned)n);
    if (told)
        ew_trace_after_wait(w);
    return n;
}

int ew_epoll_wait(struct ew_epoll *epoll, struct ew_worker *w, int timeout_ms)
{
    return ew_traces(w) ? epoll_wait_ready(epoll, w, timeout_ms, true)
                        : epoll_wait_ready(epoll, w, timeout_ms, false);
}

void ew_epoll_trace_event(const struct ew_worker *w, const struct epoll_event *event)
{
    ew_trace_event(w, event->data.ptr, epoll_ready(event->events));
}

static inline __attribute__((always_inline)) int epoll_run(struct ew_epoll *epoll,
                                                           struct ew_worker *w,
                                                           ew_epoll_serve serve, bool told)
{
    while (!ew_stopping(w)) {
        int n = epoll_wait_ready(epoll, w, -1, told), err = 0;

        for (int i = 0; i < n && err >= 0; i++) {
            if (told)
                ew_epoll_trace_event(w, &epoll->fired[i]);
            err = serve(epoll, w, epoll->fired[i].data.ptr, epoll->fired[i].events);
        }
        if (n < 0 || err < 0)
            return n < 0 ? n : err;
    }
    return 0;
}

int ew_epoll_run(struct ew_epoll *epoll, struct ew_worker *w, ew_epoll_serve serve)
{
    return ew_traces(w) ? epoll_run(epoll, w, serve, true) : epoll_run(epoll, w, serve, false);
}

int ew_epoll_rearm(struct ew_epoll *epoll, const struct ew_worker *w, struct ew_socket *socket,
                   uint32_t bits)
{
    struct epoll_event event = {.events = bits, .data.ptr = socket};

    if (ew_traces(w))
        ew_trace_interest(w, socket, epoll_ready(bits));
    socket->interest = bits;
    return epoll_ctl(epoll->fd, EPOLL_CTL_MOD, socket->fd, &event) < 0 ? -errno : 0;
}

int ew_epoll_interest(struct ew_epoll *epoll, const struct ew_worker *w, struct ew_socket *socket,
                      uint32_t bits)
{
    return bits == socket->interest ? 0 : ew_epoll_rearm(epoll, w, socket, bits);
}
