/* epoll(7): the kernel keeps the table, the edges and the oneshots. */
#include "mio/selector.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct selector {
    int fd;
    struct epoll_event fired[MIO_BATCH];
};

static int epoll_open(void **out)
{
    struct selector *s = malloc(sizeof *s);
    int err = s ? 0 : -ENOMEM;

    *out = s;
    if (s)
        s->fd = epoll_create1(EPOLL_CLOEXEC);
    if (s && s->fd < 0) {
        err = -errno;
        free(s);
    }
    return err;
}

static void epoll_close(void *selector)
{
    struct selector *s = selector;

    close(s->fd);
    free(s);
}

static int control(struct selector *s, int operation, int fd, uintptr_t token, unsigned interest, unsigned options)
{
    struct epoll_event event = {.data.u64 = token};

    event.events = (interest & MIO_READABLE ? EPOLLIN : 0u) | (interest & MIO_WRITABLE ? EPOLLOUT : 0u) |
                   (interest & MIO_HUP ? EPOLLRDHUP : 0u) | (options & MIO_EDGE ? EPOLLET : 0u) |
                   (options & MIO_ONESHOT ? EPOLLONESHOT : 0u);
    return epoll_ctl(s->fd, operation, fd, &event) < 0 ? -errno : 0;
}

static int epoll_add(void *selector, int fd, uintptr_t token, unsigned interest, unsigned options)
{
    return control(selector, EPOLL_CTL_ADD, fd, token, interest, options);
}

static int epoll_modify(void *selector, int fd, uintptr_t token, unsigned interest, unsigned options)
{
    return control(selector, EPOLL_CTL_MOD, fd, token, interest, options);
}

static int epoll_remove(void *selector, int fd)
{
    return control(selector, EPOLL_CTL_DEL, fd, 0, 0, 0);
}

static unsigned readiness(uint32_t bits)
{
    return (bits & (EPOLLIN | EPOLLPRI | EPOLLERR) ? MIO_READABLE : 0u) | (bits & (EPOLLOUT | EPOLLERR) ? MIO_WRITABLE : 0u) |
           (bits & EPOLLERR ? MIO_ERROR : 0u) | (bits & (EPOLLHUP | EPOLLRDHUP) ? MIO_HUP : 0u);
}

/* Rounded up, so that a wait never ends before its time. */
static int milliseconds(int64_t timeout_ns)
{
    int64_t ms = timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);

    return timeout_ns < 0 ? -1 : ms > INT_MAX ? INT_MAX : (int)ms;
}

static int epoll_selector_wait(void *selector, struct mio_batch *batch, int64_t timeout_ns)
{
    struct selector *s = selector;
    unsigned most = batch->capacity < MIO_BATCH ? batch->capacity : MIO_BATCH;
    int n = epoll_wait(s->fd, s->fired, (int)most, milliseconds(timeout_ns));

    if (n < 0)
        return -errno;
    for (int i = 0; i < n; i++)
        mio_batch_put(batch, (uintptr_t)s->fired[i].data.u64, readiness(s->fired[i].events));
    return 0;
}

const struct mio_selector_type mio_selector_epoll = {
    .name = "epoll",
    .open = epoll_open,
    .close = epoll_close,
    .add = epoll_add,
    .modify = epoll_modify,
    .remove = epoll_remove,
    .wait = epoll_selector_wait,
};
