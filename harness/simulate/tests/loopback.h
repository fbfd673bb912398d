/* The sockets of servers that are made to be looked at. */
#ifndef EDGEWISE_SIMULATE_TESTS_LOOPBACK_H
#define EDGEWISE_SIMULATE_TESTS_LOOPBACK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

/* A UDP socket on this port of 127.0.0.1; the program ends with 1 where there is none. */
static inline int loopback_bound(unsigned port)
{
    struct sockaddr_in own = {.sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0)
        exit(1);
    return fd;
}

/* Answers one datagram, if there is one; false: there is none. */
static inline bool loopback_serve_one(int fd)
{
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    char bytes[2048];
    ssize_t n = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&peer, &length);

    if (n >= 0)
        sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&peer, length);
    return n >= 0;
}

#endif
