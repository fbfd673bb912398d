/* echo-select: select(2), the oldest mechanism.
 *
 * Readiness: level-triggered by nature; the sets are made anew for every wait, because select
 * overwrites them. Stops when the stop descriptor becomes readable.  POSIX.
 * Trap: a set holds descriptors below FD_SETSIZE only, and FD_SET writes past its end without a
 * word; so init refuses. */
#include "core/core.h"

#include <sys/select.h>

struct sets {
    fd_set readable;
    fd_set writable;
    int limit; /* one more than the highest descriptor */
};

static void select_add(struct sets *sets, fd_set *set, int fd)
{
    FD_SET(fd, set);
    if (fd >= sets->limit)
        sets->limit = fd + 1;
}

/* Nothing is kept from wait to wait but what was told of it. */
static void select_tell_interest(const struct sets *sets, const struct ew_worker *w,
                                 struct ew_socket *s)
{
    unsigned interest = (FD_ISSET(s->fd, &sets->readable) ? EW_READABLE : 0u) |
                        (FD_ISSET(s->fd, &sets->writable) ? EW_WRITABLE : 0u);

    if (interest != s->interest)
        ew_trace_interest(w, s, interest);
    s->interest = interest;
}

static void select_fill(struct sets *sets, const struct ew_worker *w)
{
    FD_ZERO(&sets->readable);
    FD_ZERO(&sets->writable);
    sets->limit = 0;
    select_add(sets, &sets->readable, w->stop_fd);
    for (unsigned i = 0; i < w->n_sockets; i++) {
        if (ew_wants_read(w, &w->sockets[i]))
            select_add(sets, &sets->readable, w->sockets[i].fd);
        if (ew_wants_write(&w->sockets[i]))
            select_add(sets, &sets->writable, w->sockets[i].fd);
        if (ew_traces(w))
            select_tell_interest(sets, w, &w->sockets[i]);
    }
}

/* A socket counts once for each set that it is in. */
static void select_tell_wait(const struct ew_worker *w, const struct sets *sets, int n)
{
    ew_trace_after_wait(w);
    for (unsigned i = 0; i < w->n_sockets && n > 0; i++) {
        if (FD_ISSET(w->sockets[i].fd, &sets->writable))
            ew_trace_event(w, &w->sockets[i], EW_WRITABLE);
        if (FD_ISSET(w->sockets[i].fd, &sets->readable))
            ew_trace_event(w, &w->sockets[i], EW_READABLE);
    }
}

/* EINTR comes without any handler when a process is stopped and continued (signal(7)): nothing
 * fired, that is all. */
static int select_wait_ready(struct ew_worker *w, struct sets *sets)
{
    int n;

    if (ew_traces(w))
        ew_trace_before_wait(w, -1);
    n = select(sets->limit, &sets->readable, &sets->writable, NULL, NULL);
    if (n < 0 && errno != EINTR)
        return -errno;
    if (n < 0) /* the sets are undefined now */
        n = 0;
    ew_count_wait(w, (unsigned)n - (n > 0 && FD_ISSET(w->stop_fd, &sets->readable)));
    if (ew_traces(w))
        select_tell_wait(w, sets, n);
    return n;
}

static int select_serve(struct ew_worker *w, struct ew_socket *s, const struct sets *ready)
{
    if (FD_ISSET(s->fd, &ready->writable))
        ew_flush(w, s);
    return FD_ISSET(s->fd, &ready->readable) ? ew_echo(w, s) : EW_BLOCKED;
}

static int select_run(struct ew_worker *w)
{
    struct sets sets;

    while (!ew_stopping(w)) {
        int n, err = 0;

        select_fill(&sets, w);
        n = select_wait_ready(w, &sets);
        for (unsigned i = 0; i < w->n_sockets && n > 0 && err >= 0; i++)
            err = select_serve(w, &w->sockets[i], &sets);
        if (n < 0 || err < 0)
            return n < 0 ? n : err;
    }
    return 0;
}

static int select_init(struct ew_worker *w)
{
    bool fits = w->stop_fd < FD_SETSIZE;

    for (unsigned i = 0; i < w->n_sockets; i++) {
        w->sockets[i].interest = EW_READABLE;
        fits = fits && w->sockets[i].fd < FD_SETSIZE;
    }
    return fits ? 0
                : ew_log_error(w, -EMFILE,
                               "a descriptor does not fit into select's sets (FD_SETSIZE): "
                               "ask for fewer sockets, or use echo-poll");
}

const struct ew_server ew_server = {
    .description =
        {.size = sizeof(struct ew_description),
         .abi = EW_ABI,
         .name = "echo-select",
         .summary = "select(2): one datagram for each report; descriptors below FD_SETSIZE only",
         .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS,
         .queue_rule = EW_QUEUE_EXACT,
         .default_full = EW_FULL_DROP},
    .loop = &(const struct ew_loop){.init = select_init, .run = select_run},
};
