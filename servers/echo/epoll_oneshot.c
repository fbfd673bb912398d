/* echo-epoll-oneshot: every report disarms the socket; serving it ends with re-arming it by hand.
 *
 * Readiness: EPOLLONESHOT; re-arming re-evaluates, so that what is still unread is reported again,
 * like level-triggering but with a system call more for each report.  It is what lets several
 * threads share one epoll descriptor. Stops when the stop descriptor becomes readable.  Linux
 * 2.6.9.
 * Trap: who forgets to re-arm after an error never hears of the socket again. */
#include "loops/epoll.h"

static int epoll_oneshot_serve(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s,
                               uint32_t ready)
{
    int outcome = EW_BLOCKED;

    if (ready & EPOLLOUT)
        ew_flush(w, s);
    if (ready & ~(uint32_t)EPOLLOUT)
        outcome = ew_echo(w, s);
    if (outcome < 0)
        return outcome;
    return ew_epoll_rearm(epoll, s,
                          EPOLLONESHOT | (ew_wants_read(w, s) ? EPOLLIN : 0u) |
                              (ew_wants_write(s) ? EPOLLOUT : 0u));
}

EW_EPOLL_LOOP(EPOLLIN | EPOLLONESHOT, epoll_oneshot_serve);

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-epoll-oneshot",
                    .summary = "epoll, one report and then disarmed: re-armed by hand",
                    .needs = "Linux 2.6.9",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_full = EW_FULL_DROP},
    .loop = &on_epoll,
};
