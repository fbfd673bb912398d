/* echo-flipflop: either receiving or sending, never both: the control that the others improve upon.
 *
 * Readiness: poll(2), asking for the one direction that each socket is in.  It shows what
 * tokio-core's echo-udp example does: while a reply cannot be sent nothing is received, and the
 * kernel's buffer holds the rest. Stops when the stop descriptor becomes readable.  POSIX.
 * Trap: its queue is one reply deep whatever --queue says, and it never drops for want of room. */
#include "loops/pollset.h"

/* One step: finish sending, else receive and try to send. */
static int flipflop_step(struct ew_worker *w, struct ew_socket *s, struct pollfd *fd)
{
    int outcome = EW_BLOCKED;

    if (ew_wants_write(s))
        ew_flush(w, s);
    else
        outcome = ew_echo(w, s);
    fd->events = ew_wants_write(s) ? POLLOUT : POLLIN;
    return outcome;
}

EW_POLLSET_LOOP(flipflop_step);

const struct ew_server ew_server = {
    .description =
        {.size = sizeof(struct ew_description),
         .abi = EW_ABI,
         .name = "echo-flipflop",
         .summary =
             "either receiving or sending, never both: the control that the others improve upon",
         .capabilities = (EW_CAN_ECHO_ALL &
                          ~(uint64_t)(EW_CAN_QUEUE | EW_CAN_PAUSE | EW_CAN_MULTIPLEX)) |
                         EW_CAN_FAIR | EW_CAN_WORKERS,
         .queue_rule = EW_QUEUE_OWN},
    .loop = &on_pollset,
    .queue_held = 1,
};
