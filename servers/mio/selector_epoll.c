/* epoll(7): the kernel does all the work.  Level, edge and oneshot are its own, and MOD looks anew.
 * Linux 2.6.27.
 *
 * An empty interest is taken out of the set: epoll would go on reporting errors, which nobody could
 * turn off. */
#include "mio/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct state {
    int fd;
    struct epoll_event fired[MIO_BATCH];
};

static int open_epoll(struct mio_poll *poll)
{
    struct state *s = malloc(sizeof *s);
    int err;

    if (!s)
        return -ENOMEM;
    s->fd = epoll_create1(EPOLL_CLOEXEC);
    if (s->fd < 0) {
        err = -errno;
        free(s);
        return err;
    }
    poll->state = s;
    return 0;
}

static void close_epoll(struct mio_poll *poll)
{
    struct state *s = poll->state;

    close(s->fd);
    free(s);
}

static uint32_t to_bits(const struct mio_source *source)
{
    return (source->interest & MIO_READABLE ? EPOLLIN : 0u) |
           (source->interest & MIO_WRITABLE ? EPOLLOUT : 0u) |
           (source->interest & MIO_HUP ? EPOLLRDHUP : 0u) |
           (source->options & MIO_EDGE ? EPOLLET : 0u) |
           (source->options & MIO_ONESHOT ? EPOLLONESHOT : 0u);
}

static uint32_t selector_epoll_from_bits(uint32_t bits)
{
    return (bits & (EPOLLIN | EPOLLPRI | EPOLLERR) ? MIO_READABLE : 0u) |
           (bits & (EPOLLOUT | EPOLLERR) ? MIO_WRITABLE : 0u) | (bits & EPOLLERR ? MIO_ERROR : 0u) |
           (bits & (EPOLLHUP | EPOLLRDHUP) ? MIO_HUP : 0u);
}

static int selector_epoll_control(struct mio_poll *poll, int operation, int fd,
                                  const struct mio_source *source)
{
    struct state *s = poll->state;
    struct epoll_event event = {.events = to_bits(source), .data.u64 = source->token};

    return epoll_ctl(s->fd, operation, fd, &event) < 0 ? -errno : 0;
}

static int selector_epoll_add(struct mio_poll *poll, int fd, struct mio_source *source)
{
    if (source->interest)
        return selector_epoll_control(poll, EPOLL_CTL_ADD, fd, source);
    return fcntl(fd, F_GETFD) < 0 ? -errno : 0;
}

static int selector_epoll_change(struct mio_poll *poll, int fd, struct mio_source *source,
                                 const struct mio_source *wanted)
{
    if (!wanted->interest)
        return source->interest ? selector_epoll_control(poll, EPOLL_CTL_DEL, fd, source) : 0;
    return selector_epoll_control(poll, source->interest ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd,
                                  wanted);
}

/* The kernel may have forgotten a closed descriptor already. */
static void selector_epoll_remove_source(struct mio_poll *poll, int fd, struct mio_source *source)
{
    if (source->interest)
        selector_epoll_control(poll, EPOLL_CTL_DEL, fd, source);
}

/* Rounded up, or the last part of a millisecond would be spent in a spin. */
static int to_ms(int64_t timeout_ns)
{
    int64_t ms = timeout_ns < 0 ? -1 : timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);

    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static int selector_epoll_wait_ready(struct mio_poll *poll, struct mio_event *events,
                                     size_t capacity, int64_t timeout_ns)
{
    struct state *s = poll->state;
    int n = epoll_wait(s->fd, s->fired, capacity < MIO_BATCH ? (int)capacity : MIO_BATCH,
                       to_ms(timeout_ns));

    if (n < 0)
        return -errno;
    for (int i = 0; i < n; i++)
        events[i] = (struct mio_event){(uintptr_t)s->fired[i].data.u64,
                                       selector_epoll_from_bits(s->fired[i].events)};
    return n;
}

const struct mio_selector mio_selector_epoll = {
    .name = "epoll",
    .open = open_epoll,
    .close = close_epoll,
    .add = selector_epoll_add,
    .change = selector_epoll_change,
    .remove = selector_epoll_remove_source,
    .wait = selector_epoll_wait_ready,
};
