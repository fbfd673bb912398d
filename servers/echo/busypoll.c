/* echo-busypoll: asks every socket in turn, without pause: receives that do not block (recvmmsg,
 * MSG_DONTWAIT) instead of a wait.
 *
 * Readiness: nobody tells; the next round finds what has come, and tries again what was refused.
 * SO_BUSY_POLL lets a receive that finds nothing look into the network card's own queue
 * (socket(7)); where it may not be set, and on loopback, which has no such queue, only the program
 * spins.
 * Stops when the flag is seen, which each round reads.  Linux 3.11.
 * Trap: a processor for each worker, also while nobody asks anything. */
#include "core/batch.h"

#include <sched.h>
#include <sys/socket.h>

/* As many as for a report of echo-mmsg: a round has no other bound. */
#define BUSYPOLL_BUDGET 32
/* Microseconds.  A receive that does not block looks once, whatever is more than none. */
#define BUSYPOLL_US 50

/* More than net.core.busy_read, which is 0 unless somebody has raised it, takes CAP_NET_ADMIN: who
 * has it not spins all the same. */
static int busypoll_init(struct ew_worker *w)
{
    int us = BUSYPOLL_US;

    for (unsigned i = 0; i < w->n_sockets; i++)
        (void)setsockopt(w->sockets[i].fd, SOL_SOCKET, SO_BUSY_POLL, &us, sizeof us);
    return ew_batch_init(w->state, w, false);
}

/* The number of datagrams taken and replies sent, or negative errno. */
static int64_t busypoll_serve(struct ew_worker *w, struct ew_socket *s)
{
    ew_counter *received = &s->counters->datagrams_received;
    unsigned waiting = s->queue.count;
    uint64_t before = atomic_load_explicit(received, memory_order_relaxed);
    int outcome;

    ew_flush(w, s);
    outcome = ew_batch_echo(w->state, w, s);
    if (outcome < 0)
        return outcome;
    return (int64_t)(atomic_load_explicit(received, memory_order_relaxed) - before) +
           (waiting != s->queue.count);
}

/* Of the rounds in which nothing moves the moments of the first alone are told: a million lines a
 * second would hide the others.  What the next one finds is told then, not what it was refused. */
static int busypoll_run(struct ew_worker *w)
{
    const uint64_t kinds = w->log_kinds, untold = kinds & ~(UINT64_C(1) << EW_LOG_TRACE);

    while (!ew_stopping(w)) {
        int64_t moved = 0;

        for (unsigned i = 0; i < w->n_sockets; i++) {
            int64_t n = busypoll_serve(w, &w->sockets[i]);

            if (n < 0)
                return (int)n;
            moved += n;
        }
        w->log_kinds = moved > 0 ? kinds : untold;
        /* A client that shares the processor could not ask before the slice ends; where nobody else
         * wants it this returns at once. */
        if (moved == 0)
            sched_yield();
    }
    return 0;
}

static void busypoll_fini(struct ew_worker *w)
{
    ew_batch_fini(w->state);
}

const struct ew_server ew_server = {
    .description =
        {.size = sizeof(struct ew_description),
         .abi = EW_ABI,
         .name = "echo-busypoll",
         .summary = "spins on recvmmsg instead of waiting; SO_BUSY_POLL, which loopback has not",
         .needs = "Linux 3.11",
         .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS | EW_CAN_SPINS,
         .queue_rule = EW_QUEUE_EXACT,
         .default_budget = BUSYPOLL_BUDGET,
         .default_full = EW_FULL_DROP},
    .loop = &(const struct ew_loop){.state_size = sizeof(struct ew_batch),
                                    .init = busypoll_init,
                                    .run = busypoll_run,
                                    .fini = busypoll_fini},
};
