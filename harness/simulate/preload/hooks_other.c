/* System calls by number, and sleeps. */
#include "simulate/preload/hook.h"

#include <stdarg.h>
#include <sys/syscall.h>

/* A thread in a sleep shorter than this is at work; in a longer one it is only keeping a watch. */
#define NAP_NS 50000000L

/* libuv sends and receives its batches this way, and closes descriptors so, whose numbers others then get. */
static long call_by_name(long number, const long a[6])
{
    switch (number) {
    case SYS_close: return close((int)a[0]);
    case SYS_recvmmsg: return recvmmsg((int)a[0], (struct mmsghdr *)a[1], (unsigned)a[2], (int)a[3], (struct timespec *)a[4]);
    case SYS_sendmmsg: return sendmmsg((int)a[0], (struct mmsghdr *)a[1], (unsigned)a[2], (int)a[3]);
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
    return net_page() ? call_by_name(number, a) : real()->syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static bool is_nap(const struct timespec *t)
{
    return net_page() && t && t->tv_sec == 0 && t->tv_nsec < NAP_NS;
}

static void note_nap(bool nap, int change)
{
    if (nap)
        atomic_fetch_add(&net_page()->napping, change);
}

HOOK int nanosleep(const struct timespec *duration, struct timespec *left)
{
    bool nap = is_nap(duration);
    int result;

    note_nap(nap, 1);
    result = real()->nanosleep(duration, left);
    note_nap(nap, -1);
    return result;
}

HOOK int clock_nanosleep(clockid_t clock, int flags, const struct timespec *duration, struct timespec *left)
{
    bool nap = flags == 0 && is_nap(duration);
    int result;

    note_nap(nap, 1);
    result = real()->clock_nanosleep(clock, flags, duration, left);
    note_nap(nap, -1);
    return result;
}

HOOK int usleep(useconds_t duration)
{
    bool nap = net_page() && duration < NAP_NS / 1000;
    int result;

    note_nap(nap, 1);
    result = real()->usleep(duration);
    note_nap(nap, -1);
    return result;
}
