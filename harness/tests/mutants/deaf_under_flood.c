/* Wrong on purpose: whoever is quiet is thrown away as long as somebody else keeps the first socket busy.
 *
 * Caught by the starvation chapter. */
#include "core/pollset.h"

/* Beyond what any other case sends to the first of several ports. */
#define BUSY 150

static unsigned *busy(struct ew_worker *w)
{
    return &w->sockets[0].interest;
}

static int serve(struct ew_worker *w, struct ew_socket *s, struct pollfd *fd)
{
    struct ew_datagram d;
    bool drop = s->index > 0 && *busy(w) > BUSY;
    int outcome = ew_receive(w, s, &d);

    (void)fd;
    if (outcome != EW_DONE)
        return outcome;
    if (s->index == 0)
        ++*busy(w);
    if (drop || ew_send(w, s, &d) == EW_BLOCKED)
        ew_count(&s->counters->dropped_queue_full, 1);
    return outcome;
}

static int run(struct ew_worker *w)
{
    return ew_pollset_run(w, serve);
}

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description), .abi = EW_ABI, .name = "mutant-deaf-under-flood",
                    .summary = "wrong on purpose: drops what quiet sockets get once the first one was busy",
                    .capabilities = EW_CAN_ECHO | EW_CAN_IPV6 | EW_CAN_WILDCARD | EW_CAN_SOCKETS | EW_CAN_COUNTERS,
                    .queue_rule = EW_QUEUE_OWN},
    .state_size = sizeof(struct ew_pollset),
    .init = ew_pollset_init,
    .run = run,
    .fini = ew_pollset_fini,
};
