/* echo-gso: trains of datagrams (UDP_GRO) in, trains (UDP_SEGMENT) out, level-triggered: the
 * kernel's way is walked once for as many as 64 datagrams.
 *
 * Readiness, and what leaves: as echo-mmsg's.  What comes as a train is answered as one.  Where the
 * kernel knows no trains, or a device takes none, each datagram is sent by itself.
 * Stops when the stop descriptor becomes readable.  Linux 3.0, and 5.0 for trains.
 * Trap: a train counts as one of the budget, and is taken whole: with --when-full pause, where no
 * more may be taken than there is room for, none are asked for. */
#include "loops/epollbatch.h"

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-gso",
                    .summary = "UDP_GRO and UDP_SEGMENT on epoll: trains of datagrams as one",
                    .needs = "Linux 3.0, and 5.0 for trains",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_budget = EW_EPOLLBATCH_BUDGET,
                    .default_full = EW_FULL_DROP},
    .loop = &ew_on_epollbatch_trains,
};
