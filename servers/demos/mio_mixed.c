/* mio-mixed: one poll for datagrams and for a timer of user space.
 *
 * A thread makes a registration ready every three seconds; strace shows it write the awakener,
 * since the poll sleeps.  Both are level-triggered: after the timer's readiness was reset there is
 * one poll without events, in which the registration leaves the queue. */
#include "demos/demo.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { SOCKET, TIMER }; /* tokens */

static const struct demo demo = {
    .name = "mio-mixed",
    .summary = "one poll receives datagrams and a timer's user-space events; prints, does not echo",
    .help = "Try: strace -f -e trace=desc,network mio-mixed   and send it datagrams.",
    .interval_ms = 3000,
    .takes_port = true,
    .takes_selector = true,
};

/* The thread's side of the registration. */
struct timer {
    const struct demo_options *options;
    struct mio_set_readiness *set;
    struct timespec interval;
};

/* For as long as the awakener can be written: each tick is one write, since the poll sleeps. */
static void *tick(void *argument)
{
    const struct timer *timer = argument;

    do {
        nanosleep(&timer->interval, NULL);
        /* before it happens: the poll that it wakes may print at once */
        demo_tell(timer->options, "timer: set readiness.");
    } while (mio_set_readiness(timer->set, MIO_READABLE) == 0);
    return NULL;
}

static int mio_mixed_receive(struct mio_socket *socket, const struct demo_options *options)
{
    ssize_t n;

    demo_tell(options, "event: the socket is readable.");
    n = demo_receive(socket);
    if (n == -EAGAIN)
        demo_tell(options, "recv would block.");
    /* EAGAIN after a readable event happens (a bad checksum); errors of the past pass. */
    return n == -EBADF || n == -ENOTSOCK ? (int)n : 0;
}

/* Level-triggered: readiness that is not reset would be reported by every poll from then on. */
static int mio_mixed_serve(struct mio_poll *poll, struct mio_socket *socket,
                           const struct timer *timer, double seconds)
{
    struct mio_event events[16];

    for (;;) {
        int n, err = 0;

        printf("before poll.\n");
        n = mio_poll(poll, events, 16, MIO_FOREVER);
        printf("after poll.\n");
        for (int i = 0; i < n && !err; i++) {
            if (events[i].token == SOCKET)
                err = mio_mixed_receive(socket, timer->options);
            else {
                demo_tell(timer->options, "event: the registration is ready.");
                printf("%g-second timer.\n", seconds);
                demo_tell(timer->options, "readiness reset.");
                err = mio_set_readiness(timer->set, 0);
            }
        }
        if (n < 0 || err)
            return n < 0 ? n : err;
    }
}

int main(int argc, char **argv)
{
    struct demo_options options;
    struct mio_registration *registration;
    struct mio_socket socket;
    struct mio_poll *poll;
    struct timer timer;
    pthread_t thread;
    int status, err;

    if (!demo_begin(&demo, argc, argv, &options, &status))
        return status;
    timer.options = &options;
    timer.interval = (struct timespec){options.interval_ms / 1000,
                                       options.interval_ms % 1000 * 1000000L};
    mio_socket_init(&socket, demo_socket(options.port));
    if (socket.fd < 0)
        return demo_failed(&demo, "cannot listen", socket.fd, "; choose another --port (0: any)");
    demo_announce(socket.fd);
    err = mio_poll_new(&options.poll, &poll);
    if (err)
        return demo_failed(&demo, "cannot make a poll", err,
                           err == -ENOENT ? "; there is no such --selector here" : "");

    /* Two kinds of things under one poll: the kernel watches one, nobody but us the other. */
    err = mio_register(poll, &socket, SOCKET, MIO_READABLE, MIO_LEVEL);
    if (!err)
        err = mio_registration_new(&registration, &timer.set);
    if (!err)
        err = mio_registration_register(poll, registration, TIMER, MIO_READABLE, MIO_LEVEL);
    if (!err)
        err = -pthread_create(&thread, NULL, tick, &timer);
    if (!err)
        err = mio_mixed_serve(poll, &socket, &timer, options.interval_ms / 1000.0);
    /* Serving ends by an error only; the thread may be in the midst of a tick: nothing is freed. */
    return demo_failed(&demo, "cannot go on", err, "");
}
