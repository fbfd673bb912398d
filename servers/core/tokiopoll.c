#include "core/tokiopoll.h"

#include <stdlib.h>

static int open_task(struct ew_tokio *t, struct ew_worker *w,
                     int (*poll)(struct tokio_future *future, struct tokio_context *context))
{
    struct ew_tokio_task *task = &t->tasks[t->opened];
    int err;

    task->future.poll = poll;
    task->worker = w;
    task->socket = &w->sockets[t->opened];
    err = tokio_udp_init(&task->udp, t->core, task->socket->fd);
    if (err < 0)
        return err;
    t->opened++;
    return tokio_core_spawn(t->core, &task->future);
}

int ew_tokio_init(struct ew_worker *w, unsigned budget,
                  int (*poll)(struct tokio_future *future, struct tokio_context *context))
{
    struct tokio_core_options options = {.mio.selector = w->config->selector, .budget = budget};
    struct ew_tokio *t = w->state;
    int err = tokio_core_new(&options, &t->core);

    if (err == 0)
        err = tokio_udp_init(&t->stop, t->core, w->stop_fd);
    t->tasks = calloc(w->n_sockets, sizeof *t->tasks);
    if (!t->tasks)
        return -ENOMEM;
    for (unsigned i = 0; i < w->n_sockets && err == 0; i++)
        err = open_task(t, w, poll);
    return err;
}

/* The futures lie in `tasks`, so their memory goes after the core that holds them. */
void ew_tokio_fini(struct ew_worker *w)
{
    struct ew_tokio *t = w->state;

    for (unsigned i = 0; i < t->opened; i++)
        tokio_udp_fini(&t->tasks[i].udp);
    tokio_udp_fini(&t->stop);
    tokio_core_free(t->core);
    free(t->tasks);
}

int ew_tokio_run(struct ew_worker *w)
{
    struct ew_tokio *t = w->state;
    struct tokio_core_counters before = {0}, now;

    while (!ew_stopping(w) && t->err == 0) {
        int err = tokio_core_turn(t->core, MIO_FOREVER);

        if (err < 0)
            return err;
        tokio_core_counters(t->core, &now);
        ew_count_wait(w, (unsigned)(now.events - before.events));
        before = now;
    }
    return t->err;
}

/* False while replies wait that the kernel does not take; the task then hears of room. */
static bool send_waiting(struct ew_tokio_task *task, struct tokio_context *context)
{
    if (!ew_wants_write(task->socket))
        return true;
    if (tokio_udp_poll_ready(&task->udp, context, MIO_WRITABLE) == TOKIO_PENDING)
        return false;
    ew_flush(task->worker, task->socket);
    return !ew_wants_write(task->socket) || tokio_udp_blocked(&task->udp, context, MIO_WRITABLE) != TOKIO_PENDING;
}

int ew_tokio_echo(struct tokio_future *future, struct tokio_context *context)
{
    struct ew_tokio_task *task = (struct ew_tokio_task *)future;
    struct ew_worker *w = task->worker;

    ew_count(&task->socket->counters->polls, 1);
    for (;;) {
        int outcome;

        if (!send_waiting(task, context) && !ew_wants_read(w, task->socket))
            return TOKIO_PENDING;
        if (tokio_udp_poll_ready(&task->udp, context, MIO_READABLE) == TOKIO_PENDING || !tokio_may_step(context))
            return TOKIO_PENDING;
        outcome = ew_echo(w, task->socket);
        if (outcome < 0)
            return ((struct ew_tokio *)w->state)->err = outcome;
        if (outcome == EW_BLOCKED)
            return tokio_udp_blocked(&task->udp, context, MIO_READABLE);
    }
}
