/* libevent 2.1, a persistent read event for each socket.
 *
 * As documented: level-triggered, the callback receives once.  `edge`: EV_ET, and the callback
 * receives until nothing is left, as edge triggering asks for; a flooded socket then keeps the loop
 * for itself. EVENT_NOEPOLL in the environment leaves poll(2), with EVENT_NOPOLL also set
 * select(2); neither has edges. Stops by a signal event that breaks the loop. */
#include "peer.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void echo_once(evutil_socket_t fd, short events, void *unused)
{
    (void)events, (void)unused;
    peer_echo(fd);
}

static void echo_all(evutil_socket_t fd, short events, void *unused)
{
    (void)events, (void)unused;
    while (peer_echo(fd))
        ;
}

/* ---- what else it waits for ---- */

struct beside {
    const struct peer *peer;
    struct peer_aside aside;
    struct event *event; /* NULL: nothing */
};

static void put_aside(evutil_socket_t fd, short events, void *beside)
{
    struct beside *b = beside;
    struct timeval limit = {.tv_sec = b->peer->beside_number / 1000,
                            .tv_usec = b->peer->beside_number % 1000 * 1000};

    (void)events;
    if (peer_put_aside(fd, &b->aside) && b->peer->beside == PEER_TIMER)
        event_add(b->event, &limit);
}

static void happened(evutil_socket_t fd, short events, void *beside)
{
    struct beside *b = beside;

    (void)fd;
    if (events & EV_READ)
        peer_take_beside(b->peer);
    peer_answer_aside(&b->aside);
}

static void watch_beside(struct event_base *base, struct beside *b)
{
    int number = b->peer->beside_number;

    switch (b->peer->beside) {
    case PEER_NOTHING: return;
    case PEER_TIMER: b->event = evtimer_new(base, happened, b); return;
    case PEER_SIGNAL: b->event = evsignal_new(base, number, happened, b); break;
    default: b->event = event_new(base, number, EV_READ | EV_PERSIST, happened, b);
    }
    event_add(b->event, NULL);
}

/* ---- life ---- */

static void stop(evutil_socket_t signal_number, short events, void *base)
{
    (void)signal_number, (void)events;
    event_base_loopbreak(base);
}

static struct event *new_event(struct event_base *base, int fd, bool aside, bool edges,
                               struct beside *beside)
{
    if (aside)
        return event_new(base, fd, EV_READ | EV_PERSIST, put_aside, beside);
    return edges ? event_new(base, fd, EV_READ | EV_PERSIST | EV_ET, echo_all, NULL)
                 : event_new(base, fd, EV_READ | EV_PERSIST, echo_once, NULL);
}

static bool open_all(struct event_base *base, const struct peer *peer, struct event **sockets,
                     struct beside *beside)
{
    for (unsigned i = 0; i < peer->sockets; i++) {
        int fd = peer_socket(peer, i);

        if (fd < 0)
            return false;
        sockets[i] = new_event(base, fd, peer_puts_aside(peer, i), peer->better, beside);
        if (!sockets[i] || event_add(sockets[i], NULL) < 0) {
            peer_failed("add an event",
                        peer->better ? "does this backend have edges?" : "no memory");
            return false;
        }
    }
    return true;
}

static void close_all(const struct peer *peer, struct event **sockets)
{
    for (unsigned i = 0; i < peer->sockets && sockets[i]; i++) {
        evutil_socket_t fd = event_get_fd(sockets[i]);

        event_free(sockets[i]);
        close(fd);
    }
}

static struct event_base *new_base(bool edges)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    if (config && (!edges || event_config_require_features(config, EV_FEATURE_ET) == 0))
        base = event_base_new_with_config(config);
    if (config)
        event_config_free(config);
    return base;
}

int main(int argc, char **argv)
{
    char version[64];
    static struct peer peer; /* what is beside refers to it */
    struct event_base *base;
    struct event *terminated, **sockets;
    static struct beside beside;
    int status;

    snprintf(version, sizeof version, "libevent %s", event_get_version());
    if (!peer_arguments(&peer, argc, argv, "edge", version, &status))
        return status;
    base = new_base(peer.better);
    sockets = calloc(peer.sockets, sizeof *sockets);
    terminated = base ? evsignal_new(base, SIGTERM, stop, base) : NULL;
    if (!terminated || !sockets || event_add(terminated, NULL) < 0)
        return peer_failed("make a base",
                           "no backend that can do this, no descriptor or no memory");
    beside.peer = &peer;
    watch_beside(base, &beside);
    if (open_all(base, &peer, sockets, &beside))
        event_base_dispatch(base);
    else
        status = PEER_CANNOT_RUN;
    close_all(&peer, sockets);
    if (beside.event)
        event_free(beside.event);
    event_free(terminated);
    event_base_free(base);
    free(sockets);
    return status;
}
