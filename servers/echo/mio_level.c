/* echo-mio-level: our mio, level-triggered: one datagram for each event.
 *
 * Readiness: mio repeats what was not dealt with, on every selector that the platform has
 * (--selector). Stops when the stop descriptor becomes readable.  POSIX; epoll or kqueue where
 * there is one. Trap: a reregister costs a system call, so interest in writing is added and taken
 * back only when it changes. */
#include "loops/miopoll.h"

static int mio_level_serve(struct ew_mio *mio, struct ew_worker *w, unsigned index, unsigned ready)
{
    struct ew_socket *s = &w->sockets[index];
    int outcome = EW_BLOCKED;

    if (ready & MIO_WRITABLE)
        ew_flush(w, s);
    if (ready & MIO_READABLE)
        outcome = ew_echo(w, s);
    if (outcome < 0)
        return outcome;
    return ew_mio_interest(mio, w, index,
                           (ew_wants_read(w, s) ? MIO_READABLE : 0u) |
                               (ew_wants_write(s) ? MIO_WRITABLE : 0u));
}

EW_MIO_LOOP(MIO_LEVEL, mio_level_serve);

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-mio-level",
                    .summary = "our mio, level-triggered: one datagram for each event",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS |
                                    EW_CAN_SELECTOR,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_full = EW_FULL_DROP},
    .loop = &on_mio,
};
