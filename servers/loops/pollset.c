#include "loops/pollset.h"

#include <stdlib.h>

int ew_pollset_init(struct ew_pollset *set, struct ew_worker *w)
{
    set->fds = calloc(w->n_sockets + 1, sizeof *set->fds);
    if (!set->fds)
        return -ENOMEM;
    set->fds[0] = (struct pollfd){.fd = w->stop_fd, .events = POLLIN};
    for (unsigned i = 0; i < w->n_sockets; i++)
        set->fds[i + 1] = (struct pollfd){.fd = w->sockets[i].fd, .events = POLLIN};
    return 0;
}

void ew_pollset_fini(struct ew_pollset *set)
{
    free(set->fds);
    set->fds = NULL;
}

/* EINTR comes without any handler when a process is stopped and continued (signal(7)): nothing
 * fired, that is all.
 *
 * `told`, here and below, is a constant to each caller, so that the loop that nobody listens to
 * does not ask whether anybody does. */
static inline __attribute__((always_inline)) int pollset_wait_ready(struct ew_worker *w,
                                                                    struct pollfd *fds, bool told)
{
    int n;

    if (told)
        ew_trace_before_wait(w, -1);
    n = poll(fds, w->n_sockets + 1, -1);
    if (n < 0 && errno != EINTR)
        return -errno;
    if (n < 0)
        n = 0;
    ew_count_wait(w, (unsigned)n - (n > 0 && fds[0].revents));
    if (told)
        ew_trace_after_wait(w);
    return n;
}

static unsigned pollset_ready(short bits)
{
    return (bits & POLLIN ? EW_READABLE : 0u) | (bits & POLLOUT ? EW_WRITABLE : 0u) |
           (bits & POLLERR ? EW_FAULT : 0u);
}

/* Interest costs no call here: it is what the list says at the next wait. */
static int pollset_serve_told(struct ew_worker *w, struct ew_socket *s, struct pollfd *fd,
                              ew_pollset_serve serve)
{
    short before = fd->events;
    int err;

    ew_trace_event(w, s, pollset_ready(fd->revents));
    err = serve(w, s, fd);
    if (fd->events != before)
        ew_trace_interest(w, s, pollset_ready(fd->events));
    return err;
}

static inline __attribute__((always_inline)) int pollset_run(struct ew_pollset *set,
                                                             struct ew_worker *w,
                                                             ew_pollset_serve serve, bool told)
{
    struct pollfd *fds = set->fds;

    while (!ew_stopping(w)) {
        int n = pollset_wait_ready(w, fds, told), err = 0;

        for (unsigned i = 0; i < w->n_sockets && n > 0 && err >= 0; i++)
            if (fds[i + 1].revents)
                err = told ? pollset_serve_told(w, &w->sockets[i], &fds[i + 1], serve)
                           : serve(w, &w->sockets[i], &fds[i + 1]);
        if (n < 0 || err < 0)
            return n < 0 ? n : err;
    }
    return 0;
}

int ew_pollset_run(struct ew_pollset *set, struct ew_worker *w, ew_pollset_serve serve)
{
    return ew_traces(w) ? pollset_run(set, w, serve, true) : pollset_run(set, w, serve, false);
}
