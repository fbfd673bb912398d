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

/* ---- for servers whose state is a struct ew_pollset and nothing else ---- */

struct ew_pollset_loop {
    struct ew_loop loop;
    ew_pollset_serve serve;
};

int ew_pollset_loop_init(struct ew_worker *worker);
int ew_pollset_loop_run(struct ew_worker *worker);
void ew_pollset_loop_fini(struct ew_worker *worker);

/* The `loop` of a server that serves with `serve_one`. */
#define EW_POLLSET_LOOP(serve_one)                                                     \
    (&(const struct ew_pollset_loop){.loop = {.state_size = sizeof(struct ew_pollset), \
                                              .init = ew_pollset_loop_init,            \
                                              .run = ew_pollset_loop_run,              \
                                              .fini = ew_pollset_loop_fini},           \
                                     .serve = (serve_one)}                             \
          .loop)

#endif
