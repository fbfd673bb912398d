#include "loops/kqueue.h"

#include <fcntl.h>
#include <unistd.h>

static int kqueue_change(struct ew_kqueue *k, int fd, int filter, unsigned short flags, void *data)
{
    struct kevent event;

    EV_SET(&event, fd, filter, flags, 0, 0, data);
    return kevent(k->fd, &event, 1, NULL, 0, NULL) < 0 ? -errno : 0;
}

static int kqueue_set_filters(struct ew_kqueue *k, struct ew_socket *s, uint32_t bits)
{
    static const struct {
        uint32_t bit;
        int filter;
    } filters[] = {{EW_KQUEUE_READ, EVFILT_READ}, {EW_KQUEUE_WRITE, EVFILT_WRITE}};
    int err = 0;

    for (unsigned i = 0; i < 2 && !err; i++)
        if ((bits ^ s->interest) & filters[i].bit) {
            bool wanted = bits & filters[i].bit;

            err = kqueue_change(k, s->fd, filters[i].filter, wanted ? EV_ADD | k->flags : EV_DELETE,
                                s);
        }
    if (!err)
        s->interest = bits;
    return err;
}

int ew_kqueue_init(struct ew_kqueue *k, struct ew_worker *w, unsigned short flags)
{
    int err;

    k->flags = flags;
    k->fd = kqueue();
    if (k->fd < 0)
        return -errno;
    if (fcntl(k->fd, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    err = kqueue_change(k, w->stop_fd, EVFILT_READ, EV_ADD, NULL);
    for (unsigned i = 0; i < w->n_sockets && !err; i++)
        err = kqueue_set_filters(k, &w->sockets[i], EW_KQUEUE_READ);
    return err;
}

void ew_kqueue_fini(struct ew_kqueue *k)
{
    if (k->fd >= 0)
        close(k->fd);
    k->fd = -1;
}

/* Stop needs no entry: the flag is set before the descriptor becomes readable. */
static int kqueue_without_stop(struct kevent *fired, int n)
{
    for (int i = 0; i < n; i++)
        if (!fired[i].udata) {
            fired[i] = fired[n - 1];
            return n - 1;
        }
    return n;
}

static void kqueue_tell_wait(const struct ew_kqueue *k, const struct ew_worker *w, int n)
{
    ew_trace_after_wait(w);
    for (int i = 0; i < n; i++)
        ew_trace_event(w, k->fired[i].udata,
                       k->fired[i].filter == EVFILT_WRITE ? EW_WRITABLE : EW_READABLE);
}

static int kqueue_wait_ready(struct ew_kqueue *k, struct ew_worker *w)
{
    int n;

    if (ew_traces(w))
        ew_trace_before_wait(w, -1);
    n = kevent(k->fd, NULL, 0, k->fired, EW_KQUEUE_BATCH, NULL);
    if (n < 0 && errno != EINTR)
        return -errno;
    n = n < 0 ? 0 : kqueue_without_stop(k->fired, n);
    ew_count_wait(w, (unsigned)n);
    if (ew_traces(w))
        kqueue_tell_wait(k, w, n);
    return n;
}

int ew_kqueue_run(struct ew_kqueue *k, struct ew_worker *w, ew_kqueue_serve serve)
{
    while (!ew_stopping(w)) {
        int n = kqueue_wait_ready(k, w), err = 0;

        for (int i = 0; i < n && err >= 0; i++)
            err = serve(k, w, k->fired[i].udata, k->fired[i].filter);
        if (n < 0 || err < 0)
            return n < 0 ? n : err;
    }
    return 0;
}

/* Told in the poller's bits, which are those of enum ew_ready. */
int ew_kqueue_interest(struct ew_kqueue *k, const struct ew_worker *w, struct ew_socket *s,
                       uint32_t bits)
{
    if (bits != s->interest && ew_traces(w))
        ew_trace_interest(w, s, bits);
    return kqueue_set_filters(k, s, bits);
}
