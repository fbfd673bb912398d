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

/* ---- what else it waits for ---- */

struct beside {
    const struct peer *peer;
    struct peer_aside aside;
};

static int put_aside(sd_event_source *source, int fd, uint32_t events, void *beside)
{
    (void)source, (void)events;
    peer_put_aside(fd, &((struct beside *)beside)->aside);
    return 0;
}

static int signalled(sd_event_source *source, const struct signalfd_siginfo *info, void *beside)
{
    (void)source, (void)info;
    peer_answer_aside(&((struct beside *)beside)->aside);
    return 0;
}

static int beside_readable(sd_event_source *source, int fd, uint32_t events, void *beside)
{
    struct beside *b = beside;

    (void)source, (void)fd, (void)events;
    peer_take_beside(b->peer);
    peer_answer_aside(&b->aside);
    return 0;
}

static int watch_beside(sd_event *loop, struct beside *b)
{
    int number = b->peer->beside_number;
    sigset_t awaited;

    if (b->peer->beside == PEER_NOTHING)
        return 0;
    if (b->peer->beside != PEER_SIGNAL)
        return sd_event_add_io(loop, NULL, number, EPOLLIN, beside_readable, b);
    sigemptyset(&awaited);
    sigaddset(&awaited, number);
    sigprocmask(SIG_BLOCK, &awaited, NULL);
    return sd_event_add_signal(loop, NULL, number, signalled, b);
}

/* ---- life ---- */

static int open_all(sd_event *loop, const struct peer *peer)
{
    static struct beside beside;
    sigset_t terminated;
    int err;

    sigemptyset(&terminated);
    sigaddset(&terminated, SIGTERM);
    sigprocmask(SIG_BLOCK, &terminated, NULL);
    err = sd_event_add_signal(loop, NULL, SIGTERM, NULL, NULL);
    beside.peer = peer;
    if (err >= 0)
        err = watch_beside(loop, &beside);
    for (unsigned i = 0; i < peer->sockets && err >= 0; i++) {
        int fd = peer_socket(peer, i);

        if (fd < 0)
            return fd;
        err = sd_event_add_io(loop, NULL, fd, EPOLLIN,
                              peer_puts_aside(peer, i) ? put_aside : readable, &beside);
    }
    return err;
}

int main(int argc, char **argv)
{
    static struct peer peer; /* what is beside refers to it */
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
