/* poll(2): the whole list goes to the kernel and back at each wait, and edges and oneshots are kept here.
 *
 * A wait polls a copy of the list, so that others may change the table meanwhile; a change that concerns a wait under way
 * ends it through a pipe, and the wait begins anew with the time that is left.  Copying costs what poll(2) costs anyway. */
#include "mio/selector.h"
#include "mio/table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct selector {
    pthread_mutex_t lock; /* of what follows, but `list` and `room` */
    struct mio_table table;
    unsigned last;    /* one past the highest descriptor that was ever registered */
    unsigned first;   /* where the next wait begins to report, so that a full batch starves nobody */
    bool waiting;
    int changed[2];   /* pipe: ends a wait under way */
    struct pollfd *list; /* of the waiting thread alone; list[0] is the pipe */
    unsigned room;
};

static void poll_close(void *selector)
{
    struct selector *s = selector;

    for (int i = 0; i < 2; i++)
        if (s->changed[i] >= 0)
            close(s->changed[i]);
    mio_table_fini(&s->table);
    pthread_mutex_destroy(&s->lock);
    free(s->list);
    free(s);
}

static int poll_open(void **out)
{
    struct selector *s = calloc(1, sizeof *s);
    int err = 0;

    *out = s;
    if (!s)
        return -ENOMEM;
    pthread_mutex_init(&s->lock, NULL);
    if (pipe(s->changed) < 0) {
        err = -errno;
        s->changed[0] = s->changed[1] = -1;
    }
    for (int i = 0; i < 2 && !err; i++)
        if (fcntl(s->changed[i], F_SETFD, FD_CLOEXEC) < 0 || fcntl(s->changed[i], F_SETFL, O_NONBLOCK) < 0)
            err = -errno;
    if (err)
        poll_close(s);
    return err;
}

/* With the lock held.  A full pipe is readable already. */
static void end_wait(struct selector *s)
{
    ssize_t ignored = s->waiting ? write(s->changed[1], "", 1) : 0;

    (void)ignored;
}

static int poll_add(void *selector, int fd, uintptr_t token, unsigned interest, unsigned options)
{
    struct selector *s = selector;
    int err;

    pthread_mutex_lock(&s->lock);
    err = fcntl(fd, F_GETFD) < 0 ? -errno : mio_table_add(&s->table, fd, token, interest, options);
    if (!err && (unsigned)fd >= s->last)
        s->last = (unsigned)fd + 1;
    if (!err)
        end_wait(s);
    pthread_mutex_unlock(&s->lock);
    return err;
}

static int poll_modify(void *selector, int fd, uintptr_t token, unsigned interest, unsigned options)
{
    struct selector *s = selector;
    int err;

    pthread_mutex_lock(&s->lock);
    err = mio_table_modify(&s->table, fd, token, interest, options);
    if (!err)
        end_wait(s);
    pthread_mutex_unlock(&s->lock);
    return err;
}

static int poll_remove(void *selector, int fd)
{
    struct selector *s = selector;
    int err;

    pthread_mutex_lock(&s->lock);
    err = mio_table_remove(&s->table, fd);
    if (!err)
        end_wait(s);
    pthread_mutex_unlock(&s->lock);
    return err;
}

static void poll_would_block(void *selector, int fd, unsigned ready)
{
    struct selector *s = selector;
    struct mio_entry *e;

    pthread_mutex_lock(&s->lock);
    e = mio_table_find(&s->table, fd);
    if (e && !(e->options & MIO_ONESHOT) && (ready & e->interest & ~e->armed)) {
        e->armed |= ready & e->interest;
        end_wait(s);
    }
    pthread_mutex_unlock(&s->lock);
}

/* With the lock held: list[1...] of what is armed.  The number of entries, the pipe included, or -ENOMEM. */
static int copy_list(struct selector *s)
{
    unsigned n = 1;

    if (s->room < s->last + 1) {
        struct pollfd *list = realloc(s->list, (s->last + 1) * 2 * sizeof *list);

        if (!list)
            return -ENOMEM;
        s->list = list;
        s->room = (s->last + 1) * 2;
    }
    s->list[0] = (struct pollfd){.fd = s->changed[0], .events = POLLIN};
    for (unsigned fd = 0; fd < s->last; fd++) {
        const struct mio_entry *e = mio_table_find(&s->table, (int)fd);

        if (e && e->armed & (MIO_READABLE | MIO_WRITABLE))
            s->list[n++] = (struct pollfd){.fd = (int)fd, .events = (short)((e->armed & MIO_READABLE ? POLLIN : 0) |
                                                                           (e->armed & MIO_WRITABLE ? POLLOUT : 0))};
    }
    return (int)n;
}

static unsigned readiness(short bits)
{
    return (bits & (POLLIN | POLLPRI | POLLERR) ? MIO_READABLE : 0u) | (bits & (POLLOUT | POLLERR) ? MIO_WRITABLE : 0u) |
           (bits & POLLERR ? MIO_ERROR : 0u) | (bits & POLLHUP ? MIO_HUP : 0u);
}

/* With the lock held.  What was deregistered or disarmed since the copy is passed over. */
static void put(struct selector *s, struct mio_batch *batch, const struct pollfd *p)
{
    struct mio_entry *e = p->revents ? mio_table_find(&s->table, p->fd) : NULL;
    unsigned ready = readiness(p->revents);

    if (!e || !(ready & (e->armed | MIO_ERROR | MIO_HUP)) || (p->revents & POLLNVAL))
        return;
    mio_entry_reported(e, ready);
    mio_batch_put(batch, e->token, ready);
}

static void put_all(struct selector *s, struct mio_batch *batch, unsigned n)
{
    unsigned i;

    for (i = 0; i < n - 1 && batch->count < batch->capacity; i++)
        put(s, batch, &s->list[1 + (s->first + i) % (n - 1)]);
    if (n > 1)
        s->first = (s->first + i) % (n - 1);
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int milliseconds(int64_t timeout_ns)
{
    int64_t ms = timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);

    return timeout_ns < 0 ? -1 : ms > INT_MAX ? INT_MAX : (int)ms;
}

/* One poll(2).  1: the list was changed meanwhile; 0: the batch holds what was ready. */
static int poll_once(struct selector *s, struct mio_batch *batch, int64_t timeout_ns)
{
    char drained[64];
    int n, result;

    pthread_mutex_lock(&s->lock);
    n = copy_list(s);
    s->waiting = n > 0;
    pthread_mutex_unlock(&s->lock);
    if (n < 0)
        return n;
    result = poll(s->list, (nfds_t)n, milliseconds(timeout_ns)) < 0 ? -errno : 0;
    pthread_mutex_lock(&s->lock);
    s->waiting = false;
    while (read(s->changed[0], drained, sizeof drained) > 0)
        ;
    if (result == 0)
        put_all(s, batch, (unsigned)n);
    pthread_mutex_unlock(&s->lock);
    if (result == 0 && s->list[0].revents && batch->count == 0 && !batch->awoken)
        return 1;
    return result == -EAGAIN ? -EINTR : result; /* EAGAIN: for want of memory, of the moment (poll(2)) */
}

static int poll_wait(void *selector, struct mio_batch *batch, int64_t timeout_ns)
{
    int64_t end = timeout_ns > 0 ? now_ns() + timeout_ns : 0;
    int result;

    do {
        result = poll_once(selector, batch, timeout_ns);
        if (timeout_ns > 0)
            timeout_ns = end > now_ns() ? end - now_ns() : 0;
    } while (result == 1);
    return result;
}

const struct mio_selector_type mio_selector_poll = {
    .name = "poll",
    .open = poll_open,
    .close = poll_close,
    .add = poll_add,
    .modify = poll_modify,
    .remove = poll_remove,
    .would_block = poll_would_block,
    .wait = poll_wait,
};
