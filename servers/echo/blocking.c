/* echo-blocking: a thread for each socket, a blocking recvfrom and a blocking sendto; a row for
 * comparison.
 *
 * Readiness: nobody asks; the thread sleeps in the receive until there is something. Stops when
 * core shuts the socket down and wakes it (core/instance.c).  POSIX. Trap: while a reply cannot be
 * sent the thread sleeps in the send, with a limit so that stop is noticed. */
#include "core/core.h"

static void send_blocking(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    while (ew_send(w, s, d) == EW_BLOCKED)
        if (ew_stopping(w)) {
            ew_count(&s->counters->dropped_stopping, 1);
            return;
        }
}

static int blocking_run(struct ew_worker *w)
{
    struct ew_datagram d;

    while (!ew_stopping(w)) {
        int outcome;

        if (ew_traces(w))
            ew_trace(w, "before recv on #%u.", w->sockets->index);
        outcome = ew_receive(w, w->sockets, &d);
        if (outcome < 0)
            return outcome;
        if (outcome == EW_DONE)
            send_blocking(w, w->sockets, &d);
    }
    return 0;
}

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-blocking",
                    .summary = "a blocking recvfrom and sendto, a thread for each socket",
                    .capabilities = (EW_CAN_ECHO_ALL &
                                     ~(uint64_t)(EW_CAN_QUEUE | EW_CAN_PAUSE | EW_CAN_MULTIPLEX)) |
                                    EW_CAN_FAIR,
                    .queue_rule = EW_QUEUE_OWN},
    .loop = &(const struct ew_loop){.run = blocking_run},
    .blocking = true,
    .worker_per_socket = true,
};
