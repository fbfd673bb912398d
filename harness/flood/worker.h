/* One thread of a flood: the flows that it owns, what it has seen of them, what it has found. */
#ifndef EDGEWISE_WORKER_H
#define EDGEWISE_WORKER_H

#include "flood/batch.h"
#include "flood/flow.h"
#include "flood/result.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

struct worker {
    const struct flood_config *config; /* defaults filled in */
    const struct schedule *schedule;
    uint64_t nonce;
    uint32_t window;
    uint32_t room;       /* under way over all of its flows at most; 0: as the window says */
    uint32_t turn;       /* of the flow that goes first where there is not room for all */
    int cpu;             /* -1: not pinned */
    atomic_bool *failed; /* of all workers: one of them has an error */
    struct flow *flows;
    uint32_t n_flows;

    pthread_t thread;
    struct batch sending;
    struct batch receiving;
    struct pollfd *polled;
    size_t replayed; /* records of the corpus that were sent */

    int64_t measure_from_ns;
    int64_t last_send_ns;
    int64_t heard_ns;      /* last echo */
    int64_t unanswered_ns; /* first send since then; 0: none */
    unsigned refused_in_a_row;

    /* For the live line, written by this thread only. */
    _Atomic uint64_t sent;
    _Atomic uint64_t echoed;

    /* ---- the result ---- */
    bool silent;
    struct error error; /* a text: it could not go on */
    uint64_t late;
    struct flood_trains trains;
    uint64_t measured_sent;
    uint64_t measured_echoed;
    uint64_t send_blocked;
    uint64_t send_refused;
    int send_errno;
    uint64_t unreachable;
    uint32_t unreachable_flow; /* the last that was refused by ICMP */
    int64_t cpu_ns;
    double cpu_part;
    struct histogram *raw;
    struct histogram *corrected;
    struct histogram *lag;
};

/* Allocates; -1 with a message.  worker_fini() is safe after that. */
int worker_init(struct worker *worker, struct error *error);
void worker_fini(struct worker *worker);

#endif
