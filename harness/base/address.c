#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool address_is_six(const union address *a)
{
    return a->any.sa_family == AF_INET6;
}

socklen_t address_length(const union address *a)
{
    return address_is_six(a) ? sizeof a->in6 : sizeof a->in;
}

uint16_t address_port(const union address *a)
{
    return ntohs(a->in.sin_port);
}

void address_set_port(union address *a, uint16_t port)
{
    a->in.sin_port = htons(port);
}

bool address_parse_host(const char *text, union address *a)
{
    memset(a, 0, sizeof *a);
    if (inet_pton(AF_INET, text, &a->in.sin_addr) == 1)
        a->any.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &a->in6.sin6_addr) == 1)
        a->any.sa_family = AF_INET6;
    return a->any.sa_family != AF_UNSPEC;
}

union address address_loopback(uint16_t port)
{
    union address a = {0};

    a.in.sin_family = AF_INET;
    a.in.sin_port = htons(port);
    a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

void address_text(const union address *a, char text[ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    const void *number = address_is_six(a) ? (const void *)&a->in6.sin6_addr : &a->in.sin_addr;

    inet_ntop(a->any.sa_family, number, host, sizeof host);
    snprintf(text, ADDRESS_TEXT, address_is_six(a) ? "[%s]:%u" : "%s:%u", host, address_port(a));
}

bool address_same_host(const union address *a, const union address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (address_is_six(a))
        return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) == 0;
    return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
}

bool address_same(const union address *a, const union address *b)
{
    return address_same_host(a, b) && a->in.sin_port == b->in.sin_port;
}

bool address_is_any(const union address *a)
{
    if (address_is_six(a))
        return IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
    return a->in.sin_addr.s_addr == htonl(INADDR_ANY);
}

bool address_receives(const union address *local, const union address *to)
{
    uint32_t mapped;

    if (local->in.sin_port != to->in.sin_port)
        return false;
    if (address_same_host(local, to))
        return true;
    if (address_is_six(to))
        return address_is_six(local) && address_is_any(local);
    if (!address_is_six(local) || address_is_any(local))
        return address_is_any(local) || address_is_any(to);
    memcpy(&mapped, &local->in6.sin6_addr.s6_addr[12], sizeof mapped);
    return IN6_IS_ADDR_V4MAPPED(&local->in6.sin6_addr) && mapped == to->in.sin_addr.s_addr;
}

bool address_is_loopback(const union address *a)
{
    if (address_is_six(a))
        return IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
    return ntohl(a->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

union address address_reachable(const union address *a)
{
    union address r = *a;

    if (address_is_any(a) && address_is_six(a))
        r.in6.sin6_addr = in6addr_loopback;
    else if (address_is_any(a))
        r.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return r;
}
