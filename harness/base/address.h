/* An address of UDP: a host and a port, of either family.
 *
 * Pure libc, and nothing of what the library that is preloaded into targets hooks: that links it,
 * too.  Any thread. */
#ifndef EDGEWISE_BASE_ADDRESS_H
#define EDGEWISE_BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

/* Room for the longest text of one, its end included. */
#define ADDRESS_TEXT 64

/* As system calls want it, by the family: AF_INET6, or else AF_INET. */
socklen_t address_length(const union address *address);

/* In the host's byte order; both families have it at the same place. */
uint16_t address_port(const union address *address);
void address_set_port(union address *address, uint16_t port);

/* A numeric host, "127.0.0.1" or "::1", and port 0.  False, and `address` all zeros, when it is
 * none. */
bool address_parse_host(const char *text, union address *address);

/* 127.0.0.1 and this port. */
union address address_loopback(uint16_t port);

/* "127.0.0.1:2000", "[::1]:2000". */
void address_text(const union address *address, char text[ADDRESS_TEXT]);

/* The same host, whatever the ports: addresses of two families never are. */
bool address_same_host(const union address *a, const union address *b);
/* And the same port. */
bool address_same(const union address *a, const union address *b);

/* A wildcard, 0.0.0.0 or ::. */
bool address_is_any(const union address *address);
/* Is what is sent to `to` received by who is bound to `local`?  A wildcard of IPv6 may serve IPv4
 * as well; `to` as a wildcard of IPv4 is any address of that family. */
bool address_receives(const union address *local, const union address *to);
/* In 127.0.0.0/8, or ::1. */
bool address_is_loopback(const union address *address);
/* Where who listens there can be reached from this machine: for a wildcard its loopback address. */
union address address_reachable(const union address *address);

#endif
