/* Receiving, in all its forms. */
#include "simulate/preload/hook.h"

#include <string.h>
#include <sys/time.h>
#include <sys/syscall.h>

#define PARTS_MAX 1024 /* UIO_MAXIOV */

ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags,
                       __SOCKADDR_ARG from, socklen_t *length);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);

/* ---- one datagram ---- */

/* Appends a control message; too little room is said by MSG_CTRUNC, as by the kernel
 * (recvmsg(2)). */
static void put_control(struct msghdr *message, size_t *used, struct cmsghdr head, const void *data)
{
    size_t size = head.cmsg_len;
    char *at = (char *)message->msg_control + *used;

    if (message->msg_controllen - *used < CMSG_SPACE(size)) {
        message->msg_flags |= MSG_CTRUNC;
        return;
    }
    head.cmsg_len = CMSG_LEN(size);
    memcpy(at, &head, sizeof head);
    memcpy(CMSG_DATA((struct cmsghdr *)(void *)at), data, size);
    *used += CMSG_SPACE(size);
}

/* IP_PKTINFO as ip(7) describes it; loopback is interface 1. */
static void put_info(const struct sim_socket *s, struct msghdr *message, size_t *used)
{
    struct in_pktinfo in = {.ipi_ifindex = 1,
                            .ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK),
                            .ipi_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct in6_pktinfo in6 = {.ipi6_ifindex = 1, .ipi6_addr = in6addr_loopback};

    if (s->family == AF_INET)
        put_control(message, used, (struct cmsghdr){sizeof in, IPPROTO_IP, IP_PKTINFO}, &in);
    else
        put_control(message, used, (struct cmsghdr){sizeof in6, IPPROTO_IPV6, IPV6_PKTINFO}, &in6);
}

/* When it came, which is now (socket(7), SO_TIMESTAMP); NTPsec ends when nothing says so. */
static void put_stamp(const struct sim_socket *s, struct msghdr *message, size_t *used)
{
    struct timespec now;
    struct timeval coarse;
    bool fine = s->stamps == SO_TIMESTAMPNS;

    clock_gettime(CLOCK_REALTIME, &now);
    coarse = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    put_control(message, used,
                (struct cmsghdr){fine ? sizeof now : sizeof coarse, SOL_SOCKET, s->stamps},
                fine ? (void *)&now : (void *)&coarse);
}

/* In the kernel's order. */
static void put_controls(const struct sim_socket *s, struct msghdr *message)
{
    size_t used = 0;

    if (message->msg_control && s->stamps)
        put_stamp(s, message, &used);
    if (message->msg_control && s->wants_info)
        put_info(s, message, &used);
    message->msg_controllen = used;
}

/* What the call gives for a datagram that was taken off the pair.  Only here a datagram counts as
 * received: one that is looked at with MSG_PEEK is still there. */
static ssize_t deliver(struct sim_socket *s, const struct net_header *header,
                       struct msghdr *message, int flags)
{
    unsigned index;

    if (header->kind == NET_ERROR)
        return errno = header->error, -1;
    if (message->msg_name)
        net_put_address(&header->address, message->msg_name, &message->msg_namelen);
    put_controls(s, message);
    if (!(flags & MSG_PEEK)) {
        net_lock();
        if (!page_is_upstream(net_page(), &header->address) && net_is_engine_socket(s, &index))
            engine_received(&net_page()->engine, &net_carrier, index,
                            (int32_t)real()->syscall(SYS_gettid));
        net_unlock();
        net_happen();
    }
    return 0;
}

/* The header is taken into a part of its own before the target's parts, so that nothing is copied
 * twice and what does not fit is cut where the kernel cuts it.  No bytes at all is a pair that was
 * shut down, since every datagram has its header. */
static ssize_t receive_once(struct sim_socket *s, int fd, struct msghdr *message, int flags)
{
    struct net_header header;
    struct iovec parts[PARTS_MAX + 1];
    struct msghdr whole = {.msg_iov = parts, .msg_iovlen = message->msg_iovlen + 1};
    ssize_t n;

    if (message->msg_iovlen > PARTS_MAX)
        return errno = EMSGSIZE, -1;
    parts[0] = (struct iovec){&header, sizeof header};
    memcpy(parts + 1, message->msg_iov, message->msg_iovlen * sizeof *parts);
    /* which UDP does not know */
    n = real()->recvmsg(fd, &whole, (flags & ~MSG_OOB) | MSG_DONTWAIT);
    if (n == 0)
        return errno = ESHUTDOWN, -1;
    if (n < (ssize_t)sizeof header)
        return n < 0 ? -1 : 0;
    /* a look does not take a datagram, but an error it does: the kernel keeps those beside */
    if (header.kind == NET_ERROR && (flags & MSG_PEEK))
        real()->recv(fd, &header, sizeof header, MSG_DONTWAIT);
    message->msg_flags = whole.msg_flags & MSG_TRUNC;
    return deliver(s, &header, message, flags) < 0 ? -1 : n - (ssize_t)sizeof header;
}

static void count_empty(void)
{
    net_lock();
    engine_empty_receive(&net_page()->engine);
    net_unlock();
    step_check_spin();
}

/* False: nothing came in the time that SO_RCVTIMEO gives, which passes only where the scenario
 * sends nothing. */
static bool wait_for_datagram(const struct sim_socket *s, int fd, bool *woken)
{
    struct timeval limit = {0};
    struct pollfd one = {.fd = fd, .events = POLLIN};
    unsigned index;

    if (!net_is_engine_socket(s, &index))
        real()->getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &(socklen_t){sizeof limit});
    if (limit.tv_sec > 0 || limit.tv_usec > 0)
        return real()->poll(&one, 1, (int)(limit.tv_sec * 1000 + limit.tv_usec / 1000)) != 0;
    *woken = step_until(fd, POLLIN);
    return true;
}

/* In a loop: of several threads that wait for one datagram only one gets it, and the others go on
 * waiting.  There is no error queue here (MSG_ERRQUEUE), which is as an empty one.  A receive on a
 * socket that was shut down gives 0 where it would wait, and EAGAIN else (as Linux does for
 * UDP). */
ssize_t hook_receive(struct sim_socket *s, int fd, struct msghdr *message, int flags)
{
    unsigned index;
    int injected = net_is_engine_socket(s, &index) ? net_fail_once(ENGINE_RECEIVE) : 0;
    bool waits = !(flags & MSG_DONTWAIT) && hook_blocks(fd), woken = false;
    ssize_t n;

    if (injected)
        return errno = injected, -1;
    if (flags & MSG_ERRQUEUE)
        return errno = EAGAIN, -1;
    do {
        if (waits && !wait_for_datagram(s, fd, &woken))
            return errno = EAGAIN, -1;
        if (net_is_engine_socket(s, &index))
            step_take_turn(index, woken);
        n = receive_once(s, fd, message, flags);
    } while (n < 0 && errno == EAGAIN && waits);
    if (n < 0 && errno == ESHUTDOWN) {
        if (waits)
            return 0;
        errno = EAGAIN;
    }
    if (n < 0 && errno == EAGAIN) {
        count_empty();
        errno = EAGAIN;
    }
    return n;
}

static ssize_t receive_into(struct sim_socket *s, int fd, void *buffer, size_t size, int flags,
                            struct sockaddr *from, socklen_t *length)
{
    struct iovec part = {buffer, size};
    struct msghdr message = {.msg_name = from,
                             .msg_namelen = from && length ? *length : 0,
                             .msg_iov = &part,
                             .msg_iovlen = 1};
    ssize_t n = hook_receive(s, fd, &message, flags);

    if (n >= 0 && from && length)
        *length = message.msg_namelen;
    return n;
}

/* ---- by their names ---- */

HOOK ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    struct sim_socket *s = net_find(fd);

    if (!s)
        return net_called_other(fd), real()->recv(fd, buffer, size, flags);
    net_called_on(s, ENGINE_CALL_recv);
    return receive_into(s, fd, buffer, size, flags, NULL, NULL);
}

HOOK ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, __SOCKADDR_ARG from,
                      socklen_t *length)
{
    struct sim_socket *s = net_find(fd);

    if (!s)
        return net_called_other(fd), real()->recvfrom(fd, buffer, size, flags, from, length);
    net_called_on(s, ENGINE_CALL_recvfrom);
    return receive_into(s, fd, buffer, size, flags, from.__sockaddr__, length);
}

HOOK ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    struct sim_socket *s = net_find(fd);

    if (!s)
        return net_called_other(fd), real()->recvmsg(fd, message, flags);
    net_called_on(s, ENGINE_CALL_recvmsg);
    if (net_is_bad(message))
        return errno = EFAULT, -1;
    return hook_receive(s, fd, message, flags);
}

/* One by one, so that the scenario can act between two datagrams of a batch, too. */
HOOK int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                  struct timespec *timeout)
{
    struct sim_socket *s = net_find(fd);
    unsigned done = 0;
    ssize_t n = 0;

    if (!s)
        return net_called_other(fd), real()->recvmmsg(fd, messages, count, flags, timeout);
    net_called_on(s, ENGINE_CALL_recvmmsg);
    while (done < count && n >= 0) {
        struct msghdr *message = &messages[done].msg_hdr;

        n = done == 0 ? hook_receive(s, fd, message, flags & ~MSG_WAITFORONE)
                      : receive_once(s, fd, message, flags & ~MSG_WAITFORONE);
        if (n >= 0)
            messages[done++].msg_len = (unsigned)n;
    }
    return done > 0 || count == 0 ? (int)done : -1;
}

/* Of no bytes it takes no datagram, unlike recv() (recv(2), notes). */
HOOK ssize_t read(int fd, void *buffer, size_t size)
{
    struct sim_socket *s = net_find(fd);

    if (!s) {
        net_called_other(fd);
        return hook_reads_random(fd, buffer, size) ? (ssize_t)size : real()->read(fd, buffer, size);
    }
    net_called_on(s, ENGINE_CALL_read);
    return size == 0 ? 0 : receive_into(s, fd, buffer, size, 0, NULL, NULL);
}

HOOK ssize_t readv(int fd, const struct iovec *parts, int count)
{
    struct sim_socket *s = net_find(fd);
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};

    if (!s)
        return net_called_other(fd), real()->readv(fd, parts, count);
    net_called_on(s, ENGINE_CALL_readv);
    if (count == 0)
        return 0;
    return hook_receive(s, fd, &message, 0);
}

/* What _FORTIFY_SOURCE makes of them; whether `room` is enough was asked by the compiler where it
 * could be. */
HOOK ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags)
{
    return recv(fd, buffer, size < room ? size : room, flags);
}

HOOK ssize_t __recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags,
                            __SOCKADDR_ARG from, socklen_t *length)
{
    return recvfrom(fd, buffer, size < room ? size : room, flags, from, length);
}

HOOK ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room)
{
    return read(fd, buffer, size < room ? size : room);
}
