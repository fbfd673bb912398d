/* Wrong on purpose: answers what was asked of any port from its first one.
 *
 * Caught by integrity-address. */
#include "core/pollset.h"

static int serve(struct ew_worker *w, struct ew_socket *s, struct pollfd *fd)
{
    struct ew_datagram d;
    int outcome = ew_receive(w, s, &d);

    (void)fd;
    if (outcome == EW_DONE && ew_send(w, &w->sockets[0], &d) == EW_BLOCKED)
        ew_count(&s->counters->dropped_queue_full, 1);
    return outcome;
}

static int run(struct ew_worker *w)
{
    return ew_pollset_run(w, serve);
}

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description), .abi = EW_ABI, .name = "mutant-wrong-port",
                    .summary = "wrong on purpose: answers from its first port, whichever was asked",
                    .capabilities = EW_CAN_ECHO | EW_CAN_IPV6 | EW_CAN_SOCKETS | EW_CAN_COUNTERS, .queue_rule = EW_QUEUE_OWN},
    .state_size = sizeof(struct ew_pollset),
    .init = ew_pollset_init,
    .run = run,
    .fini = ew_pollset_fini,
};
