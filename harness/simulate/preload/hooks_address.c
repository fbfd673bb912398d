/* Addresses and options of simulated sockets. */
#include "simulate/preload/hook.h"

#include <netinet/udp.h>
#include <string.h>

HOOK int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    struct sim_socket *s = net_find(fd);
    int result;

    if (!s)
        return real()->bind(fd, address, length);
    net_lock();
    result = net_bind(s, address.__sockaddr__, length);
    net_unlock();
    return result;
}

static int connect_to(struct sim_socket *s, const struct sockaddr *address, socklen_t length)
{
    if (address->sa_family == AF_UNSPEC) {
        s->connected = false;
        return 0;
    }
    if (address->sa_family != s->family)
        return errno = EAFNOSUPPORT, -1;
    if (length < net_address_length(s->family))
        return errno = EINVAL, -1;
    memcpy(&s->peer, address, net_address_length(s->family));
    net_bind_any(s);
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
    result = connect_to(s, address.__sockaddr__, length);
    net_unlock();
    return result;
}

HOOK int getsockname(int fd, __SOCKADDR_ARG address, socklen_t *length)
{
    struct sim_socket *s = net_find(fd);

    return s ? net_put_address(&s->local, address.__sockaddr__, length) : real()->getsockname(fd, address, length);
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

/* ---- options ---- */

/* As the kernel: twice what is asked for, which is what it then answers. */
static void set_socket_option(struct sim_socket *s, int option, int value)
{
    if (option == SO_SNDBUF || option == SO_SNDBUFFORCE)
        s->send_bytes = 2 * value;
    if (option == SO_RCVBUF || option == SO_RCVBUFFORCE)
        s->receive_bytes = 2 * value;
    if (option == SO_REUSEPORT || option == SO_REUSEADDR)
        s->shares_port = value != 0;
}

HOOK int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    struct sim_socket *s = net_find(fd);
    int number = 0;

    if (!s)
        return real()->setsockopt(fd, level, option, value, length);
    if (level == IPPROTO_UDP) /* segmentation and its like would have to be simulated, too */
        return errno = ENOPROTOOPT, -1;
    if (value && length >= sizeof number)
        memcpy(&number, value, sizeof number);
    net_lock();
    if (level == SOL_SOCKET)
        set_socket_option(s, option, number);
    if ((level == IPPROTO_IP && option == IP_PKTINFO) || (level == IPPROTO_IPV6 && option == IPV6_RECVPKTINFO))
        s->wants_info = number != 0;
    net_unlock();
    return 0;
}

static int socket_option(const struct sim_socket *s, int option)
{
    switch (option) {
    case SO_TYPE: return SOCK_DGRAM;
    case SO_DOMAIN: return s->family;
    case SO_PROTOCOL: return IPPROTO_UDP;
    case SO_SNDBUF: return s->send_bytes;
    case SO_RCVBUF: return s->receive_bytes;
    case SO_REUSEADDR:
    case SO_REUSEPORT: return s->shares_port;
    default: return 0;
    }
}

HOOK int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    struct sim_socket *s = net_find(fd);
    int number;

    if (!s)
        return real()->getsockopt(fd, level, option, value, length);
    number = level == SOL_SOCKET ? socket_option(s, option) : s->wants_info;
    *length = *length < sizeof number ? *length : (socklen_t)sizeof number;
    memcpy(value, &number, *length);
    return 0;
}
