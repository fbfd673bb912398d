/* What the servers on mio share: a worker on a poll of servers/mio. */
#ifndef EDGEWISE_LOOPS_MIOPOLL_H
#define EDGEWISE_LOOPS_MIOPOLL_H

#include "core/core.h"
#include "mio/mio.h"

#define EW_MIO_BATCH 64

struct ew_mio {
    struct mio_poll *poll;
    unsigned options; /* MIO_EDGE or MIO_LEVEL, of every registration */
    struct mio_socket stop;
    /* of the worker's sockets, in their order; the token is the index */
    struct mio_socket *sockets;
    struct mio_event events[EW_MIO_BATCH];
};

/* Makes a poll on the configuration's selector, and registers the worker's sockets for reading, and
 * the stop descriptor.  0 or -errno; fini is due after either. */
int ew_mio_init(struct ew_mio *mio, struct ew_worker *worker, unsigned options);
void ew_mio_fini(struct ew_mio *mio);

/* Deals with one report.  0 or more, or a negative errno that ends the worker. */
typedef int (*ew_mio_serve)(struct ew_mio *mio, struct ew_worker *worker, unsigned index,
                            unsigned ready);

/* The loop: polls, counts, and serves what is ready, until stopped. */
int ew_mio_run(struct ew_mio *mio, struct ew_worker *worker, ew_mio_serve serve);

/* Reregisters the socket if `interest` is not what was asked for before. */
int ew_mio_interest(struct ew_mio *mio, struct ew_worker *worker, unsigned index,
                    unsigned interest);

/* Defines `on_mio`, the loop of a server that registers with `mio_options` and serves with
 * `serve_one`.
 * Its state is a struct ew_mio and nothing else.  Defined in the server's file, because there the
 * compiler sees which function serves and makes one of it and the loop. */
#define EW_MIO_LOOP(mio_options, serve_one)                                    \
    static int mio_loop_init(struct ew_worker *worker)                         \
    {                                                                          \
        return ew_mio_init(worker->state, worker, (mio_options));              \
    }                                                                          \
    static int mio_loop_run(struct ew_worker *worker)                          \
    {                                                                          \
        return ew_mio_run(worker->state, worker, (serve_one));                 \
    }                                                                          \
    static void mio_loop_fini(struct ew_worker *worker)                        \
    {                                                                          \
        ew_mio_fini(worker->state);                                            \
    }                                                                          \
    static const struct ew_loop on_mio = {.state_size = sizeof(struct ew_mio), \
                                          .init = mio_loop_init,               \
                                          .run = mio_loop_run,                 \
                                          .fini = mio_loop_fini}

#endif
