/* A right echo server of four threads that take turns at one socket, as goroutines do: rivals_echo
 * PORT.  Who has a question in hand may be overtaken, whether answers are held up or not. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define RIVALS 4
#define DATAGRAM_MAX 65536

static int fd;

static void wait_for(short events)
{
    struct pollfd ready = {.fd = fd, .events = events};

    poll(&ready, 1, -1);
}

static void *serve(void *room)
{
    struct sockaddr_in peer;

    for (unsigned i = 0;; i++) {
        socklen_t length = sizeof peer;
        ssize_t n = recvfrom(fd, room, DATAGRAM_MAX, MSG_DONTWAIT, (struct sockaddr *)&peer,
                             &length);

        if (n < 0)
            wait_for(POLLIN);
        else if (i % 3 == 0)
            sched_yield();
        while (n >= 0 &&
               sendto(fd, room, (size_t)n, MSG_DONTWAIT, (struct sockaddr *)&peer, length) < 0 &&
               errno == EAGAIN)
            wait_for(POLLOUT);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static uint8_t room[RIVALS][DATAGRAM_MAX];
    pthread_t threads[RIVALS];

    if (argc != 2)
        return fprintf(stderr, "usage: rivals_echo PORT\n"), 2;
    local.sin_port = htons((uint16_t)atoi(argv[1]));
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof local) < 0)
        return perror("rivals_echo"), 4;
    for (int i = 0; i < RIVALS; i++) {
        if (pthread_create(&threads[i], NULL, serve, room[i]) != 0)
            return 4;
    }
    pthread_join(threads[0], NULL);
}
