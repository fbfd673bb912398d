#include "mio/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which they are preferred. */
static const struct mio_selector *const selectors[] = {
#ifdef MIO_EPOLL
    &mio_selector_epoll,
#endif
#ifdef MIO_KQUEUE
    &mio_selector_kqueue,
#endif
    &mio_selector_poll,
};

static const struct mio_selector *find_selector(const char *name)
{
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
        if (!name || strcmp(selectors[i]->name, name) == 0)
            return selectors[i];
    return NULL;
}

/* ---- making and freeing ---- */

/* Stands in for the selector's, so that a poll that nobody listens to does not ask whether anybody
 * does. */
static int poll_wait_told(struct mio_poll *poll, struct mio_event *events, size_t capacity,
                          int64_t timeout_ns)
{
    int n;

    poll->trace.tell(poll->trace.context, MIO_BEFORE_WAIT, timeout_ns);
    n = poll->selector->wait(poll, events, capacity, timeout_ns);
    poll->trace.tell(poll->trace.context, MIO_AFTER_WAIT, n);
    return n;
}

/* Edge: one write is one report, however long it lies there. */
static int watch_awakener(struct mio_poll *poll)
{
    const struct mio_source awakener = {
        .token = MIO_TOKEN_RESERVED, .interest = MIO_READABLE, .options = MIO_EDGE};

    return mio_source_add(poll, poll->hub->waker.read_fd, &awakener);
}

/* What the kernel has of a poll: the selector's descriptor and the awakener's.  Nothing is left
 * open after a failure. */
static int poll_open(struct mio_poll *poll, const struct mio_options *options)
{
    int err = poll->selector->open(poll);

    if (err)
        return err;
    err = mio_hub_new(options, &poll->hub);
    if (!err)
        err = watch_awakener(poll);
    if (err) {
        if (poll->hub)
            mio_hub_close(poll->hub);
        poll->selector->close(poll);
    }
    return err;
}

/* The memory is the caller's, and after a failure there is nothing in it to be given back. */
static int poll_init(struct mio_poll *poll, const struct mio_options *options)
{
    int err = mio_turn_init(&poll->turn);

    if (err)
        return err;
    err = mio_sources_init(&poll->sources);
    if (!err) {
        err = poll_open(poll, options);
        if (err)
            mio_sources_fini(&poll->sources);
    }
    if (err)
        mio_turn_fini(&poll->turn);
    return err;
}

int mio_poll_new(const struct mio_options *options, struct mio_poll **out)
{
    const struct mio_options defaults = {.selector = NULL};
    struct mio_poll *poll;
    int err;

    *out = NULL;
    options = options ? options : &defaults;
    if (!find_selector(options->selector))
        return -ENOENT;
    if ((unsigned)options->awakener > MIO_AWAKENER_2017)
        return -EINVAL;
    poll = calloc(1, sizeof *poll);
    if (!poll)
        return -ENOMEM;
    poll->selector = find_selector(options->selector);
    poll->trace = options->trace;
    poll->wait = poll->trace.tell ? poll_wait_told : poll->selector->wait;
    err = poll_init(poll, options);
    if (err)
        free(poll);
    else
        *out = poll;
    return err;
}

void mio_poll_free(struct mio_poll *poll)
{
    if (!poll)
        return;
    poll->selector->close(poll);
    mio_hub_close(poll->hub);
    mio_sources_fini(&poll->sources);
    mio_turn_fini(&poll->turn);
    free(poll);
}

void mio_poll_counters(const struct mio_poll *poll, struct mio_counters *counters)
{
    counters->wakeups_written = atomic_load_explicit(&poll->hub->waker.written,
                                                     memory_order_relaxed);
    counters->wakeups_received = atomic_load_explicit(&poll->hub->waker.received,
                                                      memory_order_relaxed);
}

/* ---- polling ---- */

/* EINTR comes without any handler when a process is stopped and continued (signal(7)). */
static int poll_wait_ready(struct mio_poll *poll, struct mio_event *events, size_t capacity,
                           int64_t timeout_ns)
{
    int64_t until = timeout_ns > 0 ? mio_now_ns() + timeout_ns : 0;

    for (;;) {
        int n = poll->wait(poll, events, capacity, timeout_ns);

        if (n != -EINTR)
            return n;
        if (timeout_ns > 0) {
            int64_t left = until - mio_now_ns();

            timeout_ns = left > 0 ? left : 0;
        }
    }
}

/* The awakener's event is ours: taken out, and its descriptor emptied, so that the next write is a
 * new edge. */
static int without_awakener(struct mio_poll *poll, struct mio_event *events, int n)
{
    for (int i = 0; i < n; i++)
        if (events[i].token == MIO_TOKEN_RESERVED) {
            mio_waker_drain(&poll->hub->waker);
            mio_source_blocked(poll, poll->hub->waker.read_fd, MIO_READABLE);
            memmove(&events[i], &events[i + 1], (size_t)(n - i - 1) * sizeof *events);
            return n - 1;
        }
    return n;
}

/* The kernel is always asked, also when registrations wait; they then keep one place of the buffer
 * for themselves.
 *
 * The sleep is announced before the queue is looked at, and taken back on every way out of the
 * wait: a producer that comes in between either is seen here, or sees the announcement and
 * writes. */
static int mio_poll_poll_once(struct mio_poll *poll, struct mio_event *events, size_t capacity,
                              int64_t timeout_ns)
{
    struct mio_hub *hub = poll->hub;
    bool announced = timeout_ns != 0 && mio_queue_is_empty(&hub->queue);
    bool waiting;
    int n;

    if (announced)
        mio_waker_announce(&hub->waker);
    waiting = !mio_queue_is_empty(&hub->queue);
    n = poll_wait_ready(poll, events, waiting && capacity > 1 ? capacity - 1 : capacity,
                        waiting ? 0 : timeout_ns);
    if (announced && !hub->waker.form_2017)
        mio_waker_awake(&hub->waker);
    if (n < 0)
        return n;
    n = without_awakener(poll, events, n);
    return n + mio_hub_drain(hub, events + n, capacity - (size_t)n);
}

int mio_poll(struct mio_poll *poll, struct mio_event *events, size_t capacity, int64_t timeout_ns)
{
    int n;

    if (capacity == 0)
        return -EINVAL;
    if (!mio_turn_take(&poll->turn, &timeout_ns))
        return 0;
    n = mio_poll_poll_once(poll, events, capacity, timeout_ns);
    mio_turn_give(&poll->turn);
    return n;
}
