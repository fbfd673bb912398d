/* Threads that share an epoll instance, each of which serves one datagram for each report, for
 * proving the fingerprint.
 *
 *     workers PORT SOCKETS THREADS */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 2048

static void workers_serve_one(int fd)
{
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    char bytes[SIZE];
    ssize_t n = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&peer, &length);

    if (n >= 0)
        sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&peer, length);
}

static void *workers_serve(void *epoll)
{
    struct epoll_event event;

    while (epoll_wait(*(int *)epoll, &event, 1, -1) > 0)
        workers_serve_one(event.data.fd);
    return NULL;
}

static int workers_watch(int epoll, unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN};

    event.data.fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(event.data.fd, (struct sockaddr *)&a, sizeof a) < 0)
        return -1;
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
