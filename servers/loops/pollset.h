/* What the servers on poll(2) share: the list, the wait.  POSIX. */
#ifndef EDGEWISE_CORE_POLLSET_H
#define EDGEWISE_CORE_POLLSET_H

#include "core/core.h"

#include <poll.h>

/* fds[0] is the stop descriptor, fds[i + 1] socket i of the worker. */
struct ew_pollset {
    struct pollfd *fds;
};

/* The structure lies at the start of worker->state.  0 or -ENOMEM; fini is due after either. */
int ew_pollset_init(struct ew_worker *worker);
void ew_pollset_fini(struct ew_worker *worker);

/* Deals with one report: fd->revents says what, fd->events is what to ask for next.  0 or more, or
 * a negative errno that ends the worker. */
typedef int (*ew_pollset_serve)(struct ew_worker *worker, struct ew_socket *socket,
                                struct pollfd *fd);

/* The loop: waits for ever, counts, and serves what fired, until stopped.  0, or what the wait or
 * `serve` failed with. */
int ew_pollset_run(struct ew_worker *worker, ew_pollset_serve serve);

#endif
