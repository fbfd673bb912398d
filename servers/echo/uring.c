/* echo-uring: io_uring(7) by liburing: one receive for each socket that goes on by itself
 * (multishot), and the answers of a turn handed over together; one system call for a turn.
 *
 * Readiness: nobody asks.  The kernel puts what arrives into buffers that it was offered, and says
 * so.  Each socket has `budget` buffers of its own: more than that nobody is served of before the
 * others' turn, for a multishot receive itself has no such bound, or only the kernel's own (32 in a
 * row since Linux 6.8).  With --when-full pause no more are offered than replies could wait.  A
 * receive that finds no buffer ends (ENOBUFS), takes nothing, and is begun anew with the next one.
 * Order: the answers of a socket, or trains of them (core/train.h), are linked, so that none is
 * begun before the last is gone, and do not block; behind a refused one the kernel cancels the
 * others, and core's queue has them all.
 * Stops when the stop descriptor becomes readable; what was in a buffer then is counted as dropped.
 * Linux 6.1.
 * Trap: whatever was handed over belongs to the kernel until it says that it is done, also at the
 * end: who closes a socket before that still has its port. */
#include "loops/uring.h"

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-uring",
                    .summary = "io_uring: multishot receives, linked sends, one call for a turn",
                    .needs = "Linux 6.1, and io_uring not refused",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_budget = EW_URING_BUDGET,
                    .default_full = EW_FULL_DROP},
    .loop = &ew_on_uring,
};
