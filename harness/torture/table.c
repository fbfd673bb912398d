#include "torture/table.h"

#include <errno.h>
#include <sys/syscall.h>

#define ROW(call, error, page)                        \
    {                                                 \
#call, SYS_##call, #error, error, page, false \
    }
#define MEMORY(call, error, page)                    \
    {                                                \
#call, SYS_##call, #error, error, page, true \
    }

/* Left out: close(2), for the kernel frees the descriptor whatever it answers, and a call that is
 * answered is not made; brk(2), which fails by what it returns and not by an error; epoll_ctl and
 * fcntl with errors that only a wrong argument has; exit and signals, which cannot fail. */
const struct torture_row torture_table[] = {
    ROW(socket, EMFILE, "socket(2)"),
    ROW(socket, ENFILE, "socket(2)"),
    ROW(socket, ENOBUFS, "socket(2)"),
    ROW(socket, ENOMEM, "socket(2)"),
    ROW(socket, EACCES, "socket(2)"),
    ROW(socket, EAFNOSUPPORT, "socket(2)"),
    ROW(socketpair, EMFILE, "socketpair(2)"),
    ROW(socketpair, ENFILE, "socketpair(2)"),
    ROW(bind, EADDRINUSE, "bind(2)"),
    ROW(bind, EADDRNOTAVAIL, "bind(2)"),
    ROW(bind, EACCES, "bind(2)"),
    ROW(bind, ENOMEM, "bind(2)"),
    ROW(connect, EADDRNOTAVAIL, "connect(2)"),
    ROW(connect, ECONNREFUSED, "connect(2)"),
    ROW(connect, ENETUNREACH, "connect(2)"),
    ROW(connect, EINTR, "connect(2)"),
    ROW(setsockopt, ENOPROTOOPT, "setsockopt(2)"),
    ROW(setsockopt, EINVAL, "setsockopt(2)"),
    ROW(getsockopt, ENOPROTOOPT, "getsockopt(2)"),
    ROW(getsockname, ENOBUFS, "getsockname(2)"),
    ROW(recvfrom, EAGAIN, "recv(2)"),
    ROW(recvfrom, EINTR, "recv(2)"),
    ROW(recvfrom, ECONNREFUSED, "recv(2)"),
    ROW(recvfrom, ENOMEM, "recv(2)"),
    ROW(recvfrom, EHOSTUNREACH, "ip(7)"),
    ROW(recvmsg, EAGAIN, "recv(2)"),
    ROW(recvmsg, EINTR, "recv(2)"),
    ROW(recvmsg, ECONNREFUSED, "recv(2)"),
    ROW(recvmsg, ENOMEM, "recv(2)"),
    ROW(recvmsg, EHOSTUNREACH, "ip(7)"),
    ROW(recvmmsg, EAGAIN, "recv(2)"),
    ROW(recvmmsg, EINTR, "recv(2)"),
    ROW(recvmmsg, ECONNREFUSED, "recv(2)"),
    ROW(recvmmsg, ENOMEM, "recv(2)"),
    ROW(sendto, EAGAIN, "send(2)"),
    ROW(sendto, EINTR, "send(2)"),
    ROW(sendto, EMSGSIZE, "send(2)"),
    ROW(sendto, ENOBUFS, "send(2)"),
    ROW(sendto, ENOMEM, "send(2)"),
    ROW(sendto, EACCES, "send(2)"),
    ROW(sendto, ECONNREFUSED, "udp(7)"),
    ROW(sendto, EHOSTUNREACH, "ip(7)"),
    ROW(sendmsg, EAGAIN, "send(2)"),
    ROW(sendmsg, EINTR, "send(2)"),
    ROW(sendmsg, EMSGSIZE, "send(2)"),
    ROW(sendmsg, ENOBUFS, "send(2)"),
    ROW(sendmsg, ENOMEM, "send(2)"),
    ROW(sendmsg, EACCES, "send(2)"),
    ROW(sendmsg, ECONNREFUSED, "udp(7)"),
    ROW(sendmsg, EHOSTUNREACH, "ip(7)"),
    ROW(sendmmsg, EAGAIN, "send(2)"),
    ROW(sendmmsg, EINTR, "send(2)"),
    ROW(sendmmsg, EMSGSIZE, "send(2)"),
    ROW(sendmmsg, ENOBUFS, "send(2)"),
    ROW(sendmmsg, ENOMEM, "send(2)"),
    ROW(sendmmsg, ECONNREFUSED, "udp(7)"),
#ifdef SYS_poll
    ROW(poll, EINTR, "poll(2)"),
    ROW(poll, EINVAL, "poll(2)"),
    ROW(poll, ENOMEM, "poll(2)"),
    ROW(select, EINTR, "select(2)"),
    ROW(select, EINVAL, "select(2)"),
    ROW(select, ENOMEM, "select(2)"),
    ROW(epoll_wait, EINTR, "epoll_wait(2)"),
#endif
    ROW(ppoll, EINTR, "poll(2)"),
    ROW(ppoll, EINVAL, "poll(2)"),
    ROW(ppoll, ENOMEM, "poll(2)"),
    ROW(pselect6, EINTR, "select(2)"),
    ROW(pselect6, EINVAL, "select(2)"),
    ROW(pselect6, ENOMEM, "select(2)"),
    ROW(epoll_pwait, EINTR, "epoll_wait(2)"),
    ROW(epoll_pwait2, EINTR, "epoll_wait(2)"),
    ROW(epoll_create1, EMFILE, "epoll_create(2)"),
    ROW(epoll_create1, ENFILE, "epoll_create(2)"),
    ROW(epoll_create1, ENOMEM, "epoll_create(2)"),
    ROW(epoll_ctl, ENOMEM, "epoll_ctl(2)"),
    ROW(epoll_ctl, ENOSPC, "epoll_ctl(2)"),
    ROW(eventfd2, EMFILE, "eventfd(2)"),
    ROW(eventfd2, ENFILE, "eventfd(2)"),
    ROW(eventfd2, ENODEV, "eventfd(2)"),
    ROW(eventfd2, ENOMEM, "eventfd(2)"),
    ROW(pipe2, EMFILE, "pipe(2)"),
    ROW(pipe2, ENFILE, "pipe(2)"),
    ROW(timerfd_create, EMFILE, "timerfd_create(2)"),
    ROW(timerfd_create, ENFILE, "timerfd_create(2)"),
    ROW(timerfd_create, ENOMEM, "timerfd_create(2)"),
    ROW(signalfd4, EMFILE, "signalfd(2)"),
    ROW(signalfd4, ENFILE, "signalfd(2)"),
    ROW(signalfd4, ENOMEM, "signalfd(2)"),
    ROW(read, EAGAIN, "read(2)"),
    ROW(read, EINTR, "read(2)"),
    ROW(read, EIO, "read(2)"),
    ROW(readv, EAGAIN, "readv(2)"),
    ROW(readv, EINTR, "readv(2)"),
    ROW(write, EAGAIN, "write(2)"),
    ROW(write, EINTR, "write(2)"),
    ROW(write, EIO, "write(2)"),
    ROW(writev, EAGAIN, "writev(2)"),
    ROW(writev, EINTR, "writev(2)"),
    ROW(openat, EMFILE, "open(2)"),
    ROW(openat, ENFILE, "open(2)"),
    ROW(openat, EINTR, "open(2)"),
    ROW(openat, EACCES, "open(2)"),
    ROW(dup, EMFILE, "dup(2)"),
    ROW(dup3, EMFILE, "dup(2)"),
    ROW(clone, EAGAIN, "clone(2)"),
    ROW(clone, ENOMEM, "clone(2)"),
    ROW(clone3, EAGAIN, "clone(2)"),
    ROW(clone3, ENOMEM, "clone(2)"),
    ROW(io_uring_setup, EMFILE, "io_uring_setup(2)"),
    ROW(io_uring_setup, ENOMEM, "io_uring_setup(2)"),
    ROW(io_uring_setup, EPERM, "io_uring_setup(2)"),
    ROW(io_uring_enter, EAGAIN, "io_uring_enter(2)"),
    ROW(io_uring_enter, EBUSY, "io_uring_enter(2)"),
    ROW(io_uring_enter, EINTR, "io_uring_enter(2)"),
    MEMORY(mmap, ENOMEM, "mmap(2)"),
    MEMORY(mmap, EAGAIN, "mmap(2)"),
    MEMORY(mprotect, ENOMEM, "mprotect(2)"),
};

const size_t torture_table_count = sizeof torture_table / sizeof *torture_table;

/* Rows of a call stand together. */
size_t torture_numbers(int numbers[TORTURE_CALLS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < torture_table_count; i++) {
        if (n == 0 || numbers[n - 1] != torture_table[i].number)
            numbers[n++] = torture_table[i].number;
    }
    return n;
}
