/* Addresses: how they are written, and which of them are this machine's own. */
#include "flood/address.h"

#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The host in front of the last colon, an IPv6 one in brackets. */
static bool parse_host(const char *text, const char *colon, union address *address)
{
    char host[INET6_ADDRSTRLEN + 2] = "";
    size_t length = (size_t)(colon - text);
    bool six;

    if (length >= sizeof host)
        return false;
    memcpy(host, text, length);
    six = host[0] == '[' && host[length - 1] == ']';
    if (six)
        host[length - 1] = '\0';
    return address_parse_host(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host + six, address) &&
           six == (address->any.sa_family == AF_INET6);
}

int flood_parse_addresses(const char *text, union address *addresses, unsigned room,
                          struct error *error)
{
    const char *colon = strrchr(text, ':');
    union address host;
    unsigned first;
    unsigned last;

    if (!colon || parse_ports(colon + 1, &first, &last) < 0 || !parse_host(text, colon, &host))
        return bad_address(text, error);
    if (last - first >= room)
        return error_set(error, STATUS_USAGE, "%u ports are more than the %u that one run takes",
                         last - first + 1, room);
    for (unsigned port = first; port <= last; port++) {
        addresses[port - first] = host;
        address_set_port(&addresses[port - first], (uint16_t)port);
    }
    return (int)(last - first + 1);
}

/* Interfaces have addresses of other families, too. */
static bool is_of(const struct sockaddr *interface, const union address *address)
{
    union address own = {0};

    if (!interface || (interface->sa_family != AF_INET && interface->sa_family != AF_INET6))
        return false;
    memcpy(&own, interface, interface->sa_family == AF_INET ? sizeof own.in : sizeof own.in6);
    return address_same_host(&own, address);
}

bool flood_address_is_local(const union address *address)
{
    struct ifaddrs *all = NULL;
    bool found = address_is_loopback(address);

    if (found || getifaddrs(&all) < 0)
        return found;
    for (const struct ifaddrs *one = all; one && !found; one = one->ifa_next)
        found = is_of(one->ifa_addr, address);
    freeifaddrs(all);
    return found;
}
