#include "core/internal.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* A blocking server in a send that the kernel does not take looks at the stop flag this often.  It
 * costs nothing while sends succeed. */
#define BLOCKED_SEND_MS 100

socklen_t ew_address_length(const union ew_address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof address->in6 : sizeof address->in;
}

int ew_address_parse(const char *text, union ew_address *address)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, text, &address->in.sin_addr) == 1) {
        address->in.sin_family = AF_INET;
        return 0;
    }
    if (inet_pton(AF_INET6, text, &address->in6.sin6_addr) == 1) {
        address->in6.sin6_family = AF_INET6;
        return 0;
    }
    return -EINVAL;
}

uint16_t ew_address_port(const union ew_address *address)
{
    return ntohs(address->any.sa_family == AF_INET6 ? address->in6.sin6_port
                                                    : address->in.sin_port);
}

static void set_port(union ew_address *address, uint16_t port)
{
    if (address->any.sa_family == AF_INET6)
        address->in6.sin6_port = htons(port);
    else
        address->in.sin_port = htons(port);
}

bool ew_address_is_wildcard(const union ew_address *address)
{
    if (address->any.sa_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&address->in6.sin6_addr);
    return address->in.sin_addr.s_addr == htonl(INADDR_ANY);
}

static int set_flag(int fd, int level, int name)
{
    int on = 1;

    return setsockopt(fd, level, name, &on, sizeof on) < 0 ? -errno : 0;
}

/* Linux doubles what is asked for and clips it to rmem_max or wmem_max without a word
 * (socket(7)). */
static int set_bytes(int fd, int name, uint32_t bytes)
{
    int value = bytes > INT32_MAX ? INT32_MAX : (int)bytes;

    if (bytes == 0)
        return 0;
    return setsockopt(fd, SOL_SOCKET, name, &value, sizeof value) < 0 ? -errno : 0;
}

/* On a wildcard bind the kernel must say which address was asked, or the answer leaves from another
 * one. */
static int ask_for_destination(int fd, int family)
{
    if (family == AF_INET6)
        return set_flag(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
    return set_flag(fd, IPPROTO_IP, IP_PKTINFO);
}

static int set_blocking(int fd, bool blocking)
{
    struct timeval limit = {.tv_usec = BLOCKED_SEND_MS * 1000};

    if (blocking)
        return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0 ? -errno : 0;
    return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* macOS has no SOCK_NONBLOCK, hence the fcntl calls.  An IPv6 socket serves IPv6 only, so that ::
 * and 0.0.0.0 can be served side by side and "answers from the address that was asked" means one
 * thing. */
static int prepare(struct ew_socket *socket, const struct ew_config *config)
{
    int err = fcntl(socket->fd, F_SETFD, FD_CLOEXEC) < 0
                  ? -errno
                  : set_blocking(socket->fd, ew_server.blocking);

    if (!err && socket->local.any.sa_family == AF_INET6)
        err = set_flag(socket->fd, IPPROTO_IPV6, IPV6_V6ONLY);
    if (!err && socket->wildcard)
        err = ask_for_destination(socket->fd, socket->local.any.sa_family);
    if (!err)
        err = set_bytes(socket->fd, SO_RCVBUF, config->receive_bytes);
    if (!err)
        err = set_bytes(socket->fd, SO_SNDBUF, config->send_bytes);
    return err;
}

static int bind_and_name(struct ew_socket *socket)
{
    socklen_t length = sizeof socket->local;

    if (bind(socket->fd, &socket->local.any, ew_address_length(&socket->local)) < 0)
        return -errno;
    if (getsockname(socket->fd, &socket->local.any, &length) < 0)
        return -errno;
    return 0;
}

/* The first one of a port is bound without the option: so it is refused a port that is another
 * program's, or another instance's, which would take part in the choice.  That it may be set later,
 * before the second socket is bound, Linux knows since 4.5 ("soreuseport: fix NULL ptr dereference
 * SO_REUSEPORT after bind"). */
static int bind_in_turn(struct ew_socket *s, const struct ew_config *config, bool is_first)
{
    int err = is_first ? 0 : ew_share_port(s->fd);

    if (!err)
        err = bind_and_name(s);
    if (!err && is_first && config->share != EW_SHARE_PORTS)
        err = ew_share_port(s->fd);
    return err;
}

int ew_socket_open(struct ew_socket *s, const struct ew_config *config,
                   const union ew_address *address, const struct ew_socket *first)
{
    int err;

    s->local = first ? first->local : *address;
    s->wildcard = ew_address_is_wildcard(address);
    if (!first && config->port != 0)
        set_port(&s->local, (uint16_t)(config->port + s->index));
    s->fd = socket(address->any.sa_family, SOCK_DGRAM, 0);
    if (s->fd < 0)
        return -errno;
    err = prepare(s, config);
    if (!err)
        err = bind_in_turn(s, config, !first);
    if (err)
        ew_socket_close(s);
    return err;
}

void ew_socket_close(struct ew_socket *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    ew_queue_fini(&s->queue);
}

/* Read once, at the start: an address that the machine is given later is not known for ours. */
int ew_own_addresses_load(struct ew_instance *instance)
{
    struct ifaddrs *list;
    size_t n = 0;

    if (getifaddrs(&list) < 0)
        return -errno;
    for (struct ifaddrs *i = list; i; i = i->ifa_next)
        n++;
    instance->own_addresses = calloc(n ? n : 1, sizeof *instance->own_addresses);
    for (struct ifaddrs *i = list; i && instance->own_addresses; i = i->ifa_next) {
        union ew_address *own = &instance->own_addresses[instance->n_own_addresses];

        if (!i->ifa_addr ||
            (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
            continue;
        own->any.sa_family = i->ifa_addr->sa_family;
        memcpy(own, i->ifa_addr, ew_address_length(own));
        instance->n_own_addresses++;
    }
    freeifaddrs(list);
    return instance->own_addresses ? 0 : -ENOMEM;
}

/* Of different families no two are the same, ::ffff:a.b.c.d included: our sockets are IPv6 only. */
static bool socket_same_host(const union ew_address *a, const union ew_address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET6)
        return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) == 0;
    return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
}

/* All of 127/8 is this machine, whatever addresses lo was given. */
static bool socket_is_loopback(const union ew_address *a)
{
    return a->any.sa_family == AF_INET && (ntohl(a->in.sin_addr.s_addr) >> 24) == 127;
}

/* The port decides nearly always, by one bit; addresses are compared for our own ports only. */
bool ew_is_own(const struct ew_instance *instance, const struct ew_socket *socket,
               const struct ew_datagram *datagram)
{
    uint16_t port = ew_address_port(&datagram->peer);

    if (!(instance->own_ports[port / 8] & (1u << (port % 8))))
        return false;
    if (!socket->wildcard)
        return socket_same_host(&datagram->peer, &socket->local);
    if (socket_is_loopback(&datagram->peer) || socket_same_host(&datagram->peer, &datagram->asked))
        return true;
    for (size_t i = 0; i < instance->n_own_addresses; i++)
        if (socket_same_host(&datagram->peer, &instance->own_addresses[i]))
            return true;
    return false;
}
