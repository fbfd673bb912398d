#include "simulate/supervise/timers.h"

#include "simulate/supervise/borrow.h"

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* The kernel's own interrupt tells, at once but for a machine that is very busy. */
#define TIMERS_SHOWN_MS 1000

/* Its own or a free one; NULL: there are too many, and it is left to the machine. */
static struct hold_timer *timers_entry(struct hold *h, const struct hold_process *p, int fd)
{
    struct hold_timer *free = NULL;

    for (int i = 0; i < HOLD_TIMERS; i++) {
        if (h->timers[i].process == p && h->timers[i].fd == fd)
            return &h->timers[i];
        if (!h->timers[i].process && !free)
            free = &h->timers[i];
    }
    return free;
}

void timers_note(struct hold *h, const struct hold_process *p, int fd, int64_t due_ns)
{
    struct hold_timer *timer = timers_entry(h, p, fd);

    if (timer)
        *timer = (struct hold_timer){.process = due_ns > 0 ? p : NULL, .fd = fd, .due_ns = due_ns};
}

/* A descriptor that has become another file is none that could be set (timerfd_settime(2), EINVAL).
 * Its period goes on from now. */
static void timers_let_expire(const struct hold_timer *timer)
{
    struct pollfd shown = {.fd = borrow_one(timer->process, timer->fd), .events = POLLIN};
    struct itimerspec soon;

    if (shown.fd < 0)
        return;
    if (timerfd_gettime(shown.fd, &soon) == 0) {
        soon.it_value = (struct timespec){.tv_nsec = 1};
        if (timerfd_settime(shown.fd, 0, &soon, NULL) == 0)
            poll(&shown, 1, TIMERS_SHOWN_MS);
    }
    close(shown.fd);
}

void timers_expire(struct hold *h)
{
    for (int i = 0; i < HOLD_TIMERS; i++) {
        struct hold_timer *timer = &h->timers[i];

        if (!timer->process || timer->due_ns > h->passed_ns)
            continue;
        timers_let_expire(timer);
        timer->process = NULL;
    }
}
