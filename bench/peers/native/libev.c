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

static void stop(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)watcher, (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static bool open_all(struct ev_loop *loop, const struct peer *peer, ev_io *watchers)
{
    for (unsigned i = 0; i < peer->sockets; i++) {
        int fd = peer_socket(peer, i);

        if (fd < 0)
            return false;
        ev_io_init(&watchers[i], peer->better ? echo_all : echo_once, fd, EV_READ);
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
    struct peer peer;
    struct ev_loop *loop;
    ev_signal terminated;
    ev_io *watchers;
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
    if (open_all(loop, &peer, watchers))
        ev_run(loop, 0);
    else
        status = PEER_CANNOT_RUN;
    close_all(loop, &peer, watchers);
    ev_loop_destroy(loop);
    free(watchers);
    return status;
}
