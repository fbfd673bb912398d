/* Threads, and system calls by number. */
#include "simulate/preload/hook.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>

HOOK int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                        void *argument)
{
    if (net_page())
        net_add_thread();
    return real()->pthread_create(thread, attributes, start, argument);
}

/* Who waits so does not serve, so that others need not wait for their turns because of it. */
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

/* libuv sends and receives its batches this way, and closes descriptors so, whose numbers others
 * then get. */
static long call_by_name(long number, const long a[6])
{
    switch (number) {
    case SYS_close: return close((int)a[0]);
    case SYS_recvmmsg:
        return recvmmsg((int)a[0], (struct mmsghdr *)a[1], (unsigned)a[2], (int)a[3],
                        (struct timespec *)a[4]);
    case SYS_sendmmsg:
        return sendmmsg((int)a[0], (struct mmsghdr *)a[1], (unsigned)a[2], (int)a[3]);
    case SYS_futex: return hook_futex(a);
    default: return real()->syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
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
