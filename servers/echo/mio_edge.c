/* echo-mio-edge: our mio, edge-triggered, drained until EAGAIN; no cure for starvation, on purpose.
 *
 * Readiness: after a report mio owes none until it was told of an EAGAIN, so the drain ends with
 * telling it. Stops when the stop descriptor becomes readable.  POSIX; epoll or kqueue where there
 * is one. Trap: the drain has no budget: EAGAIN or the stop flag end it.  A peer that sends without
 * pause is served alone. */
#include "loops/miopoll.h"

/* Where reading was paused there was no EAGAIN: writability brings the drain back. */
static int mio_edge_serve(struct ew_mio *mio, struct ew_worker *w, unsigned index, unsigned ready)
{
    struct ew_socket *s = &w->sockets[index];
    int outcome;

    (void)ready; /* whichever edge it was, the other may be hidden behind it */
    ew_flush(w, s);
    outcome = ew_drain(w, s);
    if (outcome < 0)
        return outcome;
    if (ew_wants_read(w, s))
        mio_socket_blocked(&mio->sockets[index], MIO_READABLE);
    if (ew_wants_write(s))
        mio_socket_blocked(&mio->sockets[index], MIO_WRITABLE);
    return ew_mio_interest(mio, w, index, MIO_READABLE | (ew_wants_write(s) ? MIO_WRITABLE : 0u));
}

EW_MIO_LOOP(MIO_EDGE, mio_edge_serve);

const struct ew_server ew_server = {
    .description =
        {.size = sizeof(struct ew_description),
         .abi = EW_ABI,
         .name = "echo-mio-edge",
         .summary =
             "our mio, edge-triggered, drained until EAGAIN: no cure for starvation, on purpose",
         .capabilities = EW_CAN_ECHO_ALL | EW_CAN_WORKERS | EW_CAN_SELECTOR,
         .queue_rule = EW_QUEUE_EXACT,
         .default_full = EW_FULL_DROP},
    .loop = &on_mio,
};
