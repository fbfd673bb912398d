/* Addresses: how they are written, and which of them are this machine's own. */
#include "flood/flood.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

socklen_t flood_address_length(const struct flood_address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof address->in6 : sizeof address->in;
}

void flood_address_text(const struct flood_address *a, char text[FLOOD_ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    bool six = a->any.sa_family == AF_INET6;

    inet_ntop(a->any.sa_family, six ? (const void *)&a->in6.sin6_addr : &a->in.sin_addr, host,
              sizeof host);
    snprintf(text, FLOOD_ADDRESS_TEXT, six ? "[%s]:%u" : "%s:%u", host, ntohs(a->in.sin_port));
}

static int bad_address(const char *text, struct error *error)
{
    return error_set(
        error, STATUS_USAGE,
        "'%s' is no address: it takes 127.0.0.1:2000, 127.0.0.1:2000-2009 or [::1]:2000, with "
        "ports from 1 to 65535",
        text);
}

/* "2000" or "2000-2009".  Compared before it is made narrower: 4294969296 is not 2000. */
static int parse_ports(const char *text, unsigned *first, unsigned *last)
{
    unsigned long from, to;
    char *end;

    if (*text < '0' || *text > '9')
        return -1;
    from = to = strtoul(text, &end, 10);
    if (*end == '-' && end[1] >= '0' && end[1] <= '9')
        to = strtoul(end + 1, &end, 10);
    *first = (unsigned)from;
    *last = (unsigned)to;
    return *end == '\0' && from >= 1 && from <= to && to <= 65535 ? 0 : -1;
}

/* The host in front of the last colon, without brackets. */
static int parse_host(const char *text, const char *colon, struct flood_address *address)
{
    char host[INET6_ADDRSTRLEN + 2] = "";
    size_t length = (size_t)(colon - text);

    if (length >= sizeof host)
        return -1;
    memcpy(host, text, length);
    memset(address, 0, sizeof *address);
    if (host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        address->in6.sin6_family = AF_INET6;
        return inet_pton(AF_INET6, host + 1, &address->in6.sin6_addr) == 1 ? 0 : -1;
    }
    address->in.sin_family = AF_INET;
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                     &address->in.sin_addr) == 1
               ? 0
               : -1;
}

int flood_parse_addresses(const char *text, struct flood_address *addresses, unsigned room,
                          struct error *error)
{
    const char *colon = strrchr(text, ':');
    struct flood_address host;
    unsigned first;
    unsigned last;

    if (!colon || parse_ports(colon + 1, &first, &last) < 0 || parse_host(text, colon, &host) < 0)
        return bad_address(text, error);
    if (last - first >= room)
        return error_set(error, STATUS_USAGE, "%u ports are more than the %u that one run takes",
                         last - first + 1, room);
    for (unsigned port = first; port <= last; port++) {
        addresses[port - first] = host;
        /* sin_port and sin6_port lie at the same place. */
        addresses[port - first].in.sin_port = htons((uint16_t)port);
    }
    return (int)(last - first + 1);
}

static bool address_same_host(const struct flood_address *a, const struct sockaddr *b)
{
    if (!b || a->any.sa_family != b->sa_family)
        return false;
    if (b->sa_family == AF_INET)
        return a->in.sin_addr.s_addr ==
               ((const struct sockaddr_in *)(const void *)b)->sin_addr.s_addr;
    return b->sa_family == AF_INET6 &&
           memcmp(&a->in6.sin6_addr, &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr,
                  sizeof a->in6.sin6_addr) == 0;
}

static bool address_is_loopback(const struct flood_address *a)
{
    if (a->any.sa_family == AF_INET)
        return ntohl(a->in.sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
}

bool flood_address_is_local(const struct flood_address *address)
{
    struct ifaddrs *all = NULL;
    bool found = address_is_loopback(address);

    if (found || getifaddrs(&all) < 0)
        return found;
    for (const struct ifaddrs *one = all; one && !found; one = one->ifa_next)
        found = address_same_host(address, one->ifa_addr);
    freeifaddrs(all);
    return found;
}
