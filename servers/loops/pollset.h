/* What the servers on poll(2) share: the list, the wait.  POSIX. */
#ifndef EDGEWISE_LOOPS_POLLSET_H
#define EDGEWISE_LOOPS_POLLSET_H

#include "core/core.h"

#include <poll.h>

/* fds[0] is the stop descriptor, fds[i + 1] socket i of the worker. */
struct ew_pollset {
    struct pollfd *fds;
};

/* Lists the worker's sockets, all for reading.  0 or -ENOMEM; fini is due after either. */
int ew_pollset_init(struct ew_pollset *set, struct ew_worker *worker);
void ew_pollset_fini(struct ew_pollset *set);

/* Deals with one report: fd->revents says what, fd->events is what to ask for next.  0 or more, or
 * a negative errno that ends the worker. */
typedef int (*ew_pollset_serve)(struct ew_worker *worker, struct ew_socket *socket,
                                struct pollfd *fd);

/* The loop: waits for ever, counts, and serves what fired, until stopped.  0, or what the wait or
 * `serve` failed with. */
int ew_pollset_run(struct ew_pollset *set, struct ew_worker *worker, ew_pollset_serve serve);

/* Defines `on_pollset`, the loop of a server that serves with `serve_one`.
 * Its state is a struct ew_pollset and nothing else.  Defined in the server's file: there the
 * compiler sees which function serves and makes one of it and the loop. */
#define EW_POLLSET_LOOP(serve_one)                                                     \
    static int pollset_loop_init(struct ew_worker *worker)                             \
    {                                                                                  \
        return ew_pollset_init(worker->state, worker);                                 \
    }                                                                                  \
    static int pollset_loop_run(struct ew_worker *worker)                              \
    {                                                                                  \
        return ew_pollset_run(worker->state, worker, (serve_one));                     \
    }                                                                                  \
    static void pollset_loop_fini(struct ew_worker *worker)                            \
    {                                                                                  \
        ew_pollset_fini(worker->state);                                                \
    }                                                                                  \
    static const struct ew_loop on_pollset = {.state_size = sizeof(struct ew_pollset), \
                                              .init = pollset_loop_init,               \
                                              .run = pollset_loop_run,                 \
                                              .fini = pollset_loop_fini}

#endif
