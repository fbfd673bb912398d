/* libev 4.33, a watcher for each socket.
 *
 * As documented: the callback receives once, and the level-triggered watcher calls again while more
 * is there.  `drain`: the callback receives until nothing is left, which saves waits and lets a
 * flooded socket keep the loop for itself. LIBEV_FLAGS in the environment chooses the backend: 1
 * select, 2 poll, 4 epoll. Stops by a signal watcher that breaks the loop. */
#include "peer.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void echo_once(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop, (void)events;
    peer_echo(watcher->fd);
}

static void echo_all(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop, (void)events;
    while (peer_echo(watcher->fd))
        ;
}

/* ---- what else it waits for ---- */

struct beside {
    const struct peer *peer;
    struct peer_aside aside;
    ev_timer timer;
    ev_signal signal;
    ev_io io;
};

static void put_aside(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct beside *b = watcher->data;

    (void)events;
    if (!peer_put_aside(watcher->fd, &b->aside) || b->peer->beside != PEER_TIMER)
        return;
    ev_timer_set(&b->timer, b->peer->beside_number / 1000.0, 0);
    ev_timer_start(loop, &b->timer);
}

static void timer_due(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop, (void)events;
    peer_answer_aside(&((struct beside *)watcher->data)->aside);
}

static void signalled(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)loop, (void)events;
    peer_answer_aside(&((struct beside *)watcher->data)->aside);
}

static void beside_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct beside *b = watcher->data;

    (void)loop, (void)events;
    peer_take_beside(b->peer);
    peer_answer_aside(&b->aside);
}

static void watch_beside(struct ev_loop *loop, struct beside *b)
{
    b->timer.data = b->signal.data = b->io.data = b;
    ev_init(&b->timer, timer_due);
    if (b->peer->beside == PEER_SIGNAL) {
        ev_signal_init(&b->signal, signalled, b->peer->beside_number);
        ev_signal_start(loop, &b->signal);
    } else if (b->peer->beside > PEER_SIGNAL) {
        ev_io_init(&b->io, beside_readable, b->peer->beside_number, EV_READ);
        ev_io_start(loop, &b->io);
    }
}

/* ---- life ---- */

static void stop(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)watcher, (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static bool open_all(struct ev_loop *loop, const struct peer *peer, ev_io *watchers,
                     struct beside *beside)
{
    for (unsigned i = 0; i < peer->sockets; i++) {
        int fd = peer_socket(peer, i);

        if (fd < 0)
            return false;
        ev_io_init(&watchers[i],
                   peer_puts_aside(peer, i) ? put_aside
                   : peer->better           ? echo_all
                                            : echo_once,
                   fd, EV_READ);
        watchers[i].data = beside;
        ev_io_start(loop, &watchers[i]);
    }
    return true;
}

static void close_all(struct ev_loop *loop, const struct peer *peer, ev_io *watchers)
{
    for (unsigned i = 0; i < peer->sockets && ev_is_active(&watchers[i]); i++) {
        ev_io_stop(loop, &watchers[i]);
        close(watchers[i].fd);
    }
}

int main(int argc, char **argv)
{
    char version[32];
    static struct peer peer; /* what is beside refers to it */
    struct ev_loop *loop;
    ev_signal terminated;
    ev_io *watchers;
    static struct beside beside;
    int status;

    snprintf(version, sizeof version, "libev %d.%02d", ev_version_major(), ev_version_minor());
    if (!peer_arguments(&peer, argc, argv, "drain", version, &status))
        return status;
    loop = ev_loop_new(EVFLAG_AUTO);
    watchers = calloc(peer.sockets, sizeof *watchers);
    if (!loop || !watchers)
        return peer_failed("make a loop", "no backend, no descriptor or no memory");
    ev_signal_init(&terminated, stop, SIGTERM);
    ev_signal_start(loop, &terminated);
    beside.peer = &peer;
    watch_beside(loop, &beside);
    if (open_all(loop, &peer, watchers, &beside))
        ev_run(loop, 0);
    else
        status = PEER_CANNOT_RUN;
    close_all(loop, &peer, watchers);
    ev_loop_destroy(loop);
    free(watchers);
    return status;
}
