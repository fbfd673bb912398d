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

static gboolean stop(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_CONTINUE;
}

static bool open_one(const struct peer *peer, unsigned index)
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
    g_source_set_callback(source, (GSourceFunc)(void (*)(void))readable, NULL, NULL);
    g_source_attach(source, NULL);
    g_source_unref(source);
    g_object_unref(sock);
    return true;
}

int main(int argc, char **argv)
{
    char version[32];
    struct peer peer;
    GMainLoop *loop;
    int status;

    snprintf(version, sizeof version, "GLib %u.%u.%u", glib_major_version, glib_minor_version,
             glib_micro_version);
    if (!peer_arguments(&peer, argc, argv, NULL, version, &status))
        return status;
    loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, stop, loop);
    for (unsigned i = 0; i < peer.sockets && status == PEER_STOPPED; i++)
        if (!open_one(&peer, i))
            status = PEER_CANNOT_RUN;
    if (status == PEER_STOPPED)
        g_main_loop_run(loop);
    g_main_loop_unref(loop);
    return status;
}
