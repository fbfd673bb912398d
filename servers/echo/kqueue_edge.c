/* echo-kqueue-edge: kqueue with EV_CLEAR, drained until EAGAIN.
 *
 * Readiness: EV_CLEAR resets a filter when it is reported, so whoever is told must read until there
 * is nothing left. Stops when the stop descriptor becomes readable.  macOS, BSD.
 * Trap: the drain has no budget, on purpose, as in echo-epoll-edge: EAGAIN or the stop flag end
 * it. */
#include "loops/kqueue.h"

/* Adding the write filter reports writability that came since the refused send. */
static int kqueue_edge_serve(struct ew_kqueue *k, struct ew_worker *w, struct ew_socket *s,
                             int filter)
{
    int outcome;

    (void)filter; /* after a pause, writability must set reading going again */
    ew_flush(w, s);
    outcome = ew_drain(w, s);
    if (outcome < 0)
        return outcome;
    return ew_kqueue_interest(k, w, s, EW_KQUEUE_READ | (ew_wants_write(s) ? EW_KQUEUE_WRITE : 0u));
}

EW_KQUEUE_LOOP(EV_CLEAR, kqueue_edge_serve);

const struct ew_server ew_server = {
    .description =
        {.size = sizeof(struct ew_description),
         .abi = EW_ABI,
         .name = "echo-kqueue-edge",
         .summary =
             "kqueue with EV_CLEAR, drained until EAGAIN: no cure for starvation, on purpose",
         .needs = "macOS or BSD",
         .capabilities = EW_CAN_ECHO_ALL | EW_CAN_WORKERS,
         .queue_rule = EW_QUEUE_EXACT,
         .default_full = EW_FULL_DROP},
    .loop = &on_kqueue,
};
