#include "simulate/supervise/timers.h"

#include "simulate/supervise/borrow.h"
#include "simulate/supervise/scan.h"

#include <poll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* The kernel's own interrupt tells, at once but for a machine that is very busy. */
#define TIMERS_SHOWN_MS 1000
#define TIMERS_LOOK_NS 20000
#define TIMERS_LOOKS 50000

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

/* A descriptor that has become another file is none that could be set (timerfd_settime(2), EINVAL).
 * What is left of its period goes on from now. */
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

/* ---- those that repeat ---- */

/* The machine's timer is set for each tick alone; 0 stops it. */
static bool timers_set_machine(int fd, long ns)
{
    const struct itimerspec to = {.it_value.tv_nsec = ns};

    return timerfd_settime(fd, 0, &to, NULL) == 0;
}

static void timers_take_one(struct hold_timer *timer)
{
    int copy = timer->process && timer->period_ns > 0 ? borrow_one(timer->process, timer->fd) : -1;

    timer->taken = copy >= 0 && timers_set_machine(copy, 0);
    if (copy >= 0)
        close(copy);
}

void timers_take(struct hold *h)
{
    for (int i = 0; i < HOLD_TIMERS; i++) {
        if (!h->timers[i].taken)
            timers_take_one(&h->timers[i]);
    }
}

bool timers_note(struct hold *h, const struct hold_process *p, int fd, int64_t due_ns,
                 int64_t period_ns)
{
    struct hold_timer *timer = timers_entry(h, p, fd);

    if (!timer)
        return false;
    *timer = (struct hold_timer){
        .process = due_ns > 0 ? p : NULL, .fd = fd, .due_ns = due_ns, .period_ns = period_ns};
    if (h->many)
        timers_take_one(timer);
    return timer->taken;
}

/* Until it is shown, or has woken a thread that was in a read of it and may have taken it. */
static void timers_await(struct hold *h, int fd, uint64_t runs)
{
    const struct timespec pause = {.tv_nsec = TIMERS_LOOK_NS};
    struct pollfd shown = {.fd = fd, .events = POLLIN};
    uint64_t now;

    for (int i = 0; i < TIMERS_LOOKS; i++) {
        if (poll(&shown, 1, 0) != 0 || !scan_look_once(h, &now) || now != runs)
            return;
        nanosleep(&pause, NULL);
    }
}

static void timers_let_tick(struct hold *h, struct hold_timer *timer)
{
    int fd = borrow_one(timer->process, timer->fd);
    uint64_t runs;

    scan_look_once(h, &runs);
    if (fd >= 0 && timers_set_machine(fd, 1))
        timers_await(h, fd, runs);
    else
        timer->process = NULL;
    if (fd >= 0)
        close(fd);
    h->looked = false;
    while (timer->due_ns <= h->passed_ns)
        timer->due_ns += timer->period_ns;
}

bool timers_tick(struct hold *h)
{
    bool ticked = false;

    for (int i = 0; i < HOLD_TIMERS; i++) {
        struct hold_timer *timer = &h->timers[i];

        if (!timer->process || !timer->taken || timer->due_ns > h->passed_ns)
            continue;
        timers_let_tick(h, timer);
        ticked = true;
    }
    return ticked;
}

void timers_jump(struct hold *h)
{
    const struct hold_timer *next = NULL;

    for (int i = 0; i < HOLD_TIMERS; i++) {
        const struct hold_timer *timer = &h->timers[i];

        if (timer->process && timer->taken && (!next || timer->due_ns < next->due_ns))
            next = timer;
    }
    if (next && next->due_ns > h->passed_ns)
        h->passed_ns = next->due_ns;
    timers_tick(h);
}

/* ---- all ---- */

void timers_expire(struct hold *h)
{
    timers_tick(h);
    for (int i = 0; i < HOLD_TIMERS; i++) {
        struct hold_timer *timer = &h->timers[i];

        if (!timer->process || timer->due_ns > h->passed_ns)
            continue;
        timers_let_expire(timer);
        timer->process = NULL;
    }
}
