/* echo-epoll-fair: edge-triggered with a cure: a budget for each turn, and a list of sockets that
 * are still owed one.
 *
 * Readiness: an edge puts a socket on the ready list; only EAGAIN takes it off.  Turns go round
 * robin, at most `budget` datagrams each, and between two rounds the kernel is asked, without
 * waiting, who else has become ready. Stops when the stop descriptor becomes readable.  Linux
 * 2.6.9.
 * Trap: who arrives just after an endless socket's turn began waits for the rest of that turn and
 * for one more: 2 * budget - 1. */
#include "loops/epoll.h"

#include <stdlib.h>

#define READ_EDGES (EPOLLIN | EPOLLET)

/* The ready list is a ring with room for every socket; none is on it twice. */
struct fair {
    struct ew_epoll epoll;
    struct ew_socket **ready;
    unsigned head;
    unsigned count;
};

static void push_ready(struct fair *fair, struct ew_worker *w, struct ew_socket *s)
{
    if (s->user) /* is on the list */
        return;
    s->user = fair;
    fair->ready[(fair->head + fair->count++) % w->n_sockets] = s;
}

static struct ew_socket *pop_ready(struct fair *fair, struct ew_worker *w)
{
    struct ew_socket *s = fair->ready[fair->head];

    fair->head = (fair->head + 1) % w->n_sockets;
    fair->count--;
    s->user = NULL;
    return s;
}

static int epoll_fair_take_turn(struct fair *fair, struct ew_worker *w, struct ew_socket *s)
{
    int outcome = EW_DONE;

    ew_flush(w, s);
    for (unsigned served = 0; served < w->config->budget && outcome > EW_BLOCKED; served++)
        outcome = ew_echo(w, s);
    if (outcome > EW_BLOCKED) {
        if (ew_traces(w))
            ew_trace(w, "budget of #%u spent: to the end of the line.", s->index);
        push_ready(fair, w, s);
    }
    if (outcome < 0)
        return outcome;
    return ew_epoll_interest(&fair->epoll, s,
                             ew_wants_write(s) ? READ_EDGES | EPOLLOUT : READ_EDGES);
}

static int epoll_fair_run_round(struct fair *fair, struct ew_worker *w)
{
    int err = 0;

    for (unsigned n = fair->count; n > 0 && err >= 0; n--)
        err = epoll_fair_take_turn(fair, w, pop_ready(fair, w));
    return err;
}

static int epoll_fair_run(struct ew_worker *w)
{
    struct fair *fair = w->state;

    while (!ew_stopping(w)) {
        int n = ew_epoll_wait(&fair->epoll, w, fair->count > 0 ? 0 : -1);

        if (n < 0)
            return n;
        for (int i = 0; i < n; i++)
            push_ready(fair, w, fair->epoll.fired[i].data.ptr);
        n = epoll_fair_run_round(fair, w);
        if (n < 0)
            return n;
    }
    return 0;
}

static int epoll_fair_init(struct ew_worker *w)
{
    struct fair *fair = w->state;
    int err = ew_epoll_init(&fair->epoll, w, READ_EDGES);

    fair->ready = calloc(w->n_sockets, sizeof(struct ew_socket *));
    return err || fair->ready ? err : -ENOMEM;
}

static void epoll_fair_fini(struct ew_worker *w)
{
    struct fair *fair = w->state;

    ew_epoll_fini(&fair->epoll);
    free(fair->ready);
}

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "echo-epoll-fair",
                    .summary =
                        "epoll, edge-triggered, with a budget for each socket and a ready list",
                    .needs = "Linux 2.6.9",
                    .capabilities = EW_CAN_ECHO_ALL | EW_CAN_FAIR | EW_CAN_WORKERS,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_budget = EW_DEFAULT_BUDGET,
                    .default_full = EW_FULL_DROP},
    .loop = &(const struct ew_loop){.state_size = sizeof(struct fair),
                                    .init = epoll_fair_init,
                                    .run = epoll_fair_run,
                                    .fini = epoll_fair_fini},
};
