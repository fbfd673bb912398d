/* kqueue(2): two filters for each descriptor, which this file makes one registration of.
 *
 * A oneshot is EV_DISPATCH, which disables a filter and keeps it, where EV_ONESHOT would delete it and leave the other one armed;
 * the other filter is then disabled here.  The table also gives EEXIST and ENOENT, which kqueue does not. */
#include "mio/selector.h"
#include "mio/table.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/event.h>
#include <unistd.h>

struct selector {
    int fd;
    pthread_mutex_t lock;
    struct mio_table table;
    uint64_t batch; /* counts waits */
    struct kevent fired[MIO_BATCH];
};

static int kqueue_open(void **out)
{
    struct selector *s = calloc(1, sizeof *s);
    int err = 0;

    *out = s;
    if (!s)
        return -ENOMEM;
    s->fd = kqueue();
    if (s->fd < 0 || fcntl(s->fd, F_SETFD, FD_CLOEXEC) < 0) {
        err = -errno;
        if (s->fd >= 0)
            close(s->fd);
        free(s);
        return err;
    }
    pthread_mutex_init(&s->lock, NULL);
    return 0;
}

static void kqueue_close(void *selector)
{
    struct selector *s = selector;

    close(s->fd);
    mio_table_fini(&s->table);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* Both filters at once, each with a receipt: deleting one that is not there is no error. */
static int set_filters(struct selector *s, int fd, unsigned wanted, unsigned options)
{
    unsigned short flags = (unsigned short)((options & MIO_EDGE ? EV_CLEAR : 0) | (options & MIO_ONESHOT ? EV_DISPATCH : 0));
    struct kevent changes[2];

    EV_SET(&changes[0], fd, EVFILT_READ, (wanted & MIO_READABLE ? EV_ADD | EV_ENABLE | flags : EV_DELETE) | EV_RECEIPT, 0, 0, NULL);
    EV_SET(&changes[1], fd, EVFILT_WRITE, (wanted & MIO_WRITABLE ? EV_ADD | EV_ENABLE | flags : EV_DELETE) | EV_RECEIPT, 0, 0, NULL);
    if (kevent(s->fd, changes, 2, changes, 2, NULL) < 0)
        return -errno;
    for (int i = 0; i < 2; i++)
        if (changes[i].data != 0 && changes[i].data != ENOENT)
            return -(int)changes[i].data;
    return 0;
}

static int kqueue_add(void *selector, int fd, uintptr_t token, unsigned interest, unsigned options)
{
    struct selector *s = selector;
    int err;

    pthread_mutex_lock(&s->lock);
    err = fcntl(fd, F_GETFD) < 0 ? -errno : mio_table_add(&s->table, fd, token, interest, options);
    if (!err) {
        err = set_filters(s, fd, interest, options);
        if (err)
            mio_table_remove(&s->table, fd);
    }
    pthread_mutex_unlock(&s->lock);
    return err;
}

static int kqueue_modify(void *selector, int fd, uintptr_t token, unsigned interest, unsigned options)
{
    struct selector *s = selector;
    int err;

    pthread_mutex_lock(&s->lock);
    err = mio_table_modify(&s->table, fd, token, interest, options);
    if (!err)
        err = set_filters(s, fd, interest, options);
    pthread_mutex_unlock(&s->lock);
    return err;
}

static int kqueue_remove(void *selector, int fd)
{
    struct selector *s = selector;
    int err;

    pthread_mutex_lock(&s->lock);
    err = mio_table_remove(&s->table, fd);
    if (!err)
        err = set_filters(s, fd, 0, 0);
    pthread_mutex_unlock(&s->lock);
    return err == -EBADF ? 0 : err; /* closed: the filters are gone already */
}

/* The entry remembers where in this batch its event lies, so that the two filters become one event. */
static void put(struct selector *s, struct mio_batch *batch, const struct kevent *k)
{
    struct mio_entry *e = mio_table_find(&s->table, (int)k->ident);
    unsigned ready = (k->filter == EVFILT_READ ? MIO_READABLE : MIO_WRITABLE) | (k->flags & EV_EOF ? MIO_HUP : 0u);

    if (!e)
        return; /* deregistered since */
    if (e->batch == s->batch) {
        batch->events[e->place].ready |= ready;
        return;
    }
    if (e->options & MIO_ONESHOT)
        set_filters(s, (int)k->ident, 0, 0);
    if (e->token != MIO_TOKEN_RESERVED) {
        e->batch = s->batch;
        e->place = batch->count;
    }
    mio_batch_put(batch, e->token, ready);
}

static int kqueue_wait(void *selector, struct mio_batch *batch, int64_t timeout_ns)
{
    struct selector *s = selector;
    struct timespec time = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    unsigned most = batch->capacity < MIO_BATCH ? batch->capacity : MIO_BATCH;
    int n = kevent(s->fd, NULL, 0, s->fired, (int)most, timeout_ns < 0 ? NULL : &time);

    if (n < 0)
        return -errno;
    pthread_mutex_lock(&s->lock);
    s->batch++;
    for (int i = 0; i < n; i++)
        put(s, batch, &s->fired[i]);
    pthread_mutex_unlock(&s->lock);
    return 0;
}

const struct mio_selector_type mio_selector_kqueue = {
    .name = "kqueue",
    .open = kqueue_open,
    .close = kqueue_close,
    .add = kqueue_add,
    .modify = kqueue_modify,
    .remove = kqueue_remove,
    .wait = kqueue_wait,
};
