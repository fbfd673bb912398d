/* tokio-multisocket-spawn: a task for each socket, spawned by the main future.
 *
 * Readiness: an event notifies the task of its socket and nobody else.  Stops when the stop
 * descriptor becomes readable, which ends the core's turn; a socket that fails ends its own task.
 * POSIX; epoll or kqueue where there is one. Trap: nobody hears of a task that ended. */
#include "multisocket/receiver.h"

struct spawning {
    struct ew_tokio tokio;
    struct tokio_future main;
    struct ew_worker *worker;
};

/* Once; nothing notifies it. */
static int spawn_poll_main(struct tokio_future *future, struct tokio_context *context)
{
    struct spawning *s = (struct spawning *)((char *)future - offsetof(struct spawning, main));
    int err = 0;

    (void)context;
    for (unsigned i = 0; i < s->worker->n_sockets && err == 0; i++)
        err = tokio_core_spawn(s->tokio.core, &s->tokio.children[i].future);
    return err < 0 ? err : TOKIO_PENDING;
}

static int spawn_compose(struct ew_worker *w)
{
    struct spawning *s = w->state;

    s->worker = w;
    s->main.poll = spawn_poll_main;
    s->tokio.main = &s->main;
    s->tokio.tells_main = true;
    return 0;
}

static const struct ew_tokio_loop on_tokio = EW_TOKIO_LOOP_IN(struct spawning, multisocket_poll,
                                                              spawn_compose, ew_tokio_loop_fini);

const struct ew_server ew_server = {
    .description = {.size = sizeof(struct ew_description),
                    .abi = EW_ABI,
                    .name = "tokio-multisocket-spawn",
                    .summary = "our tokio: a task for each socket, spawned by the main future",
                    .capabilities = MULTISOCKET_CAN,
                    .queue_rule = EW_QUEUE_EXACT,
                    .default_full = EW_FULL_DROP,
                    .default_sockets = MULTISOCKET_SOCKETS},
    .loop = &on_tokio.loop,
};
