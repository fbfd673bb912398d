/* Descriptors: opening, duplicating, closing. */
#include "simulate/preload/hook.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>

int fcntl64(int fd, int command, ...);

/* UDP over IP is simulated and nothing else: streams, AF_UNIX, netlink and raw sockets are the
 * machine's. */
HOOK int socket(int family, int type, int protocol)
{
    bool udp = (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_DGRAM &&
               (protocol == 0 || protocol == IPPROTO_UDP);

    if (!net_page() || !udp || (family != AF_INET && family != AF_INET6))
        return real()->socket(family, type, protocol);
    return net_open(family, type);
}

/* What it meant is forgotten first: as soon as the kernel has closed it, another thread may be
 * given the number. */
HOOK int close(int fd)
{
    if (net_page()) {
        net_forget(fd);
        hook_forget_random(fd);
    }
    return real()->close(fd);
}

/* What it closes beyond our first descriptor may be ours: those stay open, or the network would
 * end. */
HOOK int close_range(unsigned first, unsigned last, int flags)
{
    if (!net_page() || (flags & CLOSE_RANGE_CLOEXEC))
        return real()->close_range(first, last, flags);
    net_forget_range(first, last);
    if (first >= SIM_FD_FIRST)
        return 0;
    return real()->close_range(first, last < SIM_FD_FIRST ? last : SIM_FD_FIRST - 1, flags);
}

/* dup2() of a descriptor to itself changes nothing (dup(2)); counted it would never be closed. */
static int copied(int fd, int copy)
{
    if (copy >= 0 && copy != fd && net_page())
        net_copy(fd, copy);
    return copy;
}

HOOK int dup(int fd)
{
    return copied(fd, real()->dup(fd));
}

/* Closes what `copy` was. */
HOOK int dup2(int fd, int copy)
{
    if (net_page() && fd != copy)
        net_forget(copy);
    return copied(fd, real()->dup2(fd, copy));
}

HOOK int dup3(int fd, int copy, int flags)
{
    if (net_page() && fd != copy)
        net_forget(copy);
    return copied(fd, real()->dup3(fd, copy, flags));
}

/* An argument that was not passed is only handed on, as libc itself does: fcntl(2) looks at it for
 * the commands that have one. */
static int hooks_descriptor_control(int fd, int command, void *argument)
{
    int result = real()->fcntl(fd, command, argument);

    return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? copied(fd, result) : result;
}

HOOK int fcntl(int fd, int command, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    return hooks_descriptor_control(fd, command, argument);
}

HOOK int fcntl64(int fd, int command, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    return hooks_descriptor_control(fd, command, argument);
}

/* The length of the next datagram without what precedes it on the pair. */
HOOK int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    void *argument;
    int result;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    result = real()->ioctl(fd, request, argument);
    if (result == 0 && request == FIONREAD && net_find(fd) &&
        *(int *)argument >= (int)sizeof(struct net_header))
        *(int *)argument -= (int)sizeof(struct net_header);
    return result;
}

/* Inside libc they read and write without asking for those functions by name. */
HOOK int eventfd_read(int fd, eventfd_t *value)
{
    net_called_other(fd);
    return real()->eventfd_read(fd, value);
}

HOOK int eventfd_write(int fd, eventfd_t value)
{
    net_called_other(fd);
    return real()->eventfd_write(fd, value);
}

bool hook_blocks(int fd)
{
    return !(real()->fcntl(fd, F_GETFL) & O_NONBLOCK);
}
