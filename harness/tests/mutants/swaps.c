/* Wrong on purpose: when two datagrams of one client wait, it answers the second one first.
 *
 * Caught by the order chapter. */
#include "core/pollset.h"

#include <string.h>

struct state {
    struct ew_pollset set; /* first, as ew_pollset_init() wants it */
    uint8_t bytes[EW_DATAGRAM_MAX];
};

static void answer(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (ew_send(w, s, d) == EW_BLOCKED)
        ew_count(&s->counters->dropped_queue_full, 1);
}

static int serve(struct ew_worker *w, struct ew_socket *s, struct pollfd *fd)
{
    struct state *state = w->state;
    struct ew_datagram first, second;
    int outcome = ew_receive(w, s, &first);
    bool swap;

    (void)fd;
    if (outcome != EW_DONE)
        return outcome;
    memcpy(state->bytes, first.data, first.length);
    first.data = state->bytes;
    outcome = ew_receive(w, s, &second);
    swap = outcome == EW_DONE && first.peer.in.sin_port == second.peer.in.sin_port;
    if (swap)
        answer(w, s, &second);
    answer(w, s, &first);
    if (outcome == EW_DONE && !swap)
        answer(w, s, &second);
    return outcome;
}

static int run(struct ew_worker *w)
{
    return ew_pollset_run(w, serve);
}

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description), .abi = EW_ABI, .name = "mutant-swaps",
                    .summary = "wrong on purpose: swaps two waiting datagrams of one client",
                    .capabilities = EW_CAN_ECHO | EW_CAN_IPV6 | EW_CAN_WILDCARD | EW_CAN_SOCKETS | EW_CAN_COUNTERS,
                    .queue_rule = EW_QUEUE_OWN},
    .state_size = sizeof(struct state),
    .init = ew_pollset_init,
    .run = run,
    .fini = ew_pollset_fini,
};
