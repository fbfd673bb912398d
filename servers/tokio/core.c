#include "tokio/core.h"

#include "tokio/core_internal.h"
#include "tokio/inbox.h"

#include <stdlib.h>

#define EVENTS_MAX 1024
#define WAKE_TOKEN 0
#define FIRST_SOCKET_TOKEN 1

/* Makes the loop's wait end.  Written to the kernel only if the loop sleeps, which mio knows. */
struct waker {
    struct tokio_notify notify;
    atomic_bool notified; /* since the loop last looked */
    struct mio_set_readiness *readiness;
};

/* A future on its way from another thread. */
struct parcel {
    struct tokio_link link;
    struct tokio_future *future;
};

struct tokio_remote {
    atomic_uint references;
    struct tokio_inbox inbox;
    struct waker *waker;
};

struct tokio_core {
    struct mio_poll *poll;
    struct mio_registration *registration;
    struct waker *loop; /* told by spawned tasks and other threads */
    struct waker *main; /* told by the main future's wakers */
    struct tokio_remote *remote;
    struct tokio_tasks tasks;
    struct tokio_timers timers;
    struct tokio_source **sockets; /* by token; NULL: free */
    size_t sockets_room;
    size_t sockets_full; /* the tokens below are all taken */
    struct tokio_core_counters counters;
    struct mio_event events[EVENTS_MAX];
};

/* ---- wakers ---- */

static void core_wake(struct tokio_notify *notify)
{
    struct waker *w = (struct waker *)notify;

    if (!atomic_exchange(&w->notified, true))
        mio_set_readiness(w->readiness, MIO_READABLE);
}

static void free_waker(struct tokio_notify *notify)
{
    mio_set_readiness_free(((struct waker *)notify)->readiness);
    free(notify);
}

static const struct tokio_notify_type waker_type = {.notify = core_wake, .free = free_waker};

/* Takes the handle, also when it fails. */
static struct waker *waker_new(struct mio_set_readiness *readiness)
{
    struct waker *w = readiness ? malloc(sizeof *w) : NULL;

    if (!w) {
        mio_set_readiness_free(readiness);
        return NULL;
    }
    tokio_notify_init(&w->notify, &waker_type);
    atomic_init(&w->notified, false);
    w->readiness = readiness;
    return w;
}

/* ---- spawning from other threads ---- */

static struct tokio_remote *remote_new(struct waker *waker)
{
    struct tokio_remote *r = malloc(sizeof *r);

    if (!r)
        return NULL;
    atomic_init(&r->references, 1);
    tokio_inbox_init(&r->inbox);
    r->waker = waker;
    tokio_notify_retain(&waker->notify);
    return r;
}

struct tokio_remote *tokio_core_remote(struct tokio_core *core)
{
    atomic_fetch_add_explicit(&core->remote->references, 1, memory_order_relaxed);
    return core->remote;
}

void tokio_remote_release(struct tokio_remote *remote)
{
    if (!remote || atomic_fetch_sub_explicit(&remote->references, 1, memory_order_acq_rel) != 1)
        return;
    tokio_notify_release(&remote->waker->notify);
    free(remote);
}

int tokio_remote_spawn(struct tokio_remote *remote, struct tokio_future *future)
{
    struct parcel *p = malloc(sizeof *p);

    if (!p)
        return -ENOMEM;
    p->future = future;
    if (!tokio_inbox_push(&remote->inbox, &p->link)) {
        free(p);
        return -EPIPE;
    }
    tokio_notify(&remote->waker->notify);
    return 0;
}

static void take_parcels(struct tokio_core *core)
{
    struct tokio_link *link;

    tokio_inbox_collect(&core->remote->inbox);
    while ((link = tokio_inbox_pop(&core->remote->inbox)) != NULL) {
        struct parcel *p = (struct parcel *)link;

        if (tokio_core_spawn(core, p->future) < 0)
            tokio_drop(p->future);
        free(p);
    }
}

static void drop_parcels(struct tokio_remote *remote)
{
    struct tokio_link *link, *next;

    for (link = tokio_inbox_close(&remote->inbox); link; link = next) {
        next = link->next;
        tokio_drop(((struct parcel *)link)->future);
        free(link);
    }
}

/* ---- making ---- */

static int core_make(struct tokio_core *core, const struct tokio_core_options *o)
{
    struct mio_set_readiness *readiness = NULL;
    int err = mio_poll_new(&o->mio, &core->poll);

    tokio_timers_init(&core->timers, o->clock.now_ns ? o->clock : tokio_clock_monotonic());
    if (err == 0)
        err = tokio_tasks_init(&core->tasks);
    if (err == 0)
        err = mio_registration_new(&core->registration, &readiness);
    if (err != 0)
        return err;
    core->tasks.budget = o->budget;
    core->main = waker_new(mio_set_readiness_clone(readiness));
    core->loop = waker_new(readiness);
    core->remote = core->loop ? remote_new(core->loop) : NULL;
    if (!core->main || !core->remote)
        return -ENOMEM;
    return mio_registration_register(core->poll, core->registration, WAKE_TOKEN, MIO_READABLE,
                                     MIO_EDGE);
}

int tokio_core_new(const struct tokio_core_options *options, struct tokio_core **core)
{
    static const struct tokio_core_options defaults = {0};
    int err;

    *core = calloc(1, sizeof **core);
    if (!*core)
        return -ENOMEM;
    err = core_make(*core, options ? options : &defaults);
    if (err < 0) {
        tokio_core_free(*core);
        *core = NULL;
    }
    return err;
}

void tokio_core_free(struct tokio_core *core)
{
    if (!core)
        return;
    tokio_tasks_fini(&core->tasks);
    if (core->remote)
        drop_parcels(core->remote);
    tokio_remote_release(core->remote);
    if (core->main)
        tokio_notify_release(&core->main->notify);
    if (core->loop)
        tokio_notify_release(&core->loop->notify);
    mio_poll_free(core->poll); /* first: nobody is to be woken any more */
    mio_registration_free(core->registration);
    tokio_timers_fini(&core->timers);
    free(core->sockets);
    free(core);
}

/* ---- sockets ---- */

struct mio_poll *tokio_core_poll(struct tokio_core *core)
{
    return core->poll;
}

static int core_grow(struct tokio_core *core)
{
    size_t room = core->sockets_room ? 2 * core->sockets_room : 16;
    struct tokio_source **sockets = realloc(core->sockets, room * sizeof *sockets);

    if (!sockets)
        return -ENOMEM;
    for (size_t i = core->sockets_room; i < room; i++)
        sockets[i] = NULL;
    core->sockets = sockets;
    core->sockets_room = room;
    return 0;
}

int tokio_core_add(struct tokio_core *core, struct tokio_source *source, uintptr_t *token)
{
    size_t slot = core->sockets_full;

    while (slot < core->sockets_room && core->sockets[slot])
        slot++;
    if (slot == core->sockets_room && core_grow(core) < 0)
        return -ENOMEM;
    core->sockets[slot] = source;
    core->sockets_full = slot + 1;
    source->slot = slot;
    *token = FIRST_SOCKET_TOKEN + slot;
    return 0;
}

void tokio_core_remove(struct tokio_core *core, struct tokio_source *source)
{
    core->sockets[source->slot] = NULL;
    if (source->slot < core->sockets_full)
        core->sockets_full = source->slot;
}

/* A slot that was given away in this very batch gets one event too many, and its task one poll. */
static void dispatch(struct tokio_core *core, int n)
{
    for (int i = 0; i < n; i++) {
        struct tokio_source *source = NULL;

        if (core->events[i].token != WAKE_TOKEN)
            source = core->sockets[core->events[i].token - FIRST_SOCKET_TOKEN];
        if (!source)
            continue;
        core->counters.events++;
        source->dispatch(source, core->events[i].readiness);
    }
}

/* ---- turning ---- */

int tokio_core_spawn(struct tokio_core *core, struct tokio_future *future)
{
    return tokio_tasks_push(&core->tasks, future);
}

struct tokio_timers *tokio_core_timers(struct tokio_core *core)
{
    return &core->timers;
}

void tokio_core_counters(const struct tokio_core *core, struct tokio_core_counters *counters)
{
    *counters = core->counters;
}

void tokio_core_wakeups(const struct tokio_core *core, struct mio_counters *counters)
{
    mio_poll_counters(core->poll, counters);
}

static bool is_notified(const struct tokio_core *core)
{
    return atomic_load(&core->main->notified) || tokio_tasks_waiting(&core->tasks) ||
           !tokio_inbox_empty(&core->remote->inbox);
}

static int64_t time_to_wait(const struct tokio_core *core, int64_t max_wait_ns)
{
    int64_t next = tokio_timers_next_ns(&core->timers), now;

    if (is_notified(core))
        return 0;
    if (next == INT64_MAX)
        return max_wait_ns;
    now = core->timers.clock.now_ns(core->timers.clock.context);
    next = next > now ? next - now : 0;
    return max_wait_ns == MIO_FOREVER || next < max_wait_ns ? next : max_wait_ns;
}

/* The order is the original's: sockets before user events, so that all that happened before the
 * wait ended is one poll. */
int tokio_core_turn(struct tokio_core *core, int64_t max_wait_ns)
{
    bool fired;
    int n;

    /* before the look: whoever comes after it ends the wait */
    atomic_store(&core->loop->notified, false);
    tokio_tasks_register(&core->tasks, &core->loop->notify);
    n = mio_poll(core->poll, core->events, EVENTS_MAX, time_to_wait(core, max_wait_ns));
    core->counters.turns++;
    if (n < 0)
        return n;
    fired = atomic_load(&core->main->notified);
    tokio_tasks_collect(&core->tasks);
    tokio_timers_fire(&core->timers);
    dispatch(core, n);
    take_parcels(core);
    if (fired)
        atomic_store(&core->main->notified, false);
    core->counters.polls += tokio_tasks_run(&core->tasks);
    return fired;
}

int tokio_core_poll_main(struct tokio_core *core, struct tokio_future *future)
{
    unsigned budget = core->tasks.budget;

    core->counters.polls++;
    return tokio_poll(future, &(struct tokio_context){.notify = &core->main->notify,
                                                      .budget = budget ? &budget : NULL});
}

int tokio_core_run(struct tokio_core *core, struct tokio_future *future)
{
    int fired = 1, result;

    for (;;) {
        if (fired && (result = tokio_core_poll_main(core, future)) != TOKIO_PENDING)
            return result;
        fired = tokio_core_turn(core, MIO_FOREVER);
        if (fired < 0)
            return fired;
    }
}
