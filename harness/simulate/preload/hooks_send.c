/* Sending, in all its forms. */
#include "simulate/preload/hook.h"

#include <netinet/udp.h>
#include <string.h>
#include <sys/syscall.h>

#define PARTS_MAX 1024 /* UIO_MAXIOV */
/* An IPv4 packet's 65,535 bytes less 20 and 8 of headers (RFC 791, RFC 768). */
#define UDP_MAX 65507
#define SEGMENTS_MAX 128 /* UDP_MAX_SEGMENTS of Linux since 6.9; 64 before */

/* Whither; -1 with errno as the kernel.  In Linux's own order of questions (udp_sendmsg()): it
 * decides which error a call gets that is wrong in two ways.  Port 0 is refused: nobody can be
 * there. */
static int destination(const struct sim_socket *s, const struct msghdr *message, union address *to)
{
    const union address *name = message->msg_name;

    if (!name && !s->connected)
        return errno = EDESTADDRREQ, -1;
    if (name && message->msg_namelen > 0 && net_is_bad(name))
        return errno = EFAULT, -1;
    if (name && message->msg_namelen < net_address_length(s->family))
        return errno = EINVAL, -1;
    if (name && name->any.sa_family != s->family)
        return errno = EAFNOSUPPORT, -1;
    if (name && name->in.sin_port == 0)
        return errno = EINVAL, -1;
    *to = s->peer;
    if (name)
        memcpy(to, name, net_address_length(s->family));
    return 0;
}

static size_t hooks_send_length_of(const struct msghdr *message)
{
    size_t length = 0;

    for (size_t i = 0; i < message->msg_iovlen; i++)
        length += message->msg_iov[i].iov_len;
    return length;
}

/* Into how many bytes each it is to be cut; 0: not at all.  The message's own word goes before the
 * socket's option (udp(7), UDP_SEGMENT). */
static size_t segment_of(const struct sim_socket *s, const struct msghdr *message)
{
    struct msghdr copy = *message; /* whose macros want one that may be changed */
    uint16_t segment = (uint16_t)s->segment;

    if (net_is_bad(copy.msg_control))
        copy.msg_controllen = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&copy); c; c = CMSG_NXTHDR(&copy, c)) {
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_SEGMENT)
            memcpy(&segment, CMSG_DATA(c), sizeof segment);
    }
    return segment;
}

/* As the kernel does with one send (UDP_SEGMENT): all of them leave, or none.  What follows the
 * first finds room, since each send has been taken off the pair before the next.  locked */
static ssize_t send_segments(int fd, struct net_header *header, const struct msghdr *message,
                             size_t segment)
{
    static char bytes[UDP_MAX];
    size_t length = 0;
    ssize_t n;

    for (size_t i = 0; i < message->msg_iovlen; i++) {
        memcpy(bytes + length, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
        length += message->msg_iov[i].iov_len;
    }
    for (size_t at = 0; at < length; at += segment) {
        struct iovec parts[] = {{header, sizeof *header},
                                {bytes + at, length - at < segment ? length - at : segment}};
        struct msghdr one = {.msg_iov = parts, .msg_iovlen = 2};

        n = real()->sendmsg(fd, &one, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && at == 0)
            return -1;
    }
    return (ssize_t)(sizeof *header + length);
}

/* MSG_NOSIGNAL: a pair whose other end is closed would raise SIGPIPE, which UDP never does. */
static ssize_t send_whole(int fd, struct net_header *header, const struct msghdr *message)
{
    struct iovec parts[PARTS_MAX + 1];
    struct msghdr whole = {.msg_iov = parts, .msg_iovlen = message->msg_iovlen + 1};

    parts[0] = (struct iovec){header, sizeof *header};
    memcpy(parts + 1, message->msg_iov, message->msg_iovlen * sizeof *parts);
    return real()->sendmsg(fd, &whole, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The send, and what follows from it, under one lock: else two threads would get more through than
 * the scenario lets pass. */
static ssize_t hooks_send_send_once(struct sim_socket *s, int fd, const struct msghdr *message)
{
    struct net_header header = {.kind = NET_DATA};
    size_t segment, length;
    ssize_t n;
    int error;

    net_lock();
    net_bind_any(s);
    net_unlock();
    if (destination(s, message, &header.address) < 0)
        return -1;
    length = message->msg_iovlen > PARTS_MAX ? SIZE_MAX : hooks_send_length_of(message);
    segment = segment_of(s, message);
    if (length > UDP_MAX)
        return errno = EMSGSIZE, -1;
    if (segment > 0 && length > segment * SEGMENTS_MAX)
        return errno = EINVAL, -1;
    net_lock();
    n = segment > 0 && length > segment ? send_segments(fd, &header, message, segment)
                                        : send_whole(fd, &header, message);
    error = errno;
    if (n >= 0)
        net_sent_one(s);
    else if (error == EAGAIN)
        engine_refused(&net_page()->engine);
    net_unlock();
    if (n < 0)
        step_check_spin();
    errno = error;
    return n < 0 ? -1 : n - (ssize_t)sizeof header;
}

/* Blocking is done here, by waiting for writability: the real send would sleep where the harness
 * cannot tell it from other sleeps. */
ssize_t hook_send(struct sim_socket *s, int fd, const struct msghdr *message, int flags)
{
    unsigned index;
    int injected = net_is_engine_socket(s, &index) ? net_fail_once(ENGINE_SEND) : 0;
    bool waits = !(flags & MSG_DONTWAIT) && hook_blocks(fd);
    ssize_t n;

    if (injected)
        return errno = injected, -1;
    if (flags & MSG_OOB)
        return errno = EOPNOTSUPP, -1;
    if (net_is_engine_socket(s, &index))
        step_take_turn_to_send(index);
    for (;;) {
        n = hooks_send_send_once(s, fd, message);
        if (n >= 0 || errno != EAGAIN || !waits)
            return n;
        step_until(fd, POLLOUT);
    }
}

static ssize_t send_from(struct sim_socket *s, int fd, const void *buffer, size_t size, int flags,
                         const struct sockaddr *to, socklen_t length)
{
    struct iovec part = {(void *)buffer, size};
    struct msghdr message = {
        .msg_name = (void *)to, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1};

    return hook_send(s, fd, &message, flags);
}

/* ---- by their names ---- */

HOOK ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
    struct sim_socket *s = net_find(fd);

    if (!s)
        return net_called_other(fd), real()->send(fd, buffer, size, flags);
    net_called_on(s, ENGINE_CALL_send);
    return send_from(s, fd, buffer, size, flags, NULL, 0);
}

HOOK ssize_t sendto(int fd, const void *buffer, size_t size, int flags, __CONST_SOCKADDR_ARG to,
                    socklen_t length)
{
    struct sim_socket *s = net_find(fd);

    if (!s)
        return net_called_other(fd), real()->sendto(fd, buffer, size, flags, to, length);
    net_called_on(s, ENGINE_CALL_sendto);
    return send_from(s, fd, buffer, size, flags, to.__sockaddr__, length);
}

HOOK ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct sim_socket *s = net_find(fd);

    if (!s)
        return net_called_other(fd), real()->sendmsg(fd, message, flags);
    net_called_on(s, ENGINE_CALL_sendmsg);
    if (net_is_bad(message))
        return errno = EFAULT, -1;
    return hook_send(s, fd, message, flags);
}

/* What was sent before an error counts; the error itself is lost then (sendmmsg(2)). */
HOOK int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    struct sim_socket *s = net_find(fd);
    unsigned done = 0;
    ssize_t n = 0;

    if (!s)
        return net_called_other(fd), real()->sendmmsg(fd, messages, count, flags);
    net_called_on(s, ENGINE_CALL_sendmmsg);
    while (done < count && n >= 0) {
        n = hook_send(s, fd, &messages[done].msg_hdr, flags);
        if (n >= 0)
            messages[done++].msg_len = (unsigned)n;
    }
    return done > 0 || count == 0 ? (int)done : -1;
}

HOOK ssize_t write(int fd, const void *buffer, size_t size)
{
    struct sim_socket *s = net_find(fd);

    if (!s)
        return net_called_other(fd), real()->write(fd, buffer, size);
    net_called_on(s, ENGINE_CALL_write);
    return send_from(s, fd, buffer, size, 0, NULL, 0);
}

HOOK ssize_t writev(int fd, const struct iovec *parts, int count)
{
    struct sim_socket *s = net_find(fd);
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};

    if (!s)
        return net_called_other(fd), real()->writev(fd, parts, count);
    net_called_on(s, ENGINE_CALL_writev);
    return hook_send(s, fd, &message, 0);
}
