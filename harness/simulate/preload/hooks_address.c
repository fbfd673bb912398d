/* Addresses and options of simulated sockets. */
#include "simulate/preload/hook.h"

#include <limits.h>
#include <netinet/udp.h>
#include <string.h>

/* SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF of Linux.  Of x86-64 with pages of 4 KiB; socket(7) names them
 * in halves, as what one may ask for. */
#define SEND_BYTES_LEAST 4608
#define RECEIVE_BYTES_LEAST 2304

/* The last port that is bound begins the scenario.  What it sends may be there before the server
 * first waits, as on a host whose clients are at work already. */
HOOK int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    struct sim_socket *s = net_find(fd);
    int result;

    if (!s)
        return real()->bind(fd, address, length);
    net_lock();
    result = net_bind(s, address.__sockaddr__, length);
    if (result == 0 && net_is_ready())
        engine_bound(&net_page()->engine, &net_carrier);
    net_unlock();
    return result;
}

/* Whoever is connected sends from a certain address, and everybody here is on loopback.
 * getsockname() then tells it (ip(7)). */
static void settle_address(struct sim_socket *s)
{
    if (s->family == AF_INET && s->local.in.sin_addr.s_addr == htonl(INADDR_ANY))
        s->local.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s->family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&s->local.in6.sin6_addr))
        s->local.in6.sin6_addr = in6addr_loopback;
}

/* AF_UNSPEC dissolves the association (connect(2)); whoever closes a client's state without closing
 * its socket relies on that. */
static int hooks_address_connect_to(struct sim_socket *s, const struct sockaddr *address,
                                    socklen_t length)
{
    if (net_is_bad(address))
        return errno = EFAULT, -1;
    if (length < sizeof address->sa_family)
        return errno = EINVAL, -1;
    if (address->sa_family == AF_UNSPEC) {
        s->connected = false;
        return 0;
    }
    net_bind_any(s);
    if (length < net_address_length(s->family))
        return errno = EINVAL, -1;
    if (address->sa_family != s->family)
        return errno = EAFNOSUPPORT, -1;
    memcpy(&s->peer, address, net_address_length(s->family));
    settle_address(s);
    s->connected = true;
    return 0;
}

HOOK int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    struct sim_socket *s = net_find(fd);
    int result;

    if (!s)
        return real()->connect(fd, address, length);
    net_lock();
    result = hooks_address_connect_to(s, address.__sockaddr__, length);
    net_unlock();
    return result;
}

HOOK int getsockname(int fd, __SOCKADDR_ARG address, socklen_t *length)
{
    struct sim_socket *s = net_find(fd);

    return s ? net_put_address(&s->local, address.__sockaddr__, length)
             : real()->getsockname(fd, address, length);
}

HOOK int getpeername(int fd, __SOCKADDR_ARG address, socklen_t *length)
{
    struct sim_socket *s = net_find(fd);

    if (!s)
        return real()->getpeername(fd, address, length);
    if (!s->connected)
        return errno = ENOTCONN, -1;
    return net_put_address(&s->peer, address.__sockaddr__, length);
}

/* It wakes whoever waits, and does so also where there is no connection to shut down. */
HOOK int shutdown(int fd, int how)
{
    struct sim_socket *s = net_find(fd);
    int result = real()->shutdown(fd, how);

    if (s && result == 0 && !s->connected)
        return errno = ENOTCONN, -1;
    return result;
}

/* ---- options ---- */

/* As the kernel: twice what is asked for, which is what it then answers, and no less than these. */
static int doubled(int value, int least)
{
    return value < least / 2 ? least : value > INT_MAX / 2 ? INT_MAX : 2 * value;
}

/* False: the pair's own option serves as well.  Buffers are answered, not applied: what the network
 * takes is the scenario's to say, and a small buffer on the pair would turn EAGAIN into
 * EMSGSIZE. */
static bool set_socket_option(struct sim_socket *s, int option, int value)
{
    switch (option) {
    case SO_SNDBUF:
    case SO_SNDBUFFORCE: s->send_bytes = doubled(value, SEND_BYTES_LEAST); return true;
    case SO_RCVBUF:
    case SO_RCVBUFFORCE: s->receive_bytes = doubled(value, RECEIVE_BYTES_LEAST); return true;
    case SO_REUSEPORT: s->shares_port = value != 0; return true;
    case SO_REUSEADDR: s->reuses_address = value != 0; return true;
    case SO_TIMESTAMP:
    case SO_TIMESTAMPNS: s->stamps = value ? option : 0; return true;
    default: return false;
    }
}

/* By a program that reads what is not there: the packet's headers. */
static bool hooks_choose(int option)
{
    return option == SO_ATTACH_REUSEPORT_CBPF || option == SO_ATTACH_REUSEPORT_EBPF;
}

/* What works on a datagram's bytes would meet our header before them.  ENOPROTOOPT is what an older
 * kernel says, so that a library falls back instead of going on with a wrong offset. */
static bool is_refused(int level, int option)
{
    if (level == IPPROTO_UDP)
        return option != UDP_SEGMENT && option != UDP_GRO;
    if (level != SOL_SOCKET)
        return false;
    return option == SO_ATTACH_FILTER || option == SO_ATTACH_BPF || option == SO_PEEK_OFF ||
           hooks_choose(option);
}

static bool is_info(int level, int option)
{
    return (level == IPPROTO_IP && option == IP_PKTINFO) ||
           (level == IPPROTO_IPV6 && option == IPV6_RECVPKTINFO);
}

static bool is_error_queue(int level, int option)
{
    return (level == IPPROTO_IP && option == IP_RECVERR) ||
           (level == IPPROTO_IPV6 && option == IPV6_RECVERR);
}

/* What IP and UDP do with it.  No train ever comes, so that who takes trains (UDP_GRO) is given
 * datagrams, as by a kernel that has found none to put together. */
static void set_protocol_option(struct sim_socket *s, int level, int option, int value)
{
    if (is_info(level, option))
        s->wants_info = value != 0;
    else if (is_error_queue(level, option))
        s->queues_errors = value != 0;
    else if (level == IPPROTO_UDP && option == UDP_SEGMENT)
        s->segment = value;
    else if (level == IPPROTO_UDP)
        s->coalesces = value != 0;
}

static int protocol_option(const struct sim_socket *s, int level, int option)
{
    if (level == IPPROTO_UDP)
        return option == UDP_SEGMENT ? s->segment : s->coalesces;
    if (is_error_queue(level, option))
        return s->queues_errors;
    return is_info(level, option) && s->wants_info;
}

/* Options of IP and UDP must not reach the pair, which is AF_UNIX and would refuse them with
 * EOPNOTSUPP.  What is not understood here succeeds, and shows nowhere. */
HOOK int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    struct sim_socket *s = net_find(fd);
    int number = 0;
    bool done;

    if (!s)
        return real()->setsockopt(fd, level, option, value, length);
    if (level == SOL_SOCKET && hooks_choose(option) && s->shares_port) {
        net_page()->lacks_program = true;
        return 0;
    }
    if (is_refused(level, option))
        return errno = ENOPROTOOPT, -1;
    if (level == IPPROTO_UDP && length < sizeof number)
        return errno = EINVAL, -1;
    if (length >= sizeof number && !net_is_bad(value))
        memcpy(&number, value, sizeof number);
    if (level == IPPROTO_UDP && option == UDP_SEGMENT && (number < 0 || number > UINT16_MAX))
        return errno = EINVAL, -1;
    net_lock();
    done = level == SOL_SOCKET && set_socket_option(s, option, number);
    if (level != SOL_SOCKET)
        set_protocol_option(s, level, option, number);
    net_unlock();
    if (level != SOL_SOCKET)
        return 0; /* what IP does with it shows nowhere here */
    if (done && length >= sizeof number && !net_is_bad(value))
        return 0;
    return real()->setsockopt(fd, level, option, value, length);
}

/* False: what the pair's own option says is right. */
static bool socket_option(const struct sim_socket *s, int option, int *value)
{
    switch (option) {
    case SO_DOMAIN: *value = s->family; return true;
    case SO_PROTOCOL: *value = IPPROTO_UDP; return true;
    case SO_SNDBUF: *value = s->send_bytes; return true;
    case SO_RCVBUF: *value = s->receive_bytes; return true;
    case SO_REUSEADDR: *value = s->reuses_address; return true;
    case SO_REUSEPORT: *value = s->shares_port; return true;
    case SO_TIMESTAMP:
    case SO_TIMESTAMPNS: *value = s->stamps == option; return true;
    default: return false;
    }
}

HOOK int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    struct sim_socket *s = net_find(fd);
    int number;

    if (!s || (level == SOL_SOCKET && !socket_option(s, option, &number)))
        return real()->getsockopt(fd, level, option, value, length);
    if (level != SOL_SOCKET)
        number = protocol_option(s, level, option);
    if (net_is_bad(value) || net_is_bad(length))
        return errno = EFAULT, -1;
    *length = *length < sizeof number ? *length : (socklen_t)sizeof number;
    memcpy(value, &number, *length);
    return 0;
}
