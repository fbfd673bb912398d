/* Sending, in all its forms. */
#include "simulate/preload/hook.h"

#include <string.h>
#include <sys/syscall.h>

#define PARTS_MAX 1024 /* UIO_MAXIOV */
#define UDP_MAX 65507

/* Whither; -1 with errno as the kernel. */
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

/* The send, and what follows from it, under one lock: else two threads would get more through than
 * the scenario lets pass. */
static ssize_t hooks_send_send_once(struct sim_socket *s, int fd, const struct msghdr *message)
{
    struct net_header header = {.kind = NET_DATA};
    struct iovec parts[PARTS_MAX + 1];
    struct msghdr whole = {.msg_iov = parts, .msg_iovlen = message->msg_iovlen + 1};
    ssize_t n;
    int error;

    net_lock();
    net_bind_any(s);
    net_unlock();
    if (destination(s, message, &header.address) < 0)
        return -1;
    if (message->msg_iovlen > PARTS_MAX || hooks_send_length_of(message) > UDP_MAX)
        return errno = EMSGSIZE, -1;
    parts[0] = (struct iovec){&header, sizeof header};
    memcpy(parts + 1, message->msg_iov, message->msg_iovlen * sizeof *parts);
    net_lock();
    n = real()->sendmsg(fd, &whole, MSG_DONTWAIT | MSG_NOSIGNAL);
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

ssize_t hook_send(struct sim_socket *s, int fd, const struct msghdr *message, int flags)
{
    int injected = net_fail_once(ENGINE_SEND);
    bool waits = !(flags & MSG_DONTWAIT) && hook_blocks(fd);
    ssize_t n;

    if (injected)
        return errno = injected, -1;
    if (flags & MSG_OOB)
        return errno = EOPNOTSUPP, -1;
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
        return real()->send(fd, buffer, size, flags);
    net_called_on(s, ENGINE_CALL_send);
    return send_from(s, fd, buffer, size, flags, NULL, 0);
}

HOOK ssize_t sendto(int fd, const void *buffer, size_t size, int flags, __CONST_SOCKADDR_ARG to,
                    socklen_t length)
{
    struct sim_socket *s = net_find(fd);

    if (!s)
        return real()->sendto(fd, buffer, size, flags, to, length);
    net_called_on(s, ENGINE_CALL_sendto);
    return send_from(s, fd, buffer, size, flags, to.__sockaddr__, length);
}

HOOK ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct sim_socket *s = net_find(fd);

    if (!s)
        return real()->sendmsg(fd, message, flags);
    net_called_on(s, ENGINE_CALL_sendmsg);
    if (net_is_bad(message))
        return errno = EFAULT, -1;
    return hook_send(s, fd, message, flags);
}

HOOK int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    struct sim_socket *s = net_find(fd);
    unsigned done = 0;
    ssize_t n = 0;

    if (!s)
        return real()->sendmmsg(fd, messages, count, flags);
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
        return real()->write(fd, buffer, size);
    net_called_on(s, ENGINE_CALL_write);
    return send_from(s, fd, buffer, size, 0, NULL, 0);
}

HOOK ssize_t writev(int fd, const struct iovec *parts, int count)
{
    struct sim_socket *s = net_find(fd);
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};

    if (!s)
        return real()->writev(fd, parts, count);
    net_called_on(s, ENGINE_CALL_writev);
    return hook_send(s, fd, &message, 0);
}
