/* poll(2): level-triggered and without memory, so the memory is ours.
 *
 * Edge and oneshot: what was reported leaves `armed`, and comes back when a call on the socket said
 * EAGAIN, or when it is reregistered.  An error cannot be turned off by its bit, so the descriptor
 * leaves the set until its next call. The kernel reads a copy: other threads change the set
 * meanwhile, and wake the poller to look again. */
#include "mio/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* `fds` under the sources' lock; `copy` is the polling thread's. */
struct state {
    struct pollfd *fds;
    int *owners; /* the descriptor of each place, also while poll(2) must not see it */
    struct pollfd *copy;
    size_t n, size;
    size_t n_copied, copy_size;
    /* where the last look ended, so that a small buffer does not always show the same ones */
    size_t next;
    bool changed;
    bool waiting;
};

static int open_poll(struct mio_poll *poll)
{
    poll->state = calloc(1, sizeof(struct state));
    return poll->state ? 0 : -ENOMEM;
}

static void close_poll(struct mio_poll *poll)
{
    struct state *s = poll->state;

    free(s->fds);
    free(s->owners);
    free(s->copy);
    free(s);
}

/* A negative descriptor is skipped (poll(2)), errors and all. */
static void selector_poll_show(struct mio_poll *poll, int fd, const struct mio_source *source)
{
    struct state *s = poll->state;
    struct pollfd *entry = &s->fds[source->index];

    entry->fd = source->armed && !source->muted ? fd : -1;
    entry->events = (short)((source->armed & MIO_READABLE ? POLLIN : 0) |
                            (source->armed & MIO_WRITABLE ? POLLOUT : 0));
    s->changed = true;
    if (s->waiting)
        mio_waker_wake(&poll->hub->waker);
}

static int selector_poll_make_room(struct state *s)
{
    size_t size = s->size ? s->size * 2 : 16;
    struct pollfd *fds;
    int *owners;

    if (s->n < s->size)
        return 0;
    fds = realloc(s->fds, size * sizeof *fds);
    if (!fds)
        return -ENOMEM;
    s->fds = fds;
    owners = realloc(s->owners, size * sizeof *owners);
    if (!owners)
        return -ENOMEM;
    s->owners = owners;
    s->size = size;
    return 0;
}

static int selector_poll_add(struct mio_poll *poll, int fd, struct mio_source *source)
{
    struct state *s = poll->state;
    int err = fcntl(fd, F_GETFD) < 0 ? -errno : selector_poll_make_room(s);

    if (err)
        return err;
    source->index = s->n++;
    s->owners[source->index] = fd;
    selector_poll_show(poll, fd, source);
    return 0;
}

static int selector_poll_change(struct mio_poll *poll, int fd, struct mio_source *source,
                                const struct mio_source *wanted)
{
    struct mio_source changed = *wanted;

    if (fcntl(fd, F_GETFD) < 0)
        return -errno;
    changed.index = source->index;
    changed.armed = wanted->interest;
    selector_poll_show(poll, fd, &changed);
    return 0;
}

/* The last one takes the place. */
static void selector_poll_remove_source(struct mio_poll *poll, int fd, struct mio_source *source)
{
    struct state *s = poll->state;
    int last = s->owners[--s->n];

    if (last != fd) {
        s->fds[source->index] = s->fds[s->n];
        s->owners[source->index] = last;
        mio_source_find(&poll->sources, last)->index = source->index;
    }
    s->changed = true;
}

static void blocked(struct mio_poll *poll, int fd, struct mio_source *source, uint32_t bits)
{
    uint32_t armed = source->options & MIO_EDGE && !(source->options & MIO_ONESHOT)
                         ? source->interest & bits
                         : 0;

    if (!source->muted && !(armed & ~source->armed))
        return;
    source->muted = false;
    source->armed |= armed;
    selector_poll_show(poll, fd, source);
}

static uint32_t selector_poll_from_bits(short bits)
{
    return (bits & (POLLIN | POLLPRI | POLLERR) ? MIO_READABLE : 0u) |
           (bits & (POLLOUT | POLLERR) ? MIO_WRITABLE : 0u) | (bits & POLLERR ? MIO_ERROR : 0u) |
           (bits & POLLHUP ? MIO_HUP : 0u);
}

static int refresh(struct mio_poll *poll)
{
    struct state *s = poll->state;
    int err = 0;

    pthread_mutex_lock(&poll->sources.lock);
    if (s->copy_size < s->size) {
        struct pollfd *grown = realloc(s->copy, s->size * sizeof *grown);

        if (grown) {
            s->copy = grown;
            s->copy_size = s->size;
        } else
            err = -ENOMEM;
    }
    if (!err && s->changed) {
        memcpy(s->copy, s->fds, s->n * sizeof *s->copy);
        s->n_copied = s->n;
        s->changed = false;
    }
    s->waiting = !err;
    pthread_mutex_unlock(&poll->sources.lock);
    return err;
}

/* Reports one descriptor; false if there is nothing to tell.  It may have been deregistered, or
 * changed, since the kernel looked: what is not armed now is not told. */
static bool selector_poll_report(struct mio_poll *poll, const struct pollfd *seen,
                                 struct mio_event *event)
{
    struct mio_source *source = mio_source_find(&poll->sources, seen->fd);
    uint32_t bits = selector_poll_from_bits(seen->revents);

    if (!source || source->muted)
        return false;
    if (seen->revents & POLLNVAL) { /* closed without deregistering: quiet until somebody does */
        source->armed = 0;
        selector_poll_show(poll, seen->fd, source);
        return false;
    }
    if (!(bits & MIO_ERROR))
        bits &= source->armed | MIO_HUP;
    if (!bits || !source->armed)
        return false;
    *event = (struct mio_event){source->token, bits};
    if (!(source->options & (MIO_EDGE | MIO_ONESHOT)))
        return true;
    source->armed &= source->options & MIO_ONESHOT ? 0 : ~bits;
    source->muted = source->options & MIO_EDGE && bits & (MIO_ERROR | MIO_HUP);
    selector_poll_show(poll, seen->fd, source);
    return true;
}

static int harvest(struct mio_poll *poll, int ready, struct mio_event *events, size_t capacity)
{
    struct state *s = poll->state;
    size_t n = 0, start = s->next;

    for (size_t i = 0; i < s->n_copied && ready > 0 && n < capacity; i++) {
        size_t place = (start + i) % s->n_copied;

        if (!s->copy[place].revents)
            continue;
        ready--;
        n += selector_poll_report(poll, &s->copy[place], &events[n]);
        s->next = place + 1;
    }
    return (int)n;
}

/* poll(2) may fail with EAGAIN for want of memory inside the kernel; POSIX says to try again. */
static int selector_poll_look(struct state *s, int64_t timeout_ns)
{
    int64_t ms = timeout_ns < 0 ? -1 : timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);
    int n = poll(s->copy, (nfds_t)s->n_copied, ms > INT_MAX ? INT_MAX : (int)ms);

    if (n >= 0)
        return n;
    return errno == EAGAIN ? -EINTR : -errno;
}

static int selector_poll_wait_ready(struct mio_poll *poll, struct mio_event *events,
                                    size_t capacity, int64_t timeout_ns)
{
    struct state *s = poll->state;
    int taken, n = refresh(poll);

    if (n < 0)
        return n;
    n = selector_poll_look(s, timeout_ns);
    pthread_mutex_lock(&poll->sources.lock);
    s->waiting = false;
    taken = harvest(poll, n, events, capacity);
    pthread_mutex_unlock(&poll->sources.lock);
    if (n < 0)
        return n;
    return n > 0 && taken == 0 ? -EINTR : taken;
}

const struct mio_selector mio_selector_poll = {
    .name = "poll",
    .open = open_poll,
    .close = close_poll,
    .add = selector_poll_add,
    .change = selector_poll_change,
    .remove = selector_poll_remove_source,
    .blocked = blocked,
    .wait = selector_poll_wait_ready,
};
