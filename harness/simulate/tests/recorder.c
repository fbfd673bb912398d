/* A library to preload: writes down what receives, sends and waits return, one line each, into the
 * file that RECORD_TO names.
 *
 * Before the simulated network's library it sees what that one gives, alone what the kernel gives.
 * Only UDP sockets, and only waits that return something: how often a loop looks in vain is a
 * matter of time on real sockets. */
#include "next.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Within syscall(), which the simulated network leads to the functions of these names. */
static _Thread_local bool by_number;

static void write_down(const char *name, long result)
{
    const char *file = getenv("RECORD_TO");
    int before = errno,
        fd = file ? open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    char line[80];
    int length = result < 0 ? snprintf(line, sizeof line, "%s %s\n", name, strerror(before))
                            : snprintf(line, sizeof line, "%s %ld\n", name, result);

    if (fd < 0 || write(fd, line, (size_t)length) != length)
        abort();
    close(fd);
    errno = before;
}

static long on_socket(int fd, const char *name, long result)
{
    int before = errno, protocol = 0;
    socklen_t length = sizeof protocol;

    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length);
    errno = before;
    if (protocol == IPPROTO_UDP && !by_number)
        write_down(name, result);
    return result;
}

static int after_wait(const char *name, int result)
{
    if (result > 0)
        write_down(name, result);
    return result;
}

long syscall(long number, ...)
{
    va_list arguments;
    long a[6], result;

    by_number = true;
    va_start(arguments, number);
    result = next_syscall(number, arguments, a);
    va_end(arguments);
    by_number = false;
    if (number != SYS_recvmmsg && number != SYS_sendmmsg)
        return result;
    return on_socket((int)a[0], number == SYS_recvmmsg ? "recvmmsg" : "sendmmsg", result);
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    return on_socket(fd, "recv", NEXT(recv, (fd, buffer, size, flags)));
}

ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, __SOCKADDR_ARG from,
                 socklen_t *length)
{
    return on_socket(fd, "recvfrom", NEXT(recvfrom, (fd, buffer, size, flags, from, length)));
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return on_socket(fd, "recvmsg", NEXT(recvmsg, (fd, message, flags)));
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    return (int)on_socket(fd, "recvmmsg", NEXT(recvmmsg, (fd, messages, count, flags, timeout)));
}

ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
    return on_socket(fd, "send", NEXT(send, (fd, buffer, size, flags)));
}

ssize_t sendto(int fd, const void *buffer, size_t size, int flags, __CONST_SOCKADDR_ARG to,
               socklen_t length)
{
    return on_socket(fd, "sendto", NEXT(sendto, (fd, buffer, size, flags, to, length)));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return on_socket(fd, "sendmsg", NEXT(sendmsg, (fd, message, flags)));
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    return (int)on_socket(fd, "sendmmsg", NEXT(sendmmsg, (fd, messages, count, flags)));
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    return after_wait("poll", NEXT(poll, (fds, count, timeout_ms)));
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    return after_wait("ppoll", NEXT(ppoll, (fds, count, timeout, mask)));
}

int select(int count, fd_set *reads, fd_set *writes, fd_set *exceptions, struct timeval *timeout)
{
    return after_wait("select", NEXT(select, (count, reads, writes, exceptions, timeout)));
}

int pselect(int count, fd_set *reads, fd_set *writes, fd_set *exceptions,
            const struct timespec *timeout, const sigset_t *mask)
{
    return after_wait("pselect", NEXT(pselect, (count, reads, writes, exceptions, timeout, mask)));
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout_ms)
{
    return after_wait("epoll_wait", NEXT(epoll_wait, (epoll, events, count, timeout_ms)));
}

int epoll_pwait(int epoll, struct epoll_event *events, int count, int timeout_ms,
                const sigset_t *mask)
{
    return after_wait("epoll_pwait", NEXT(epoll_pwait, (epoll, events, count, timeout_ms, mask)));
}
