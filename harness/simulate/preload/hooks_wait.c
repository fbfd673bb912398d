/* Waiting: select, poll, epoll.  A wait that no simulated socket takes part in is the kernel's
 * alone. */
#include "simulate/preload/hook.h"
#include "simulate/preload/watch.h"

#include <string.h>

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                const sigset_t *mask, size_t room);

static struct timespec limit_of(int timeout_ms)
{
    return (struct timespec){.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};
}

static bool is_zero(const struct timespec *t)
{
    return t && t->tv_sec == 0 && t->tv_nsec == 0;
}

/* ---- poll ---- */

struct poll_call {
    struct pollfd *fds;
    nfds_t count;
    const sigset_t *mask;
    bool plain; /* poll(), not ppoll() */
};

/* The same call as the target's, not another that does as well: traces of it and filters for its
 * system calls (seccomp(2)) see what they would see without us. */
static int probe_poll(void *context, int timeout_ms)
{
    struct poll_call *c = context;
    struct timespec limit = limit_of(timeout_ms);

    return c->plain ? real()->poll(c->fds, c->count, timeout_ms)
                    : real()->ppoll(c->fds, c->count, &limit, c->mask);
}

static bool poll_is_simulated(const struct poll_call *c, bool *write)
{
    bool simulated = false;

    for (nfds_t i = 0; i < c->count; i++) {
        simulated |= watch_reports(c->fds[i].fd);
        if (!net_find(c->fds[i].fd))
            continue;
        simulated = true;
        *write |= (c->fds[i].events & POLLOUT) != 0;
    }
    return simulated;
}

HOOK int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct poll_call c = {.fds = fds, .count = count, .plain = true};
    struct step_wait wait = {.probe = probe_poll, .call = &c, .at_once = timeout_ms == 0};

    if (!net_page() || !poll_is_simulated(&c, &wait.write))
        return real()->poll(fds, count, timeout_ms);
    net_called(ENGINE_CALL_poll);
    return step_wait(&wait);
}

HOOK int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
               const sigset_t *mask)
{
    struct poll_call c = {.fds = fds, .count = count, .mask = mask};
    struct step_wait wait = {.probe = probe_poll, .call = &c, .at_once = is_zero(timeout)};

    if (!net_page() || !poll_is_simulated(&c, &wait.write))
        return real()->ppoll(fds, count, timeout, mask);
    net_called(ENGINE_CALL_ppoll);
    return step_wait(&wait);
}

HOOK int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room)
{
    (void)room;
    return poll(fds, count, timeout_ms);
}

HOOK int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                     const sigset_t *mask, size_t room)
{
    (void)room;
    return ppoll(fds, count, timeout, mask);
}

/* ---- select ---- */

/* Every probe needs the sets as they were. */
struct select_call {
    int count;
    fd_set *sets[3];
    fd_set asked[3];
    const sigset_t *mask;
    bool plain; /* select(), not pselect() */
};

static int probe_select(void *context, int timeout_ms)
{
    struct select_call *c = context;
    struct timespec limit = limit_of(timeout_ms);
    struct timeval plain = {.tv_usec = limit.tv_nsec / 1000};

    for (int i = 0; i < 3; i++) {
        if (c->sets[i])
            *c->sets[i] = c->asked[i];
    }
    if (c->plain)
        return real()->select(c->count, c->sets[0], c->sets[1], c->sets[2], &plain);
    return real()->pselect(c->count, c->sets[0], c->sets[1], c->sets[2], &limit, c->mask);
}

/* Copied before it is known whether a socket of ours is among them: select(2) overwrites the sets
 * that it was given. */
static bool select_is_simulated(struct select_call *c, bool *write)
{
    bool simulated = false;

    for (int i = 0; i < 3; i++) {
        if (c->sets[i])
            c->asked[i] = *c->sets[i];
        else
            FD_ZERO(&c->asked[i]);
    }
    for (int fd = 0; fd < c->count && fd < FD_SETSIZE; fd++) {
        simulated |= watch_reports(fd) && FD_ISSET(fd, &c->asked[0]);
        if (!net_find(fd))
            continue;
        simulated |= FD_ISSET(fd, &c->asked[0]) || FD_ISSET(fd, &c->asked[1]);
        *write |= FD_ISSET(fd, &c->asked[1]) != 0;
    }
    return simulated;
}

HOOK int select(int count, fd_set *reads, fd_set *writes, fd_set *exceptions,
                struct timeval *timeout)
{
    struct select_call c = {.count = count, .sets = {reads, writes, exceptions}, .plain = true};
    struct step_wait wait = {.probe = probe_select,
                             .call = &c,
                             .at_once = timeout && timeout->tv_sec == 0 && timeout->tv_usec == 0};

    if (!net_page() || !select_is_simulated(&c, &wait.write))
        return real()->select(count, reads, writes, exceptions, timeout);
    net_called(ENGINE_CALL_select);
    return step_wait(&wait);
}

HOOK int pselect(int count, fd_set *reads, fd_set *writes, fd_set *exceptions,
                 const struct timespec *timeout, const sigset_t *mask)
{
    struct select_call c = {.count = count, .sets = {reads, writes, exceptions}, .mask = mask};
    struct step_wait wait = {.probe = probe_select, .call = &c, .at_once = is_zero(timeout)};

    if (!net_page() || !select_is_simulated(&c, &wait.write))
        return real()->pselect(count, reads, writes, exceptions, timeout, mask);
    net_called(ENGINE_CALL_pselect);
    return step_wait(&wait);
}

/* ---- epoll ---- */

struct epoll_call {
    int fd;
    struct epoll_event *events;
    int count;
    const sigset_t *mask;
    enum engine_call name;
};

static int wait_really(const struct epoll_call *c, int timeout_ms, const struct timespec *limit)
{
    switch (c->name) {
    case ENGINE_CALL_epoll_wait: return real()->epoll_wait(c->fd, c->events, c->count, timeout_ms);
    case ENGINE_CALL_epoll_pwait:
        return real()->epoll_pwait(c->fd, c->events, c->count, timeout_ms, c->mask);
    default: return real()->epoll_pwait2(c->fd, c->events, c->count, limit, c->mask);
    }
}

static int probe_epoll(void *context, int timeout_ms)
{
    const struct epoll_call *c = context;
    struct timespec limit = limit_of(timeout_ms);

    return watch_filter(c->fd, c->events, wait_really(c, timeout_ms, &limit));
}

/* Unlike a wait, this leaves its list of ready sockets as it is. */
static int look_at_epoll(void *context, int timeout_ms)
{
    const struct epoll_call *c = context;
    struct pollfd one = {.fd = c->fd, .events = POLLIN};

    return real()->poll(&one, 1, timeout_ms);
}

/* Of any socket, not of this instance's: which are registered where would have to be kept up to
 * date through duplicates and closes, for a count that is there to show who asks at all. */
static bool asks_for_writability(void)
{
    const struct sim_page *page = net_page();

    for (unsigned i = 0; i < page->socket_count; i++) {
        if (page->sockets[i].references > 0 && page->sockets[i].wants_write)
            return true;
    }
    return false;
}

static int wait_epoll(struct epoll_call *c, bool at_once)
{
    struct step_wait wait = {.probe = probe_epoll,
                             .ready = look_at_epoll,
                             .call = c,
                             .at_once = at_once,
                             .write = asks_for_writability()};

    net_called(c->name);
    return step_wait(&wait);
}

/* Left to the kernel, until a socket is added to what it waits on: true then. */
static bool pass_wait(const struct epoll_call *c, int timeout_ms, const struct timespec *limit,
                      int *n)
{
    if (!watch_begin_pass(c->fd))
        return true;
    *n = wait_really(c, timeout_ms, limit);
    watch_end_pass(c->fd);
    if (*n <= 0)
        return false;
    *n = watch_filter(c->fd, c->events, *n);
    return *n == 0;
}

static int begin_wait(struct epoll_call *c, int timeout_ms, const struct timespec *limit,
                      bool at_once)
{
    int n;

    if (!net_page())
        return wait_really(c, timeout_ms, limit);
    return pass_wait(c, timeout_ms, limit, &n) ? wait_epoll(c, at_once) : n;
}

/* Noted, so that adding it to another instance is known for what it is: an epoll inside an
 * epoll. */
HOOK int epoll_create(int size)
{
    int fd = real()->epoll_create(size);

    if (net_page())
        watch_opened(fd);
    return fd;
}

HOOK int epoll_create1(int flags)
{
    int fd = real()->epoll_create1(flags);

    if (net_page())
        watch_opened(fd);
    return fd;
}

/* What is added is noted before it is: from then on a wait may give it. */
HOOK int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    struct sim_socket *s = net_find(fd);

    if (s) {
        net_called_on(s, ENGINE_CALL_epoll_ctl);
        s->wants_write = operation != EPOLL_CTL_DEL && event && (event->events & EPOLLOUT);
    } else {
        net_called_other(fd);
    }
    if (net_page() && operation == EPOLL_CTL_ADD)
        watch_added(epoll, fd, s != NULL);
    return real()->epoll_ctl(epoll, operation, fd, event);
}

HOOK int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout_ms)
{
    struct epoll_call c = {
        .fd = epoll, .events = events, .count = count, .name = ENGINE_CALL_epoll_wait};

    return begin_wait(&c, timeout_ms, NULL, timeout_ms == 0);
}

HOOK int epoll_pwait(int epoll, struct epoll_event *events, int count, int timeout_ms,
                     const sigset_t *mask)
{
    struct epoll_call c = {.fd = epoll,
                           .events = events,
                           .count = count,
                           .mask = mask,
                           .name = ENGINE_CALL_epoll_pwait};

    return begin_wait(&c, timeout_ms, NULL, timeout_ms == 0);
}

HOOK int epoll_pwait2(int epoll, struct epoll_event *events, int count,
                      const struct timespec *timeout, const sigset_t *mask)
{
    struct epoll_call c = {.fd = epoll,
                           .events = events,
                           .count = count,
                           .mask = mask,
                           .name = ENGINE_CALL_epoll_pwait2};

    return begin_wait(&c, 0, timeout, is_zero(timeout));
}
