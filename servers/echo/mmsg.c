/* echo-mmsg: a batch of datagrams for each report, received with one call and sent with another.
 *
 * Readiness: level-triggered epoll; a socket that has more than a batch is reported again, behind
 * the others that are ready.
 * Stops when the stop descriptor becomes readable.  Linux 3.0.
 * Trap: sendmmsg says how many were taken, and of the one that was not only the next call says
 * why. */
#include "loops/epoll.h"

/* What libuv takes at a time, too; beyond it a batch gains little more. */
#define MMSG_BUDGET 32

struct mmsg {
    struct ew_epoll epoll; /* first: the loop knows no more of it */
    struct ew_batch *batch;
};

static int mmsg_serve(struct ew_epoll *epoll, struct ew_worker *w, struct ew_socket *s,
                      uint32_t ready)
{
    const struct mmsg *mmsg = w->state;
    int outcome = EW_BLOCKED;

    if (ready & EPOLLOUT)
        ew_flush(w, s);
    if (ready & ~(uint32_t)EPOLLOUT) /* an error is collected by receiving, too */
        outcome = ew_echo_batch(w, s, mmsg->batch);
    if (outcome < 0)
        return outcome;
    return ew_epoll_interest(
        epoll, s, (ew_wants_read(w, s) ? EPOLLIN : 0u) | (ew_wants_write(s) ? EPOLLOUT : 0u));
}

static int mmsg_init(struct ew_worker *w)
{
    struct mmsg *mmsg = w->state;
    int err = ew_epoll_init(&mmsg->epoll, w, EPOLLIN);

    mmsg->batch = ew_batch_new(w, w->config->budget);
    return err || mmsg->batch ? err : -ENOMEM;
}

static int mmsg_run(struct ew_worker *w)
{
    return ew_epoll_run(w->state, w, mmsg_serve);
}

static void mmsg_fini(struct ew_worker *w)
{
    struct mmsg *mmsg = w->state;

    ew_epoll_fini(&mmsg->epoll);
    ew_batch_free(mmsg->batch);
}

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-mmsg",
                    .summary = "epoll, level-triggered: a batch for each report, by recvmmsg and "
                               "sendmmsg",
                    .needs = "Linux 3.0",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_budget = MMSG_BUDGET,
                    .default_full = EW_FULL_DROP},
    .loop = &(const struct ew_loop){.state_size = sizeof(struct mmsg),
                                    .init = mmsg_init,
                                    .run = mmsg_run,
                                    .fini = mmsg_fini},
};
