#include "loops/pollset.h"

#include <stdlib.h>

int ew_pollset_init(struct ew_pollset *set, struct ew_worker *w)
{
    set->fds = calloc(w->n_sockets + 1, sizeof *set->fds);
    if (!set->fds)
        return -ENOMEM;
    set->fds[0] = (struct pollfd){.fd = w->stop_fd, .events = POLLIN};
    for (unsigned i = 0; i < w->n_sockets; i++) {
        set->fds[i + 1] = (struct pollfd){.fd = w->sockets[i].fd, .events = POLLIN};
        w->sockets[i].interest = EW_READABLE;
    }
    return 0;
}

void ew_pollset_fini(struct ew_pollset *set)
{
    free(set->fds);
    set->fds = NULL;
}

static unsigned pollset_ready(short bits)
{
    return (bits & POLLIN ? EW_READABLE : 0u) | (bits & POLLOUT ? EW_WRITABLE : 0u) |
           (bits & POLLERR ? EW_FAULT : 0u);
}

/* Interest costs no call here: it is what the list says at the wait, and `interest` is only what
 * was told of it. */
static void pollset_tell_before(const struct ew_worker *w, const struct pollfd *fds)
{
    for (unsigned i = 0; i < w->n_sockets; i++) {
        struct ew_socket *s = &w->sockets[i];
        unsigned interest = pollset_ready(fds[i + 1].events);

        if (interest != s->interest)
            ew_trace_interest(w, s, interest);
        s->interest = interest;
    }
    ew_trace_before_wait(w, -1);
}

static void pollset_tell_after(const struct ew_worker *w, const struct pollfd *fds, int n)
{
    ew_trace_after_wait(w);
    for (unsigned i = 0; i < w->n_sockets && n > 0; i++)
        if (fds[i + 1].revents)
            ew_trace_event(w, &w->sockets[i], pollset_ready(fds[i + 1].revents));
}

/* EINTR comes without any handler when a process is stopped and continued (signal(7)): nothing
 * fired, that is all. */
static int pollset_wait_ready(struct ew_worker *w, struct pollfd *fds)
{
    int n;

    if (ew_traces(w))
        pollset_tell_before(w, fds);
    n = poll(fds, w->n_sockets + 1, -1);
    if (n < 0 && errno != EINTR)
        return -errno;
    if (n < 0)
        n = 0;
    ew_count_wait(w, (unsigned)n - (n > 0 && fds[0].revents));
    if (ew_traces(w))
        pollset_tell_after(w, fds, n);
    return n;
}

int ew_pollset_run(struct ew_pollset *set, struct ew_worker *w, ew_pollset_serve serve)
{
    struct pollfd *fds = set->fds;

    while (!ew_stopping(w)) {
        int n = pollset_wait_ready(w, fds), err = 0;

        for (unsigned i = 0; i < w->n_sockets && n > 0 && err >= 0; i++)
            if (fds[i + 1].revents)
                err = serve(w, &w->sockets[i], &fds[i + 1]);
        if (n < 0 || err < 0)
            return n < 0 ? n : err;
    }
    return 0;
}
