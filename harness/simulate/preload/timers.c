#include "simulate/preload/timers.h"

#include "simulate/preload/real.h"

#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/timerfd.h>

/* Beyond that one is left to the machine. */
#define TIMERS_MOST 64
/* The kernel's own interrupt tells, at once but for a machine that is very busy. */
#define TIMERS_SHOWN_MS 1000

/* Of this process: 0 where none is due.  Descriptors from 0 on have a place each. */
static atomic_llong due[TIMERS_MOST];

void timers_note(int fd, int64_t due_ns)
{
    if (fd >= 0 && fd < TIMERS_MOST)
        due[fd] = due_ns;
}

/* A descriptor that has become another file is none that could be set (timerfd_settime(2), EINVAL).
 * What is left of its period goes on from now. */
static void timers_let_expire(int fd)
{
    struct pollfd shown = {.fd = fd, .events = POLLIN};
    struct itimerspec soon;

    if (timerfd_gettime(fd, &soon) < 0)
        return;
    soon.it_value = (struct timespec){.tv_nsec = 1};
    if (real()->timerfd_settime(fd, 0, &soon, NULL) == 0)
        real()->poll(&shown, 1, TIMERS_SHOWN_MS);
}

void timers_expire(int64_t now_ns)
{
    for (int fd = 0; fd < TIMERS_MOST; fd++) {
        if (due[fd] == 0 || due[fd] > now_ns)
            continue;
        due[fd] = 0;
        timers_let_expire(fd);
    }
}
