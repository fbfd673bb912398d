#include "loops/tokiopoll.h"

#include "loops/miomoments.h"

#include <stdlib.h>

/* ---- what is told of it ---- */

static void tell_child(struct tokio_udp *udp, enum tokio_udp_moment moment, uint32_t readiness)
{
    struct ew_tokio_child *child = (struct ew_tokio_child *)((char *)udp -
                                                             offsetof(struct ew_tokio_child, udp));
    const struct ew_worker *w = child->worker;
    const char *direction = readiness & MIO_READABLE ? "recv" : "send";

    switch (moment) {
    case TOKIO_UDP_EVENT: ew_trace_event(w, child->socket, ew_mio_ready(readiness)); break;
    case TOKIO_UDP_NOT_READY:
        ew_trace(w, "%s not tried on #%u: not ready.", direction, child->socket->index);
        break;
    case TOKIO_UDP_CLEARED:
        ew_trace(w, "%s readiness of #%u cleared.", direction, child->socket->index);
        break;
    }
}

void ew_tokio_tell_poll(const struct ew_tokio_child *child)
{
    if (ew_logs(child->worker, EW_LOG_POLL))
        ew_log(child->worker,
               &(struct ew_log_entry){.kind = EW_LOG_POLL, .socket = child->socket->index});
}

/* ---- making ---- */

static enum mio_awakener tokio_awakener(const struct ew_worker *w)
{
    switch (w->config->awakener) {
    case EW_AWAKENER_2017: return MIO_AWAKENER_2017;
    case EW_AWAKENER_PIPE: return MIO_AWAKENER_PIPE;
    default: return MIO_AWAKENER_BEST;
    }
}

static int open_child(struct ew_tokio *t, struct ew_worker *w, ew_tokio_poll poll)
{
    struct ew_tokio_child *child = &t->children[t->opened];
    int err;

    child->future.poll = poll;
    child->tokio = t;
    child->worker = w;
    child->socket = &w->sockets[t->opened];
    err = tokio_udp_init(&child->udp, t->core, child->socket->fd);
    if (ew_traces(w))
        child->udp.tell = tell_child;
    if (err == 0)
        t->opened++;
    return err;
}

int ew_tokio_init(struct ew_tokio *t, struct ew_worker *w, ew_tokio_poll poll)
{
    struct tokio_core_options options = {.mio = {.selector = w->config->selector,
                                                 .awakener = tokio_awakener(w),
                                                 .trace = ew_mio_trace(w)},
                                         .budget = w->config->budget};
    int err = tokio_core_new(&options, &t->core);

    if (err == 0)
        err = tokio_udp_init(&t->stop, t->core, w->stop_fd);
    t->children = calloc(w->n_sockets, sizeof *t->children);
    if (!t->children)
        return -ENOMEM;
    for (unsigned i = 0; i < w->n_sockets && err == 0; i++)
        err = open_child(t, w, poll);
    return err;
}

/* The futures lie in `children`, so their memory goes after the core that holds them. */
void ew_tokio_fini(struct ew_tokio *t)
{
    for (unsigned i = 0; i < t->opened; i++)
        tokio_udp_fini(&t->children[i].udp);
    tokio_udp_fini(&t->stop);
    tokio_core_free(t->core);
    free(t->children);
}

int ew_tokio_spawn_children(struct ew_tokio *t, const struct ew_worker *w)
{
    int err = 0;

    if (w->n_sockets == 1)
        t->main = &t->children[0].future;
    for (unsigned i = 0; i < w->n_sockets && !t->main && err == 0; i++)
        err = tokio_core_spawn(t->core, &t->children[i].future);
    return err;
}

/* ---- running ---- */

static int tokiopoll_poll_main(struct ew_tokio *t, struct ew_worker *w)
{
    if (t->tells_main || ew_traces(w))
        ew_log(w, &(struct ew_log_entry){.kind = t->tells_main ? EW_LOG_TEXT : EW_LOG_TRACE,
                                         .text = "Main future poll()..."});
    ew_count(&w->counters->main_polls, 1);
    return tokio_core_poll_main(t->core, t->main);
}

/* The loop's only awakener is the poll's, and this the one who copies its counts. */
static void tokiopoll_count_wakeups(const struct ew_tokio *t, struct ew_worker *w)
{
    struct mio_counters counted;

    tokio_core_wakeups(t->core, &counted);
    atomic_store_explicit(&w->counters->wakeups_written, counted.wakeups_written,
                          memory_order_relaxed);
    atomic_store_explicit(&w->counters->wakeups_received, counted.wakeups_received,
                          memory_order_relaxed);
}

/* Only in the form of 2017 is the awakener written at every turn. */
int ew_tokio_run(struct ew_tokio *t, struct ew_worker *w)
{
    const bool wakes_itself = w->config->awakener == EW_AWAKENER_2017;
    struct tokio_core_counters before = {0}, now;
    int fired = 1;

    while (!ew_stopping(w)) {
        int result = fired > 0 && t->main ? tokiopoll_poll_main(t, w) : TOKIO_PENDING;

        if (result != TOKIO_PENDING)
            return result < 0 ? result : 0;
        fired = tokio_core_turn(t->core, MIO_FOREVER);
        if (fired < 0)
            return fired;
        if (t->err)
            return t->err;
        tokio_core_counters(t->core, &now);
        ew_count_wait(w, (unsigned)(now.events - before.events) - (t->stop.arrived != 0));
        before = now;
        if (wakes_itself)
            tokiopoll_count_wakeups(t, w);
    }
    tokiopoll_count_wakeups(t, w);
    return 0;
}

/* ---- serving ---- */

/* False while replies wait that the kernel does not take; the task then hears of room. */
static bool send_waiting(struct ew_tokio_child *child, struct tokio_context *context)
{
    if (!ew_wants_write(child->socket))
        return true;
    if (tokio_udp_poll_ready(&child->udp, context, MIO_WRITABLE) == TOKIO_PENDING)
        return false;
    ew_flush(child->worker, child->socket);
    return !ew_wants_write(child->socket) ||
           tokio_udp_blocked(&child->udp, context, MIO_WRITABLE) != TOKIO_PENDING;
}

int ew_tokio_serve(struct ew_tokio_child *child, struct tokio_context *context,
                   int (*serve)(struct ew_worker *worker, struct ew_socket *socket))
{
    ew_count(&child->socket->counters->polls, 1);
    for (;;) {
        int outcome;

        if (!send_waiting(child, context) && !ew_wants_read(child->worker, child->socket))
            return TOKIO_PENDING;
        if (tokio_udp_poll_ready(&child->udp, context, MIO_READABLE) == TOKIO_PENDING)
            return TOKIO_PENDING;
        if (!tokio_may_step(context)) {
            if (ew_traces(child->worker))
                ew_trace(child->worker, "budget of #%u spent: to the end of the line.",
                         child->socket->index);
            return TOKIO_PENDING;
        }
        outcome = serve(child->worker, child->socket);
        if (outcome < 0)
            return outcome;
        if (outcome == EW_BLOCKED)
            return tokio_udp_blocked(&child->udp, context, MIO_READABLE);
    }
}

int ew_tokio_echo(struct tokio_future *future, struct tokio_context *context)
{
    struct ew_tokio_child *child = (struct ew_tokio_child *)future;
    int result;

    if (ew_traces(child->worker))
        ew_tokio_tell_poll(child);
    result = ew_tokio_serve(child, context, ew_echo);

    if (result < 0)
        child->tokio->err = result;
    return result;
}

/* ---- as a server's loop ---- */

static const struct ew_tokio_loop *tokio_loop(void)
{
    return (const void *)((const char *)ew_server.loop - offsetof(struct ew_tokio_loop, loop));
}

static struct ew_tokio *tokio_of(const struct ew_worker *w)
{
    return (void *)((char *)w->state + tokio_loop()->offset);
}

int ew_tokio_loop_init(struct ew_worker *w)
{
    const struct ew_tokio_loop *own = tokio_loop();
    struct ew_tokio *t = tokio_of(w);
    int err = ew_tokio_init(t, w, own->poll);

    if (err < 0)
        return err;
    return own->compose ? own->compose(w) : ew_tokio_spawn_children(t, w);
}

int ew_tokio_loop_run(struct ew_worker *w)
{
    return ew_tokio_run(tokio_of(w), w);
}

void ew_tokio_loop_fini(struct ew_worker *w)
{
    ew_tokio_fini(tokio_of(w));
}
