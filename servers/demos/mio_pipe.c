/* mio-pipe: the awakener, written for a registration that becomes ready while nobody waits (mio's
 * issue 785).
 *
 * A datagram to itself ends a wait; then the same thread makes a registration ready.  Up to mio
 * 0.6.15 the mark of the last sleep was still there, so that the thread woke itself: a write, a
 * wait that sees it, two reads.  Both forms deliver the event.  With --serve each datagram goes
 * that way, so that `edgewise fingerprint` counts it. */
#include "demos/demo.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

enum { SOCKET, REGISTRATION }; /* tokens: what events are told apart by */

static const struct demo demo = {
    .name = "mio-pipe",
    .summary = "shows when the awakener is written needlessly (mio issue 785)",
    .help = "Try: strace -e trace=desc,network mio-pipe --awakener=2017   and again without.",
    .takes_port = true,
    .takes_awakener = true,
    .takes_selector = true,
    .serve = "echo what comes, each by way of the registration, until ended",
};

/* To itself, so that the demonstration needs nobody else. */
static int send_hello(struct mio_socket *socket)
{
    struct sockaddr_in self;
    socklen_t length = sizeof self;
    ssize_t n;

    if (getsockname(socket->fd, (struct sockaddr *)&self, &length) < 0)
        return -errno;
    n = mio_sendto(socket, "hello", 5, (struct sockaddr *)&self, length);
    return n < 0 ? (int)n : 0;
}

/* Until the registration's event has come. */
static int mio_pipe_serve(struct mio_poll *poll, struct mio_socket *socket,
                          struct mio_set_readiness *set, const struct demo_options *options)
{
    struct mio_event events[16];

    for (;;) {
        int n = mio_poll(poll, events, 16, MIO_FOREVER), err = n < 0 ? n : 0;

        for (int i = 0; i < n && !err; i++) {
            if (events[i].token == REGISTRATION) {
                demo_tell(options, "event: the registration is ready.");
                printf("the registration is ready.\n");
                return 0;
            }
            demo_tell(options, "event: the socket is readable.");
            if (demo_receive(socket) < 0)
                continue;
            demo_tell(options, "set readiness.");
            err = mio_set_readiness(set, MIO_READABLE);
        }
        if (err)
            return err;
    }
}

/* One datagram on its way to its answer. */
struct pipe_letter {
    struct sockaddr_in peer;
    ssize_t length; /* negative: there is none */
    char bytes[DEMO_BUFFER];
};

/* What the event of the registration is for; what is refused is lost: it is no server, but shows
 * one thing. */
static int pipe_answer(struct mio_socket *socket, struct mio_set_readiness *set,
                       struct pipe_letter *letter)
{
    mio_sendto(socket, letter->bytes, (size_t)letter->length, (struct sockaddr *)&letter->peer,
               sizeof letter->peer);
    letter->length = -1;
    return mio_set_readiness(set, 0);
}

/* The same for as long as it is let, one datagram after the other, so that it can be counted what
 * each costs. */
static int mio_pipe_echo(struct mio_poll *poll, struct mio_socket *socket,
                         struct mio_set_readiness *set)
{
    struct pipe_letter letter = {.length = -1};
    struct mio_event events[2];

    for (;;) {
        int n = mio_poll(poll, events, 2, MIO_FOREVER), err = n < 0 ? n : 0;

        for (int i = 0; i < n && !err; i++) {
            socklen_t size = sizeof letter.peer;

            if (events[i].token == REGISTRATION) {
                err = pipe_answer(socket, set, &letter);
            } else if (letter.length < 0) {
                letter.length = mio_recvfrom(socket, letter.bytes, sizeof letter.bytes,
                                             (struct sockaddr *)&letter.peer, &size);
                err = letter.length < 0 ? 0 : mio_set_readiness(set, MIO_READABLE);
            }
        }
        if (err)
            return err;
    }
}

/* What the counters say is what strace shows: one write(2) each. */
static void print_verdict(const struct mio_poll *poll)
{
    struct mio_counters counters;

    mio_poll_counters(poll, &counters);
    if (counters.wakeups_written == 0)
        printf("the awakener was not written: nobody slept.\n");
    else
        printf("the awakener was written %" PRIu64
               " time(s), although nobody slept (mio issue 785).\n",
               counters.wakeups_written);
}

int main(int argc, char **argv)
{
    struct demo_options options;
    struct mio_registration *registration = NULL;
    struct mio_set_readiness *set = NULL;
    struct mio_socket socket;
    struct mio_poll *poll;
    int status, err;

    if (!demo_begin(&demo, argc, argv, &options, &status))
        return status;
    mio_socket_init(&socket, demo_socket(options.port));
    if (socket.fd < 0)
        return demo_failed(&demo, "cannot listen", socket.fd, "; choose another --port (0: any)");
    err = mio_poll_new(&options.poll, &poll);
    if (err)
        return demo_failed(&demo, "cannot make a poll", err,
                           err == -ENOENT ? "; there is no such --selector here" : "");

    /* The socket first: its datagram ends the one sleep there is, and leaves the mark behind. */
    err = mio_register(poll, &socket, SOCKET, MIO_READABLE, MIO_LEVEL);
    if (!err)
        err = mio_registration_new(&registration, &set);
    if (!err)
        err = mio_registration_register(poll, registration, REGISTRATION, MIO_READABLE, MIO_EDGE);
    if (!err && options.serve)
        err = mio_pipe_echo(poll, &socket, set);
    if (!err)
        err = send_hello(&socket);
    if (!err)
        err = mio_pipe_serve(poll, &socket, set, &options);
    if (!err)
        print_verdict(poll);
    /* the registration may go before the poll, or after it (mio.h) */
    mio_registration_free(registration);
    mio_set_readiness_free(set);
    mio_poll_free(poll);
    return err ? demo_failed(&demo, "cannot go on", err, "") : 0;
}
