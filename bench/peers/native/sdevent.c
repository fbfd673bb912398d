/* systemd's sd-event, an I/O source for each socket.
 *
 * As documented: the handler receives once; epoll is level triggered, sources that are ready
 * together run in the order of the iteration in which each ran last, so that they take turns.  An
 * answer that the kernel refuses is dropped: the socket is the user's own.
 * Stops by a signal source without a handler, which ends the loop; it reads SIGTERM from a
 * signalfd, so that the signal has to be blocked.
 * Trap: an error that a handler returns switches its source off. */
#include "peer.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

static int readable(sd_event_source *source, int fd, uint32_t events, void *unused)
{
    (void)source, (void)events, (void)unused;
    peer_echo(fd);
    return 0;
}

static int open_all(sd_event *loop, const struct peer *peer)
{
    sigset_t terminated;
    int err;

    sigemptyset(&terminated);
    sigaddset(&terminated, SIGTERM);
    sigprocmask(SIG_BLOCK, &terminated, NULL);
    err = sd_event_add_signal(loop, NULL, SIGTERM, NULL, NULL);
    for (unsigned i = 0; i < peer->sockets && err >= 0; i++) {
        int fd = peer_socket(peer, i);

        if (fd < 0)
            return fd;
        err = sd_event_add_io(loop, NULL, fd, EPOLLIN, readable, NULL);
    }
    return err;
}

int main(int argc, char **argv)
{
    struct peer peer;
    sd_event *loop = NULL;
    int status, err;

    if (!peer_arguments(&peer, argc, argv, NULL, "sd-event " SDEVENT_VERSION, &status))
        return status;
    err = sd_event_default(&loop);
    if (err >= 0)
        err = open_all(loop, &peer);
    if (err >= 0)
        err = sd_event_loop(loop);
    if (err < 0)
        status = peer_failed("run sd-event", strerror(-err));
    sd_event_unref(loop);
    return status;
}
