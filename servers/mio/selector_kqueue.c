/* kqueue(2): a knote for each direction, which come as two reports and are made one event.
 *
 * Oneshot is EV_DISPATCH, which keeps the knote; the kernel only quiets the direction that fired,
 * so `armed` quiets the other. A changed registration is deleted and added: adding over a knote
 * keeps its old flags.  FreeBSD 9, macOS 10.11. */
#include "mio/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/event.h>
#include <unistd.h>

static const struct {
    uint32_t bit;
    int filter;
} directions[] = {{MIO_READABLE, EVFILT_READ}, {MIO_WRITABLE, EVFILT_WRITE}};

struct state {
    int fd;
    uint64_t batch; /* how often the kernel was asked */
    struct kevent fired[MIO_BATCH];
};

static int open_kqueue(struct mio_poll *poll)
{
    struct state *s = calloc(1, sizeof *s);
    int err = 0;

    if (!s)
        return -ENOMEM;
    s->fd = kqueue();
    if (s->fd < 0 || fcntl(s->fd, F_SETFD, FD_CLOEXEC) < 0)
        err = -errno;
    if (err) {
        if (s->fd >= 0)
            close(s->fd);
        free(s);
        return err;
    }
    poll->state = s;
    return 0;
}

static void close_kqueue(struct mio_poll *poll)
{
    struct state *s = poll->state;

    close(s->fd);
    free(s);
}

static unsigned short to_flags(uint32_t options)
{
    return (unsigned short)(EV_ADD | EV_RECEIPT | (options & MIO_EDGE ? EV_CLEAR : 0) |
                            (options & MIO_ONESHOT ? EV_DISPATCH : 0));
}

/* Deletes the directions of `old`, then adds those of `wanted`; either may be NULL. A missing knote
 * is as good as deleted. */
static int selector_kqueue_control(struct mio_poll *poll, int fd, const struct mio_source *old,
                                   const struct mio_source *wanted)
{
    struct state *s = poll->state;
    struct kevent changes[4];
    int n = 0, err = 0;

    for (int i = 0; i < 2; i++)
        if (old && (old->interest & directions[i].bit))
            EV_SET(&changes[n++], fd, directions[i].filter, EV_DELETE | EV_RECEIPT, 0, 0, NULL);
    for (int i = 0; i < 2; i++)
        if (wanted && (wanted->interest & directions[i].bit))
            EV_SET(&changes[n++], fd, directions[i].filter, to_flags(wanted->options), 0, 0, NULL);
    if (n == 0)
        return fcntl(fd, F_GETFD) < 0 ? -errno : 0;
    if (kevent(s->fd, changes, n, changes, n, NULL) < 0)
        return -errno;
    for (int i = 0; i < n && !err; i++)
        if ((changes[i].flags & EV_ERROR) && changes[i].data != ENOENT)
            err = (int)-changes[i].data;
    return err;
}

static int selector_kqueue_add(struct mio_poll *poll, int fd, struct mio_source *source)
{
    int err = selector_kqueue_control(poll, fd, NULL, source);

    if (err)
        selector_kqueue_control(poll, fd, source, NULL);
    return err;
}

static int selector_kqueue_change(struct mio_poll *poll, int fd, struct mio_source *source,
                                  const struct mio_source *wanted)
{
    return selector_kqueue_control(poll, fd, source, wanted);
}

static void selector_kqueue_remove_source(struct mio_poll *poll, int fd, struct mio_source *source)
{
    selector_kqueue_control(poll, fd, source, NULL);
}

static uint32_t from_report(const struct kevent *fired)
{
    return (fired->filter == EVFILT_READ ? MIO_READABLE : MIO_WRITABLE) |
           (fired->flags & EV_EOF ? MIO_HUP : 0u) |
           (fired->flags & EV_EOF && fired->fflags ? MIO_ERROR : 0u);
}

/* Appends the report, or merges it into the event of the descriptor's other direction; the number
 * of events then. */
static int selector_kqueue_take(struct mio_poll *poll, const struct kevent *fired,
                                struct mio_event *events, int n)
{
    struct state *s = poll->state;
    struct mio_source *source = mio_source_find(&poll->sources, (int)fired->ident);
    uint32_t bits = from_report(fired);

    if (!source)
        return n;
    if (source->batch == s->batch) {
        events[source->slot].readiness |= bits;
        return n;
    }
    if (!(source->armed & bits))
        return n;
    if (source->options & MIO_ONESHOT)
        source->armed = 0;
    source->batch = s->batch;
    source->slot = (size_t)n;
    events[n] = (struct mio_event){source->token, bits};
    return n + 1;
}

static int selector_kqueue_wait_ready(struct mio_poll *poll, struct mio_event *events,
                                      size_t capacity, int64_t timeout_ns)
{
    struct state *s = poll->state;
    struct timespec timeout = {.tv_sec = timeout_ns / 1000000000,
                               .tv_nsec = timeout_ns % 1000000000};
    int n = kevent(s->fd, NULL, 0, s->fired, capacity < MIO_BATCH ? (int)capacity : MIO_BATCH,
                   timeout_ns < 0 ? NULL : &timeout);
    int taken = 0;

    if (n < 0)
        return -errno;
    pthread_mutex_lock(&poll->sources.lock);
    s->batch++;
    for (int i = 0; i < n; i++)
        taken = selector_kqueue_take(poll, &s->fired[i], events, taken);
    pthread_mutex_unlock(&poll->sources.lock);
    return n > 0 && taken == 0 ? -EINTR : taken;
}

const struct mio_selector mio_selector_kqueue = {
    .name = "kqueue",
    .open = open_kqueue,
    .close = close_kqueue,
    .add = selector_kqueue_add,
    .change = selector_kqueue_change,
    .remove = selector_kqueue_remove_source,
    .wait = selector_kqueue_wait_ready,
};
