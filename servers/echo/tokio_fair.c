/* echo-tokio-fair: the futures of echo-tokio with a cooperative budget, as later tokio has one.
 *
 * Readiness: as in echo-tokio; after --budget receives a future notifies itself and goes to the
 * back of the line. Stops when the stop descriptor becomes readable, which ends the core's turn.
 * POSIX; epoll or kqueue where there is one. Trap: giving way costs a wait with timeout 0, so a
 * small budget is paid for in system calls. */
#include "loops/tokiopoll.h"

static const struct ew_tokio_loop on_tokio = EW_TOKIO_LOOP(ew_tokio_echo);

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-tokio-fair",
                    .summary = "our tokio: one future for each socket, with a budget for each poll",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS |
                                    EW_CAN_SELECTOR | EW_CAN_POLLS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_budget = 16,
                    .default_full = EW_FULL_DROP},
    .loop = &on_tokio.loop,
};
