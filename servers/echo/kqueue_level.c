/* echo-kqueue-level: kqueue without EV_CLEAR: the kernel repeats what was not dealt with.
 *
 * Readiness: one filter for reading, one for writing that exists only while replies wait. Stops
 * when the stop descriptor becomes readable.  macOS, BSD.
 * Trap: there a full interface queue is ENOBUFS and leaves the socket "writable": waiting for
 * writability would spin. */
#include "loops/kqueue.h"

static int kqueue_level_serve(struct ew_kqueue *k, struct ew_worker *w, struct ew_socket *s,
                              int filter)
{
    int outcome = EW_BLOCKED;

    if (filter == EVFILT_WRITE)
        ew_flush(w, s);
    else
        outcome = ew_echo(w, s);
    if (outcome < 0)
        return outcome;
    return ew_kqueue_interest(k, w, s,
                              (ew_wants_read(w, s) ? EW_KQUEUE_READ : 0u) |
                                  (ew_wants_write(s) ? EW_KQUEUE_WRITE : 0u));
}

EW_KQUEUE_LOOP(0, kqueue_level_serve);

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-kqueue-level",
                    .summary = "kqueue, level-triggered: one datagram for each report",
                    .needs = "macOS or BSD",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_full = EW_FULL_DROP},
    .loop = &on_kqueue,
};
