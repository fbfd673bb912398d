/* echo-mmsg: recvmmsg(2) and sendmmsg(2), level-triggered: two system calls for as many datagrams
 * as wait, `budget` at most.
 *
 * Readiness: epoll repeats what was not dealt with, so a batch for each report is enough, and no
 * socket keeps the others waiting for more than one.
 * Answers in a row to one client, of one size, leave as one message (UDP_SEGMENT, core/train.h):
 * where a system call is cheap, the headers that sendmmsg copies for each message cost as much as
 * the calls that it saves, and only fewer messages are less work.
 * Stops when the stop descriptor becomes readable.  Linux 3.0, and 4.18 for UDP_SEGMENT.
 * Trap: sendmmsg does not say why it stopped in the middle; what it left is sent one by one, or the
 * refused one would be overtaken. */
#include "loops/epollbatch.h"

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-mmsg",
                    .summary = "recvmmsg and sendmmsg on epoll: a batch for each report",
                    .needs = "Linux 3.0, and 4.18 for UDP_SEGMENT",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_budget = EW_EPOLLBATCH_BUDGET,
                    .default_full = EW_FULL_DROP},
    .loop = &ew_on_epollbatch,
};
