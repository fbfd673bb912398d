/* tokio-multisocket-join: the futures of all sockets joined into one, which is the main one.
 *
 * Readiness: an event notifies the one task there is, and each of its polls polls every future.
 * Stops when the stop descriptor becomes readable, which ends the core's turn, or when one socket
 * fails.  POSIX; epoll or kqueue where there is one. Trap: a packet costs as many polls as there
 * are sockets. */
#include "multisocket/receiver.h"

#include <stdlib.h>

#include "tokio/join.h"

struct joined {
    struct ew_tokio tokio;
    struct tokio_join_all all;
    struct tokio_future **futures;
};

static int join_compose(struct ew_worker *w)
{
    struct joined *j = w->state;

    j->futures = calloc(w->n_sockets, sizeof(struct tokio_future *));
    if (!j->futures)
        return -ENOMEM;
    for (unsigned i = 0; i < w->n_sockets; i++)
        j->futures[i] = &j->tokio.children[i].future;
    tokio_join_all_init(&j->all, j->futures, w->n_sockets);
    j->tokio.main = &j->all.future;
    return 0;
}

static void join_fini(struct ew_worker *w)
{
    struct joined *j = w->state;

    ew_tokio_fini(&j->tokio);
    free(j->futures);
}

static const struct ew_tokio_loop on_tokio = EW_TOKIO_LOOP_IN(struct joined, multisocket_poll,
                                                              join_compose, join_fini);

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "tokio-multisocket-join",
                    .summary = "our tokio: the futures of all sockets joined in one task",
                    .capabilities = MULTISOCKET_CAN,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_full = EW_FULL_DROP,
                    .default_sockets = MULTISOCKET_SOCKETS},
    .loop = &on_tokio.loop,
};
