/* GLib's main loop, a GSocket source for each socket.
 *
 * As documented: the source's callback receives once with g_socket_receive_from(); poll(2) is level
 * triggered and calls again while more is there.  An answer that the kernel refuses is dropped:
 * GSocket has no queue.
 * Stops by a source for SIGTERM that quits the loop.
 * Trap: the callback returns G_SOURCE_CONTINUE, or it was called for the last time. */
#include "peer.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>

static gboolean readable(GSocket *sock, GIOCondition condition, gpointer unused)
{
    static char datagram[PEER_DATAGRAM_MAX];
    GSocketAddress *from = NULL;
    gssize n = g_socket_receive_from(sock, &from, datagram, sizeof datagram, NULL, NULL);

    (void)condition, (void)unused;
    if (n >= 0 && from)
        g_socket_send_to(sock, from, datagram, (gsize)n, NULL, NULL);
    g_clear_object(&from);
    return G_SOURCE_CONTINUE;
}

/* ---- what else it waits for ---- */

struct beside {
    const struct peer *peer;
    struct peer_aside aside;
};

static gboolean timer_due(gpointer beside)
{
    peer_answer_aside(&((struct beside *)beside)->aside);
    return G_SOURCE_REMOVE;
}

static gboolean put_aside(GSocket *sock, GIOCondition condition, gpointer beside)
{
    struct beside *b = beside;

    (void)condition;
    if (peer_put_aside(g_socket_get_fd(sock), &b->aside) && b->peer->beside == PEER_TIMER)
        g_timeout_add((guint)b->peer->beside_number, timer_due, b);
    return G_SOURCE_CONTINUE;
}

static gboolean signalled(gpointer beside)
{
    peer_answer_aside(&((struct beside *)beside)->aside);
    return G_SOURCE_CONTINUE;
}

static gboolean beside_readable(gint fd, GIOCondition condition, gpointer beside)
{
    struct beside *b = beside;

    (void)fd, (void)condition;
    peer_take_beside(b->peer);
    peer_answer_aside(&b->aside);
    return G_SOURCE_CONTINUE;
}

static void watch_beside(struct beside *b)
{
    if (b->peer->beside == PEER_SIGNAL)
        g_unix_signal_add(b->peer->beside_number, signalled, b);
    else if (b->peer->beside > PEER_SIGNAL)
        g_unix_fd_add(b->peer->beside_number, G_IO_IN, beside_readable, b);
}

/* ---- life ---- */

static gboolean stop(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_CONTINUE;
}

static bool open_one(const struct peer *peer, unsigned index, struct beside *beside)
{
    int fd = peer_socket(peer, index);
    GError *error = NULL;
    GSocket *sock = fd < 0 ? NULL : g_socket_new_from_fd(fd, &error);
    GSource *source;

    if (!sock) {
        if (error)
            peer_failed("make a GSocket", error->message);
        return false;
    }
    g_socket_set_blocking(sock, FALSE);
    source = g_socket_create_source(sock, G_IO_IN, NULL);
    g_source_set_callback(
        source, (GSourceFunc)(void (*)(void))(peer_puts_aside(peer, index) ? put_aside : readable),
        beside, NULL);
    g_source_attach(source, NULL);
    g_source_unref(source);
    g_object_unref(sock);
    return true;
}

int main(int argc, char **argv)
{
    char version[32];
    static struct peer peer; /* what is beside refers to it */
    static struct beside beside;
    GMainLoop *loop;
    int status;

    snprintf(version, sizeof version, "GLib %u.%u.%u", glib_major_version, glib_minor_version,
             glib_micro_version);
    if (!peer_arguments(&peer, argc, argv, NULL, version, &status))
        return status;
    loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, stop, loop);
    beside.peer = &peer;
    watch_beside(&beside);
    for (unsigned i = 0; i < peer.sockets && status == PEER_STOPPED; i++)
        if (!open_one(&peer, i, &beside))
            status = PEER_CANNOT_RUN;
    if (status == PEER_STOPPED)
        g_main_loop_run(loop);
    g_main_loop_unref(loop);
    return status;
}
