/* What the servers on mio share: a worker on a poll of servers/mio. */
#ifndef EDGEWISE_CORE_MIOPOLL_H
#define EDGEWISE_CORE_MIOPOLL_H

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

/* The structure lies at the start of worker->state.  Registers the worker's sockets for reading,
 * and the stop descriptor. 0 or -errno; fini is due after either. */
int ew_mio_init(struct ew_worker *worker, unsigned options);
void ew_mio_fini(struct ew_worker *worker);

/* Deals with one report.  0 or more, or a negative errno that ends the worker. */
typedef int (*ew_mio_serve)(struct ew_mio *mio, struct ew_worker *worker, unsigned index,
                            unsigned ready);

/* The loop: polls, counts, and serves what is ready, until stopped. */
int ew_mio_run(struct ew_worker *worker, ew_mio_serve serve);

/* Reregisters the socket if `interest` is not what was asked for before. */
int ew_mio_interest(struct ew_mio *mio, struct ew_worker *worker, unsigned index,
                    unsigned interest);

#endif
