/* The sockets of servers that are made to be looked at. */
#ifndef EDGEWISE_SIMULATE_TESTS_LOOPBACK_H
#define EDGEWISE_SIMULATE_TESTS_LOOPBACK_H

#include <netinet/in.h>
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

#endif
