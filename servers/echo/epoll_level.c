/* echo-epoll-level: epoll as a better select.
 *
 * Readiness: level-triggered; the kernel repeats what was not dealt with, so one datagram for each
 * report is enough, and no socket can keep the others waiting.
 * Stops when the stop descriptor becomes readable.  Linux 2.6.9.
 * Trap: a UDP socket is nearly always writable, so interest in writing while nothing waits would
 * spin. */
#include "loops/epoll.h"

static int epoll_level_serve(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s,
                             uint32_t ready)
{
    int outcome = EW_BLOCKED;

    if (ready & EPOLLOUT)
        ew_flush(w, s);
    if (ready & ~(uint32_t)EPOLLOUT) /* an error is collected by receiving, too */
        outcome = ew_echo(w, s);
    if (outcome < 0)
        return outcome;
    return ew_epoll_interest(
        epoll, s, (ew_wants_read(w, s) ? EPOLLIN : 0u) | (ew_wants_write(s) ? EPOLLOUT : 0u));
}

EW_EPOLL_LOOP(EPOLLIN, epoll_level_serve);

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-epoll-level",
                    .summary = "epoll, level-triggered: one datagram for each report",
                    .needs = "Linux 2.6.9",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_full = EW_FULL_DROP},
    .loop = &on_epoll,
};
