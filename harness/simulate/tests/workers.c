/* Threads that share an epoll instance, each of which serves one datagram for each report, for
 * proving the fingerprint.
 *
 *     workers PORT SOCKETS THREADS */
#include "loopback.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void *workers_serve(void *epoll)
{
    struct epoll_event event;

    while (epoll_wait(*(int *)epoll, &event, 1, -1) > 0)
        loopback_serve_one(event.data.fd);
    return NULL;
}

static int workers_watch(int epoll, unsigned port)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = loopback_bound(port)};

    return epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
}

int main(int argc, char **argv)
{
    unsigned numbers[3];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    pthread_t thread;

    for (int i = 0; i < 3; i++)
        numbers[i] = i + 1 < argc ? (unsigned)strtoul(argv[i + 1], NULL, 10) : 0;
    if (numbers[1] == 0 || numbers[2] == 0) {
        fprintf(stderr, "usage: %s PORT SOCKETS THREADS\n", argv[0]);
        return 2;
    }
    for (unsigned i = 0; i < numbers[1]; i++) {
        if (workers_watch(epoll, numbers[0] + i) < 0)
            return 1;
    }
    for (unsigned i = 1; i < numbers[2]; i++)
        pthread_create(&thread, NULL, workers_serve, &epoll);
    workers_serve(&epoll);
    return 1;
}
