/* Wrong on purpose: bound to a wildcard, it does not look which address was asked, and so the routing table answers.
 *
 * Caught by integrity-wildcard. */
#include "core/pollset.h"

static int serve(struct ew_worker *w, struct ew_socket *s, struct pollfd *fd)
{
    struct ew_datagram d;
    int outcome = ew_receive(w, s, &d);

    (void)fd;
    d.asked.any.sa_family = AF_UNSPEC;
    if (outcome == EW_DONE && ew_send(w, s, &d) == EW_BLOCKED)
        ew_count(&s->counters->dropped_queue_full, 1);
    return outcome;
}

static int run(struct ew_worker *w)
{
    return ew_pollset_run(w, serve);
}

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description), .abi = EW_ABI, .name = "mutant-wrong-address",
                    .summary = "wrong on purpose: answers from the address that the routing table picks",
                    .capabilities = EW_CAN_ECHO | EW_CAN_IPV6 | EW_CAN_WILDCARD | EW_CAN_SOCKETS | EW_CAN_COUNTERS,
                    .queue_rule = EW_QUEUE_OWN},
    .state_size = sizeof(struct ew_pollset),
    .init = ew_pollset_init,
    .run = run,
    .fini = ew_pollset_fini,
};
