/* Threads, and system calls by number. */
#include "simulate/preload/hook.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/syscall.h>

/* Counted before it is there: else both could receive side by side before anybody knew of the
 * second.  A thread that ends is not taken off again, so that who has begun to take turns goes on
 * to. */
HOOK int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                        void *argument)
{
    if (net_page())
        net_add_thread();
    return real()->pthread_create(thread, attributes, start, argument);
}

/* Who waits so does not serve, so that others need not wait for their turns because of it.  A main
 * thread that has handed its work to others waits like this until a signal ends the server. */
static void stand_aside(int threads)
{
    if (net_page())
        atomic_fetch_add(&net_page()->more_threads, -threads);
}

HOOK int pthread_join(pthread_t thread, void **result)
{
    int error;

    stand_aside(1);
    error = real()->pthread_join(thread, result);
    stand_aside(-1);
    return error;
}

HOOK int sigwait(const sigset_t *restrict set, int *restrict signal)
{
    int error;

    stand_aside(1);
    error = real()->sigwait(set, signal);
    stand_aside(-1);
    return error;
}

HOOK int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
    int result;

    stand_aside(1);
    result = real()->sigwaitinfo(set, info);
    stand_aside(-1);
    return result;
}

HOOK int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
                      const struct timespec *restrict limit)
{
    int result;

    stand_aside(1);
    result = real()->sigtimedwait(set, info, limit);
    stand_aside(-1);
    return result;
}

HOOK pid_t fork(void)
{
    pid_t child;

    if (!net_page())
        return real()->fork();
    net_begin_fork();
    child = real()->fork();
    if (child != 0)
        net_end_fork(child < 0);
    return child;
}

/* ---- system calls by number ---- */

/* What makes several calls for one, and what would take datagrams past the library: libuv adds
 * sockets to its epoll by a ring since 1.49, and does without one where it gets none. */
static long deny_ring(void)
{
    net_page()->ring_denied = true;
    return errno = ENOSYS, -1;
}

/* What syscall(2) is given are words; each call's own types are those of its man page. */
#define AS(type, i) ((type)a[i])

/* The names are called, not the real functions: these are our hooks, so that a call counts the same
 * whichever way it is made. */
static long call_of_time(long number, const long a[6])
{
    switch (number) {
    case SYS_futex: return hook_futex(a);
    case SYS_nanosleep: return nanosleep(AS(const struct timespec *, 0), AS(struct timespec *, 1));
    case SYS_clock_gettime: return clock_gettime((clockid_t)a[0], AS(struct timespec *, 1));
    case SYS_getrandom: return getrandom(AS(void *, 0), (size_t)a[1], (unsigned)a[2]);
    case SYS_io_uring_setup: return deny_ring();
    default: return real()->syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
}

static long call_of_wait(long number, const long a[6])
{
    switch (number) {
    case SYS_epoll_create1: return epoll_create1((int)a[0]);
    case SYS_epoll_ctl:
        return epoll_ctl((int)a[0], (int)a[1], (int)a[2], AS(struct epoll_event *, 3));
    case SYS_epoll_pwait:
        return epoll_pwait((int)a[0], AS(struct epoll_event *, 1), (int)a[2], (int)a[3],
                           AS(const sigset_t *, 4));
    case SYS_epoll_pwait2:
        return epoll_pwait2((int)a[0], AS(struct epoll_event *, 1), (int)a[2],
                            AS(const struct timespec *, 3), AS(const sigset_t *, 4));
    case SYS_ppoll:
        return ppoll(AS(struct pollfd *, 0), (nfds_t)a[1], AS(const struct timespec *, 2),
                     AS(const sigset_t *, 3));
#ifdef SYS_epoll_wait /* newer machines have the p forms alone */
    case SYS_epoll_wait:
        return epoll_wait((int)a[0], AS(struct epoll_event *, 1), (int)a[2], (int)a[3]);
    case SYS_poll: return poll(AS(struct pollfd *, 0), (nfds_t)a[1], (int)a[2]);
#endif
    default: return call_of_time(number, a);
    }
}

/* libuv sends and receives its batches this way, and closes descriptors so, whose numbers others
 * then get; Rust's and other bindings make any call so. */
static long call_by_name(long number, const long a[6])
{
    switch (number) {
    case SYS_close: return close((int)a[0]);
    case SYS_read: return read((int)a[0], AS(void *, 1), (size_t)a[2]);
    case SYS_write: return write((int)a[0], AS(const void *, 1), (size_t)a[2]);
    case SYS_recvfrom:
        return recvfrom((int)a[0], AS(void *, 1), (size_t)a[2], (int)a[3], AS(struct sockaddr *, 4),
                        AS(socklen_t *, 5));
    case SYS_sendto:
        return sendto((int)a[0], AS(const void *, 1), (size_t)a[2], (int)a[3],
                      AS(const struct sockaddr *, 4), (socklen_t)a[5]);
    case SYS_recvmsg: return recvmsg((int)a[0], AS(struct msghdr *, 1), (int)a[2]);
    case SYS_sendmsg: return sendmsg((int)a[0], AS(const struct msghdr *, 1), (int)a[2]);
    case SYS_recvmmsg:
        return recvmmsg((int)a[0], AS(struct mmsghdr *, 1), (unsigned)a[2], (int)a[3],
                        AS(struct timespec *, 4));
    case SYS_sendmmsg:
        return sendmmsg((int)a[0], AS(struct mmsghdr *, 1), (unsigned)a[2], (int)a[3]);
    default: return call_of_wait(number, a);
    }
}

HOOK long syscall(long number, ...)
{
    va_list arguments;
    long a[6];

    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(arguments, long);
    va_end(arguments);
    return net_page() ? call_by_name(number, a)
                      : real()->syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
