/* echo-epoll-edge: epoll, edge-triggered, drained until EAGAIN; the specimen of edge-triggered
 * starvation.
 *
 * Readiness: the kernel announces an arrival once, so whoever is told must read until there is
 * nothing left. Stops when the stop descriptor becomes readable.  Linux 2.6.9.
 * Trap: the drain has no budget, on purpose: EAGAIN or the stop flag end it.  A peer that sends
 * without pause is served alone. */
#include "loops/epoll.h"

#define READ_EDGES (EPOLLIN | EPOLLET)

/* Changing the interest re-evaluates readiness, so that no edge falls between the refused send and
 * the new interest. */
static int epoll_edge_serve(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s,
                            uint32_t ready)
{
    int outcome;

    (void)ready; /* whichever edge it was, the other may be hidden behind it */
    ew_flush(w, s);
    outcome = ew_drain(w, s);
    if (outcome < 0)
        return outcome;
    return ew_epoll_interest(epoll, s, ew_wants_write(s) ? READ_EDGES | EPOLLOUT : READ_EDGES);
}

EW_EPOLL_LOOP(READ_EDGES, epoll_edge_serve);

const struct ew_server ew_server = {
    .description =
        {.size = sizeof(struct ew_description),
         .abi = EW_ABI,
         .name = "echo-epoll-edge",
         .summary =
             "epoll, edge-triggered, drained until EAGAIN: no cure for starvation, on purpose",
         .needs = "Linux 2.6.9",
         .capabilities = EW_CAN_ECHO_ALL | EW_CAN_WORKERS,
         .queue_rule = EW_QUEUE_EXACT,
         .default_full = EW_FULL_DROP},
    .loop = &on_epoll,
};
