/* tokio-multisocket-futuresunordered: the futures of all sockets in a FuturesUnordered, whose
 * for_each is the main future.
 *
 * Readiness: an event notifies its socket's future, which puts it on the set's ready list and
 * notifies the one task; the set polls what is on the list.  Stops when the stop descriptor becomes
 * readable, which ends the core's turn, or when one socket fails. POSIX; epoll or kqueue where
 * there is one.
 * Trap: a future that notifies itself is polled again in the same call, without a limit, as in
 * 2017. */
#include "multisocket/receiver.h"

#include "tokio/unordered.h"

struct unordered {
    struct ew_tokio tokio;
    struct tokio_unordered set;
    struct tokio_for_each each;
};

/* A socket's future ends with an error only, and that is the set's. */
static int futuresunordered_ignore_item(void *context, void *item)
{
    (void)context, (void)item;
    return 0;
}

static int futuresunordered_compose(struct ew_worker *w)
{
    struct unordered *u = w->state;
    int err = tokio_unordered_init(&u->set);

    u->set.budget = TOKIO_BUDGET_2017;
    for (unsigned i = 0; i < w->n_sockets && err == 0; i++)
        err = tokio_unordered_push(&u->set, &u->tokio.children[i].future);
    tokio_for_each_init(&u->each, &u->set.stream, futuresunordered_ignore_item, NULL);
    u->tokio.main = &u->each.future;
    return err;
}

static void futuresunordered_fini(struct ew_worker *w)
{
    struct unordered *u = w->state;

    tokio_unordered_fini(&u->set);
    ew_tokio_fini(&u->tokio);
}

static const struct ew_tokio_loop on_tokio = EW_TOKIO_LOOP_IN(
    struct unordered, multisocket_poll, futuresunordered_compose, futuresunordered_fini);

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "tokio-multisocket-futuresunordered",
                    .summary =
                        "our tokio: the futures of all sockets in a FuturesUnordered in one task",
                    .capabilities = MULTISOCKET_CAN,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_full = EW_FULL_DROP,
                    .default_sockets = MULTISOCKET_SOCKETS},
    .loop = &on_tokio.loop,
};
