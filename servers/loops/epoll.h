/* What the servers on epoll(7) share: the descriptor, the registrations, the wait.  Linux. */
#ifndef EDGEWISE_LOOPS_EPOLL_H
#define EDGEWISE_LOOPS_EPOLL_H

#include "core/core.h"

#include <sys/epoll.h>

/* As many as the originals' collections held by default would do; a full batch only means one more
 * wait. */
#define EW_EPOLL_BATCH 64

struct ew_epoll {
    int fd;
    const struct ew_worker *worker;
    /* epoll_wait(2), or what tells of it, too */
    int (*wait)(int fd, struct epoll_event *fired, int most, int timeout_ms);
    /* of the last wait; data.ptr is the struct ew_socket */
    struct epoll_event fired[EW_EPOLL_BATCH];
};

/* Registers the worker's sockets with `bits`, and the stop descriptor.  0 or -errno; fini is due
 * after either. */
int ew_epoll_init(struct ew_epoll *epoll, struct ew_worker *worker, uint32_t bits);
void ew_epoll_fini(struct ew_epoll *epoll);

/* Deals with one report: `ready` are epoll's bits.  0 or more, or a negative errno that ends the
 * worker. */
typedef int (*ew_epoll_serve)(struct ew_epoll *epoll, struct ew_worker *worker,
                              struct ew_socket *socket, uint32_t ready);

/* The loop: waits for ever and serves what fired, until stopped.  0, or what the wait or `serve`
 * failed with. */
int ew_epoll_run(struct ew_epoll *epoll, struct ew_worker *worker, ew_epoll_serve serve);

/* For loops of their own: waits and counts.  The number of sockets in `fired` (0 when stopped,
 * interrupted or timed out) or -errno. */
int ew_epoll_wait(struct ew_epoll *epoll, struct ew_worker *worker, int timeout_ms);

/* EPOLL_CTL_MOD, which also re-evaluates readiness: what is ready now is reported again,
 * edge-triggered or not (epoll(7)). */
int ew_epoll_rearm(struct ew_epoll *epoll, struct ew_socket *socket, uint32_t bits);

/* The same, and nothing at all when `bits` are what was asked for before. */
int ew_epoll_interest(struct ew_epoll *epoll, struct ew_socket *socket, uint32_t bits);

/* Defines `on_epoll`, the loop of a server that registers with `at_first` and serves with
 * `serve_one`.
 * Its state is a struct ew_epoll and nothing else.  Defined in the server's file, because there the
 * compiler sees which function serves and makes one of it and the loop. */
#define EW_EPOLL_LOOP(at_first, serve_one)                                         \
    static int epoll_loop_init(struct ew_worker *worker)                           \
    {                                                                              \
        return ew_epoll_init(worker->state, worker, (at_first));                   \
    }                                                                              \
    static int epoll_loop_run(struct ew_worker *worker)                            \
    {                                                                              \
        return ew_epoll_run(worker->state, worker, (serve_one));                   \
    }                                                                              \
    static void epoll_loop_fini(struct ew_worker *worker)                          \
    {                                                                              \
        ew_epoll_fini(worker->state);                                              \
    }                                                                              \
    static const struct ew_loop on_epoll = {.state_size = sizeof(struct ew_epoll), \
                                            .init = epoll_loop_init,               \
                                            .run = epoll_loop_run,                 \
                                            .fini = epoll_loop_fini}

#endif
