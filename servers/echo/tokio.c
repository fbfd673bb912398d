/* echo-tokio: a future for each socket that loops over sending and receiving until both are
 * blocked, on our tokio.
 *
 * Readiness: an event is remembered until a call says EAGAIN, and notifies the one task that waits
 * for it. Stops when the stop descriptor becomes readable, which ends the core's turn.  POSIX;
 * epoll or kqueue where there is one. Trap: the loop is inside the future's poll: whatever composes
 * the futures, a peer that sends without pause is served alone. echo-tokio-fair has the cure. */
#include "loops/tokiopoll.h"

static const struct ew_tokio_loop on_tokio = EW_TOKIO_LOOP(ew_tokio_echo);

const struct ew_server ew_server = {
    .description =
        {.size = sizeof(struct ew_description),
         .abi = EW_ABI,
         .name = "echo-tokio",
         .summary = "our tokio: one future for each socket that loops over send and receive",
         .capabilities = EW_CAN_ECHO_ALL | EW_CAN_WORKERS | EW_CAN_SELECTOR | EW_CAN_POLLS,
         .queue_rule = EW_QUEUE_EXACT,
         .default_full = EW_FULL_DROP},
    .loop = &on_tokio.loop,
};
