#include "loops/epoll.h"

#include <unistd.h>

static int epoll_add(struct ew_epoll *epoll, int fd, uint32_t bits, void *data)
{
    struct epoll_event event = {.events = bits, .data.ptr = data};

    return epoll_ctl(epoll->fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* ---- what is told of it ---- */

static unsigned epoll_ready(uint32_t bits)
{
    return (bits & EPOLLIN ? EW_READABLE : 0u) | (bits & EPOLLOUT ? EW_WRITABLE : 0u) |
           (bits & EPOLLERR ? EW_FAULT : 0u);
}

/* Stands in for epoll_wait(2), so that the loop that nobody listens to does not ask whether anybody
 * does.  Stop's entry is none. */
static int epoll_wait_told(int fd, struct epoll_event *fired, int most, int timeout_ms)
{
    const struct ew_epoll *epoll = (const void *)((char *)fired - offsetof(struct ew_epoll, fired));
    int n, error;

    ew_trace_before_wait(epoll->worker, timeout_ms);
    n = epoll_wait(fd, fired, most, timeout_ms);
    error = errno;
    ew_trace_after_wait(epoll->worker);
    for (int i = 0; i < n; i++)
        if (fired[i].data.ptr)
            ew_trace_event(epoll->worker, fired[i].data.ptr, epoll_ready(fired[i].events));
    errno = error;
    return n;
}

/* ---- the loop ---- */

int ew_epoll_init(struct ew_epoll *epoll, struct ew_worker *w, uint32_t bits)
{
    int err;

    epoll->worker = w;
    epoll->wait = ew_traces(w) ? epoll_wait_told : epoll_wait;
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

/* Stop needs no entry: the flag is set before the descriptor becomes readable.  So its entry is
 * looked for only where the flag is set. */
static int epoll_without_stop(struct epoll_event *fired, int n)
{
    for (int i = 0; i < n; i++)
        if (!fired[i].data.ptr) {
            fired[i] = fired[n - 1];
            return n - 1;
        }
    return n;
}

/* EINTR comes without any handler when a process is stopped and continued (signal(7)): nothing
 * fired, that is all. */
int ew_epoll_wait(struct ew_epoll *epoll, struct ew_worker *w, int timeout_ms)
{
    int n = epoll->wait(epoll->fd, epoll->fired, EW_EPOLL_BATCH, timeout_ms);

    if (n < 0 && errno != EINTR)
        return -errno;
    if (n < 0)
        n = 0;
    else if (ew_stopping(w))
        n = epoll_without_stop(epoll->fired, n);
    ew_count_wait(w, (unsigned)n);
    return n;
}

int ew_epoll_run(struct ew_epoll *epoll, struct ew_worker *w, ew_epoll_serve serve)
{
    while (!ew_stopping(w)) {
        int n = ew_epoll_wait(epoll, w, -1), err = 0;

        for (int i = 0; i < n && err >= 0; i++)
            err = serve(epoll, w, epoll->fired[i].data.ptr, epoll->fired[i].events);
        if (n < 0 || err < 0)
            return n < 0 ? n : err;
    }
    return 0;
}

int ew_epoll_rearm(struct ew_epoll *epoll, struct ew_socket *socket, uint32_t bits)
{
    struct epoll_event event = {.events = bits, .data.ptr = socket};

    if (ew_traces(epoll->worker))
        ew_trace_interest(epoll->worker, socket, epoll_ready(bits));
    socket->interest = bits;
    return epoll_ctl(epoll->fd, EPOLL_CTL_MOD, socket->fd, &event) < 0 ? -errno : 0;
}

int ew_epoll_interest(struct ew_epoll *epoll, struct ew_socket *socket, uint32_t bits)
{
    return bits == socket->interest ? 0 : ew_epoll_rearm(epoll, socket, bits);
}
