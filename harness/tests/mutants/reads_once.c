/* Wrong on purpose: edge-triggered, and reads once for each edge.  What arrives between two looks is announced once, so all but
 * the first of it waits for somebody else to send.
 *
 * Caught by order-freeze. */
#include "core/epoll.h"

static int serve(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s, uint32_t ready)
{
    int outcome = ew_echo(w, s);

    (void)epoll, (void)ready;
    return outcome < 0 ? outcome : 0;
}

static int run(struct ew_worker *w)
{
    return ew_epoll_run(w, serve);
}

static int init(struct ew_worker *w)
{
    return ew_epoll_init(w, EPOLLIN | EPOLLET);
}

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description), .abi = EW_ABI, .name = "mutant-reads-once",
                    .summary = "wrong on purpose: reads once for each edge", .capabilities = EW_CAN_ECHO_ALL & ~(uint64_t)EW_CAN_QUEUE,
                    .queue_rule = EW_QUEUE_OWN, .default_full = EW_FULL_DROP},
    .state_size = sizeof(struct ew_epoll),
    .init = init,
    .run = run,
    .fini = ew_epoll_fini,
};
