#include "simulate/supervise/clock.h"

#include "base/clock.h"
#include "simulate/supervise/advance.h"
#include "simulate/supervise/notify.h"
#include "simulate/supervise/sockets.h"
#include "simulate/supervise/timers.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

/* A thread in a sleep shorter than this is at work; in a longer one it is only keeping a watch. */
#define CLOCK_NAP_NS 50000000
/* So many naps in a row, with nothing else done, have no end. */
#define CLOCK_NAPS_MANY 1000
/* Looks in a row after which each costs a tick, too, and twice as much after as many again, up to a
 * millisecond: who waits by looking gets there, and soon. */
#define CLOCK_LOOKS_FREE 200
#define CLOCK_DOUBLINGS 10
/* As under preload: far from any machine's time, so that one sees from a time which clock it was
 * read off; real time less the process's number, for the sake of random numbers. */
#define CLOCK_MONOTONIC_S 1000000000
#define CLOCK_LATEST_MONOTONIC_S 1500000000
#define CLOCK_EARLIEST_REALTIME_S 3000000000
#define CLOCK_REALTIME_S 4000000000
#define CLOCK_FOR_EVER_S 50000000

/* ---- what time it is ---- */

void clock_tick(struct hold *h)
{
    h->passed_ns += h->page->tick_ns;
    h->looks = 0;
}

static void clock_look(struct hold *h)
{
    unsigned doublings = ++h->looks / CLOCK_LOOKS_FREE;

    if (doublings > 0)
        h->passed_ns += h->page->tick_ns
                        << (doublings > CLOCK_DOUBLINGS ? CLOCK_DOUBLINGS : doublings - 1);
}

static bool clock_is_virtual(int clock)
{
    return clock >= 0 && clock != CLOCK_PROCESS_CPUTIME_ID && clock != CLOCK_THREAD_CPUTIME_ID;
}

static bool clock_is_realtime(int clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

static struct timespec clock_time(const struct hold *h, const struct hold_thread *t, int clock)
{
    int64_t base_s = clock_is_realtime(clock) ? CLOCK_REALTIME_S - t->process->pid
                                              : CLOCK_MONOTONIC_S;

    return (struct timespec){.tv_sec = base_s + h->passed_ns / NS_PER_S,
                             .tv_nsec = h->passed_ns % NS_PER_S};
}

void clock_take_look(struct hold *h, struct hold_thread *t)
{
    bool plain = t->number == SYS_clock_gettime;
    int clock = plain ? (int)t->arguments[0] : CLOCK_REALTIME;
    struct timespec now;
    bool told = true;

    if (!clock_is_virtual(clock)) {
        notify_continue(h, t);
        return;
    }
    clock_look(h);
    now = clock_time(h, t, clock);
    if (plain) {
        told = notify_write(t, t->arguments[1], &now, sizeof now);
    } else if (t->arguments[0] != 0) {
        struct timeval micro = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};

        told = notify_write(t, t->arguments[0], &micro,
                            t->number == SYS_gettimeofday ? sizeof micro : sizeof micro.tv_sec);
    }
    if (!told) /* the kernel says what is wrong with it */
        notify_continue(h, t);
    else
        notify_answer(h, t, plain || t->number == SYS_gettimeofday ? 0 : now.tv_sec, 0);
}

/* ---- sleeping ---- */

static int64_t clock_in_ns(const struct timespec *t)
{
    return (int64_t)t->tv_sec * NS_PER_S + t->tv_nsec;
}

/* At most for ever: the latest time that can be said would overflow. */
static int64_t clock_ns_until(const struct timespec *then, const struct timespec *now)
{
    return then->tv_sec - now->tv_sec > CLOCK_FOR_EVER_S ? (int64_t)CLOCK_FOR_EVER_S * NS_PER_S
                                                         : clock_in_ns(then) - clock_in_ns(now);
}

/* How long; negative: the call is not as it should be, and the kernel says so. */
static int64_t clock_duration(const struct hold *h, const struct hold_thread *t)
{
    bool plain = t->number == SYS_nanosleep;
    int clock = plain ? CLOCK_MONOTONIC : (int)t->arguments[0];
    struct timespec until, now = {0};
    int64_t ns;

    if (!clock_is_virtual(clock) ||
        !notify_read(t, t->arguments[plain ? 0 : 2], &until, sizeof until) || until.tv_sec < 0 ||
        until.tv_nsec < 0 || until.tv_nsec >= NS_PER_S)
        return -1;
    if (!plain && (t->arguments[1] & TIMER_ABSTIME))
        now = clock_time(h, t, clock);
    ns = clock_ns_until(&until, &now);
    return ns < 0 ? 0 : ns;
}

static bool clock_has_sockets(const struct hold *h, const struct hold_process *p)
{
    bool has = false;

    (void)h;
    for (int fd = 0; fd < p->top && !has; fd++)
        has = p->meaning[fd] >= HOLD_FIRST_SOCKET;
    return has;
}

/* Alone, a thread that sleeps is one that waits: time passes at once. */
static void clock_sleep_alone(struct hold *h, struct hold_thread *t, int64_t ns)
{
    bool idle;

    h->passed_ns += ns;
    if (h->page->state == SIM_RUNNING || sockets_bound(h) == h->page->engine.sockets) {
        idle = engine_sleeps(&h->page->engine);
        if (hold_check_spin(h))
            return;
        if (idle)
            advance_scenario(h);
    }
    notify_answer(h, t, 0, 0);
}

/* A process without sockets, as the shell that has started the server, sleeps as long as it
 * says. */
void clock_take_sleep(struct hold *h, struct hold_thread *t)
{
    int64_t ns = clock_duration(h, t);

    if (ns < 0 || !clock_has_sockets(h, t->process)) {
        notify_continue(h, t);
    } else if (!h->many) {
        clock_sleep_alone(h, t, ns);
    } else {
        t->state = HOLD_SLEEPS;
        t->slept_ns = ns;
        t->due_ns = h->passed_ns + ns;
    }
}

static bool clock_others_ask(const struct hold *h)
{
    bool ask = false;

    for (unsigned i = 0; i < h->thread_count && !ask; i++)
        ask = h->threads[i].tid != 0 && h->threads[i].state == HOLD_ASKS;
    return ask;
}

bool clock_wake_due(struct hold *h)
{
    bool woken = false;

    for (unsigned i = 0; i < h->thread_count; i++) {
        struct hold_thread *t = &h->threads[i];

        if (t->tid == 0 || t->state != HOLD_SLEEPS || t->due_ns > h->passed_ns)
            continue;
        if (h->jumped && t->slept_ns < CLOCK_NAP_NS && clock_others_ask(h))
            h->page->watched = true;
        notify_answer(h, t, 0, 0);
        woken = true;
    }
    return woken;
}

bool clock_wake(struct hold *h, bool any)
{
    struct hold_thread *first = NULL;

    for (unsigned i = 0; i < h->thread_count; i++) {
        struct hold_thread *t = &h->threads[i];

        if (t->tid != 0 && t->state == HOLD_SLEEPS && (any || t->slept_ns < CLOCK_NAP_NS) &&
            (!first || t->due_ns < first->due_ns))
            first = t;
    }
    if (!first)
        return false;
    if (++h->naps > CLOCK_NAPS_MANY) {
        hold_give_up(h,
                     "never quiet: a thread of it sleeps again and again, each time for less than "
                     "50 ms");
        return true;
    }
    h->passed_ns = first->due_ns > h->passed_ns ? first->due_ns : h->passed_ns;
    return clock_wake_due(h);
}

/* ---- waiting for other threads, and for timers, until a time ---- */

/* Which of the target's clocks a time was read off; -1: off none. */
static int clock_of(const struct timespec *until)
{
    if (until->tv_sec < CLOCK_MONOTONIC_S)
        return -1;
    if (until->tv_sec < CLOCK_LATEST_MONOTONIC_S)
        return CLOCK_MONOTONIC;
    return until->tv_sec < CLOCK_EARLIEST_REALTIME_S ? -1 : CLOCK_REALTIME;
}

/* How far the time at `address` of the thread's memory lies ahead or, unless it is `absolute`, how
 * long it is; 0: it cannot be read, or was not read off a clock of the target's. */
static int64_t clock_ns_ahead(const struct hold *h, const struct hold_thread *t, uint64_t address,
                              bool absolute)
{
    struct timespec until, now = {0};

    if (!notify_read(t, address, &until, sizeof until) || (absolute && clock_of(&until) < 0))
        return 0;
    if (absolute)
        now = clock_time(h, t, clock_of(&until));
    return clock_ns_until(&until, &now);
}

/* Puts the time on the machine's own clock there that lies as far ahead as this one does on the
 * target's; it is left alone if it was not read off that one.  Put back when the thread comes
 * again. */
static void clock_to_machine(struct hold *h, struct hold_thread *t, uint64_t address)
{
    struct timespec until, virtual, now;
    int clock;
    int64_t ns;

    if (!notify_read(t, address, &until, sizeof until) || (clock = clock_of(&until)) < 0)
        return;
    virtual = clock_time(h, t, clock);
    clock_gettime(clock, &now);
    ns = clock_ns_until(&until, &virtual) + clock_in_ns(&now);
    now = (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    notify_spoil(t, address, &now, sizeof now);
}

void clock_take_futex(struct hold *h, struct hold_thread *t)
{
    clock_to_machine(h, t, t->arguments[3]);
    notify_continue(h, t);
}

/* Of a timer that does not repeat: 0. */
static int64_t clock_period(const struct hold_thread *t)
{
    struct timespec period;

    return notify_read(t, t->arguments[2] + offsetof(struct itimerspec, it_interval), &period,
                       sizeof period)
               ? clock_in_ns(&period)
               : 0;
}

/* One that ticks beside other threads is set by us.  One that counts from now needs nothing: how
 * long it runs is the same on both clocks. */
void clock_take_timer(struct hold *h, struct hold_thread *t)
{
    const uint64_t address = t->arguments[2] + offsetof(struct itimerspec, it_value);
    int fd = (int)t->arguments[0];
    bool absolute = t->arguments[1] & TFD_TIMER_ABSTIME, asks_before = t->arguments[3] != 0;
    int64_t ns = clock_ns_ahead(h, t, address, absolute), period_ns = clock_period(t);

    if (timers_note(h, t->process, fd, ns > 0 ? h->passed_ns + ns : 0,
                    asks_before ? 0 : period_ns)) {
        notify_answer(h, t, 0, 0);
        return;
    }
    if (absolute)
        clock_to_machine(h, t, address);
    h->page->timed = true; /* it expires when the machine says */
    notify_continue(h, t);
}
