/* echo-poll: poll(2), the portable mechanism.
 *
 * Readiness: level-triggered by nature; the whole list goes to the kernel and back at every wait.
 * Stops when the stop descriptor becomes readable.  POSIX.
 * Trap: the cost of a wait grows with the number of sockets, ready or not. */
#include "loops/pollset.h"

static int poll_serve(struct ew_worker *w, struct ew_socket *s, struct pollfd *fd)
{
    int outcome = EW_BLOCKED;

    if (fd->revents & POLLOUT)
        ew_flush(w, s);
    if (fd->revents & ~POLLOUT) /* an error is collected by receiving, too */
        outcome = ew_echo(w, s);
    fd->events = (short)((ew_wants_read(w, s) ? POLLIN : 0) | (ew_wants_write(s) ? POLLOUT : 0));
    return outcome;
}

EW_POLLSET_LOOP(poll_serve);

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-poll",
                    .summary = "poll(2): one datagram for each report",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_full = EW_FULL_DROP},
    .loop = &on_pollset,
};
