/* What the servers on kqueue(2) share: the descriptor, the filters, the wait.  macOS, BSD. */
#ifndef EDGEWISE_LOOPS_KQUEUE_H
#define EDGEWISE_LOOPS_KQUEUE_H

#include "core/core.h"

#include <sys/types.h>
#include <sys/event.h>

#define EW_KQUEUE_BATCH 64

/* Bits of ew_socket.interest. */
#define EW_KQUEUE_READ EW_READABLE
#define EW_KQUEUE_WRITE EW_WRITABLE

struct ew_kqueue {
    int fd;
    /* added to every EV_ADD: EV_CLEAR for edge, 0 for level */
    unsigned short flags;
    struct kevent fired[EW_KQUEUE_BATCH]; /* of the last wait; udata is the struct ew_socket */
};

/* Registers the worker's sockets for reading, and the stop descriptor.  0 or -errno; fini is due
 * after either. */
int ew_kqueue_init(struct ew_kqueue *kqueue, struct ew_worker *worker, unsigned short flags);
void ew_kqueue_fini(struct ew_kqueue *kqueue);

/* Deals with one report of EVFILT_READ or EVFILT_WRITE.  0 or more, or a negative errno that ends
 * the worker. */
typedef int (*ew_kqueue_serve)(struct ew_kqueue *kqueue, struct ew_worker *worker,
                               struct ew_socket *socket, int filter);

/* The loop: waits for ever, counts, and serves what fired, until stopped.  0, or what the wait or
 * `serve` failed with.  A socket that is readable and writable comes twice, once for each
 * filter. */
int ew_kqueue_run(struct ew_kqueue *kqueue, struct ew_worker *worker, ew_kqueue_serve serve);

/* Adds and deletes filters until the socket has those of `bits`.  EV_ADD reports what is ready now,
 * edge-triggered or not. */
int ew_kqueue_interest(struct ew_kqueue *kqueue, const struct ew_worker *worker,
                       struct ew_socket *socket, uint32_t bits);

/* Defines `on_kqueue`, the loop of a server that adds filters with `add_flags` and serves with
 * `serve_one`.
 * Its state is a struct ew_kqueue and nothing else.  Defined in the server's file: there the
 * compiler sees which function serves and makes one of it and the loop. */
#define EW_KQUEUE_LOOP(add_flags, serve_one)                                         \
    static int kqueue_loop_init(struct ew_worker *worker)                            \
    {                                                                                \
        return ew_kqueue_init(worker->state, worker, (add_flags));                   \
    }                                                                                \
    static int kqueue_loop_run(struct ew_worker *worker)                             \
    {                                                                                \
        return ew_kqueue_run(worker->state, worker, (serve_one));                    \
    }                                                                                \
    static void kqueue_loop_fini(struct ew_worker *worker)                           \
    {                                                                                \
        ew_kqueue_fini(worker->state);                                               \
    }                                                                                \
    static const struct ew_loop on_kqueue = {.state_size = sizeof(struct ew_kqueue), \
                                             .init = kqueue_loop_init,               \
                                             .run = kqueue_loop_run,                 \
                                             .fini = kqueue_loop_fini}

#endif
