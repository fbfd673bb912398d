/* Time: a clock that goes by what the target does, and sleeps.
 *
 * Every look at the clock and every sleep lets it go on, and nothing else does, so that a run sees
 * the same times whenever it is made.  Limits of waits for other threads are given back to the
 * machine's clock: they are no matter of the network. */
#include "simulate/preload/hook.h"
#include "simulate/preload/timers.h"

#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>

/* A thread in a sleep shorter than this is at work; in a longer one it is only keeping a watch. */
#define NAP_NS 50000000
#define NS_PER_S 1000000000
/* What a look at the clock takes: who waits by looking gets there. */
#define LOOK_NS 1000
/* Far from any machine's, so that one sees from a time which clock it was read off. */
#define MONOTONIC_S 1000000000
#define LATEST_MONOTONIC_S 1500000000
#define EARLIEST_REALTIME_S 3000000000
#define FOR_EVER_S 50000000
/* In 2096.  Less the process's number: libevent's random numbers begin with the sum of both. */
#define REALTIME_S 4000000000

/* Where the target's clocks begin. */
static int64_t first_s(bool real_time)
{
    return real_time ? REALTIME_S - getpid() : MONOTONIC_S;
}

/* One count for all clocks and processes, so that times that are compared fit together. */
static struct timespec virtual_time(clockid_t clock)
{
    int64_t passed_ns = atomic_fetch_add(&net_page()->passed_ns, LOOK_NS);
    bool real_time = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ||
                     clock == CLOCK_TAI;

    return (struct timespec){.tv_sec = first_s(real_time) + passed_ns / NS_PER_S,
                             .tv_nsec = passed_ns % NS_PER_S};
}

/* Processor time is real: a target that measures its own work is not to find none.  Negative ids
 * are those of other processes and of devices (clock_getcpuclockid(3)). */
static bool is_virtual(clockid_t clock)
{
    return net_page() && clock >= 0 && clock != CLOCK_PROCESS_CPUTIME_ID &&
           clock != CLOCK_THREAD_CPUTIME_ID;
}

HOOK int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!is_virtual(clock) || net_is_bad(now))
        return real()->clock_gettime(clock, now);
    *now = virtual_time(clock);
    return 0;
}

HOOK int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec t;

    if (!net_page() || net_is_bad(now))
        return real()->gettimeofday(now, zone);
    t = virtual_time(CLOCK_REALTIME);
    *now = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
    return 0;
}

HOOK time_t time(time_t *now)
{
    time_t t;

    if (!net_page())
        return real()->time(now);
    t = virtual_time(CLOCK_REALTIME).tv_sec;
    if (now)
        *now = t;
    return t;
}

/* ---- sleeping ---- */

/* Alone, a thread that sleeps is one that waits: time passes at once.  Beside others it really
 * sleeps, lest it run ahead of them.  `left` is written when a signal ends the sleep, and only
 * then, as by the kernel: many give the same struct for both. */
static int sleep_for(int64_t ns, struct timespec *left)
{
    struct timespec duration = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    bool nap = ns < NAP_NS;
    int result;

    atomic_fetch_add(&net_page()->passed_ns, ns);
    if (step_sleep())
        return 0;
    if (nap) {
        atomic_fetch_add(&net_page()->napping, 1);
        atomic_fetch_add(&net_page()->naps, 1);
    }
    result = real()->nanosleep(&duration, left);
    if (nap)
        atomic_fetch_add(&net_page()->napping, -1);
    return result;
}

static int64_t in_ns(const struct timespec *t)
{
    return (int64_t)t->tv_sec * NS_PER_S + t->tv_nsec;
}

/* At most for ever: the latest time that can be said would overflow. */
static int64_t ns_until(const struct timespec *then, const struct timespec *now)
{
    return then->tv_sec - now->tv_sec > FOR_EVER_S ? (int64_t)FOR_EVER_S * NS_PER_S
                                                   : in_ns(then) - in_ns(now);
}

static bool is_duration(const struct timespec *t)
{
    return !net_is_bad(t) && t->tv_sec >= 0 && t->tv_sec < MONOTONIC_S && t->tv_nsec >= 0 &&
           t->tv_nsec < NS_PER_S;
}

/* A duration that is none is left to the kernel, which says EINVAL. */
HOOK int nanosleep(const struct timespec *duration, struct timespec *left)
{
    if (!net_page() || !is_duration(duration))
        return real()->nanosleep(duration, left);
    return sleep_for(in_ns(duration), left);
}

/* Gives its error instead of setting errno. */
HOOK int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until,
                         struct timespec *left)
{
    struct timespec now;
    int64_t ns;

    if (!is_virtual(clock) || net_is_bad(until) || until->tv_sec < 0 ||
        (flags == 0 && !is_duration(until)))
        return real()->clock_nanosleep(clock, flags, until, left);
    now = flags ? virtual_time(clock) : (struct timespec){0};
    ns = ns_until(until, &now);
    return ns > 0 && sleep_for(ns, flags ? NULL : left) < 0 ? errno : 0;
}

HOOK int usleep(useconds_t duration)
{
    return net_page() ? sleep_for((int64_t)duration * 1000, NULL) : real()->usleep(duration);
}

HOOK unsigned sleep(unsigned seconds)
{
    if (!net_page())
        return real()->sleep(seconds);
    sleep_for((int64_t)seconds * NS_PER_S, NULL);
    return 0;
}

/* ---- waiting for other threads, and for timers, until a time ---- */

/* Was it read off one of the target's clocks? */
static bool is_virtual_time(const struct timespec *t)
{
    return t->tv_sec >= MONOTONIC_S &&
           (t->tv_sec < LATEST_MONOTONIC_S || t->tv_sec >= EARLIEST_REALTIME_S);
}

/* Who has waited until a time finds that it has come: a JVM whose sleep is over looks how much of
 * it is left, and would sleep on for ever. */
static void reach_time(const struct timespec *until)
{
    int64_t first_ns = first_s(until->tv_sec >= LATEST_MONOTONIC_S) * NS_PER_S,
            wanted_ns = in_ns(until) - first_ns, passed_ns = net_page()->passed_ns;

    if (!is_virtual_time(until))
        return;
    net_page()->timed = true;
    while (passed_ns < wanted_ns &&
           !atomic_compare_exchange_weak(&net_page()->passed_ns, &passed_ns, wanted_ns))
        ;
}

/* The time on the machine's own clock that lies as far ahead as this one does on the target's; it
 * is left alone if it was not read off that one.  Gives the clock.  Times are told apart by their
 * size alone, since libc's functions do not say which clock a caller has read: see the constants
 * above. */
static clockid_t to_machine_time(const struct timespec *until, struct timespec *machine)
{
    bool monotonic = until->tv_sec < LATEST_MONOTONIC_S;
    clockid_t clock = monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME;
    struct timespec virtual, now;
    int64_t ns;

    *machine = *until;
    if (!is_virtual_time(until))
        return clock;
    virtual = virtual_time(clock);
    real()->clock_gettime(clock, &now);
    ns = ns_until(until, &virtual) + in_ns(&now);
    *machine = (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    return clock;
}

HOOK int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                                const struct timespec *until)
{
    struct timespec machine;
    int error;

    if (!net_page() || net_is_bad(until))
        return real()->pthread_cond_clockwait(cond, mutex, clock, until);
    clock = to_machine_time(until, &machine);
    error = real()->pthread_cond_clockwait(cond, mutex, clock, &machine);
    if (error == ETIMEDOUT)
        reach_time(until);
    return error;
}

/* The machine's time tells which clock the condition goes by. */
HOOK int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                const struct timespec *until)
{
    return pthread_cond_clockwait(
        cond, mutex, until->tv_sec < LATEST_MONOTONIC_S ? CLOCK_MONOTONIC : CLOCK_REALTIME, until);
}

/* Of CLOCK_REALTIME by its definition (sem_wait(3)); asked by sem_clockwait(), since glibc 2.30. */
HOOK int sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
    struct timespec machine = *until;
    int result;

    if (net_page())
        to_machine_time(until, &machine);
    result = real()->sem_clockwait(semaphore, CLOCK_REALTIME, &machine);
    if (result < 0 && errno == ETIMEDOUT && net_page())
        reach_time(until);
    return result;
}

HOOK int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex,
                                 const struct timespec *restrict until)
{
    struct timespec machine = *until;

    if (net_page())
        to_machine_time(until, &machine);
    return real()->pthread_mutex_timedlock(mutex, &machine);
}

/* On the target's clock; 0: never, or by a time that was not read off that one. */
static int64_t timer_due_ns(int flags, const struct timespec *to)
{
    if (in_ns(to) == 0)
        return 0;
    if (!(flags & TFD_TIMER_ABSTIME))
        return net_page()->passed_ns + in_ns(to);
    return is_virtual_time(to) ? in_ns(to) - first_s(to->tv_sec >= LATEST_MONOTONIC_S) * NS_PER_S
                               : 0;
}

/* A timer that counts from now needs nothing: how long it runs is the same on both clocks. */
HOOK int timerfd_settime(int fd, int flags, const struct itimerspec *timer,
                         struct itimerspec *before)
{
    struct itimerspec machine;

    if (net_page())
        net_page()->timed = true; /* it expires when the machine says */
    if (net_page() && !net_is_bad(timer)) {
        timers_note(fd, timer_due_ns(flags, &timer->it_value));
        if (in_ns(&timer->it_value) > 0 && in_ns(&timer->it_interval) > 0)
            net_page()->ticks = true;
    }
    if (!net_page() || net_is_bad(timer) || !(flags & TFD_TIMER_ABSTIME))
        return real()->timerfd_settime(fd, flags, timer, before);
    machine.it_interval = timer->it_interval;
    to_machine_time(&timer->it_value, &machine.it_value);
    return real()->timerfd_settime(fd, flags, &machine, before);
}

/* ---- timers that tell by a signal ---- */

/* They would come when the machine says, and end waits at other points in each run.  As a limit of
 * a wait, a single one never expires.  One that ticks does so once, and at once: who serves only
 * after so many ticks (ntpd in orphan mode) gets there. */
HOOK int timer_settime(timer_t timer, int flags, const struct itimerspec *restrict to,
                       struct itimerspec *restrict before)
{
    struct itimerspec once = {0};

    if (!net_page() || net_is_bad(to))
        return real()->timer_settime(timer, flags, to, before);
    once.it_value.tv_nsec = in_ns(&to->it_value) > 0 && in_ns(&to->it_interval) > 0;
    return real()->timer_settime(timer, 0, &once, before);
}

/* The other kinds count the processor's time, which is real. */
HOOK int setitimer(__itimer_which_t which, const struct itimerval *restrict to,
                   struct itimerval *restrict before)
{
    struct itimerval once = {0};

    if (!net_page() || which != ITIMER_REAL || net_is_bad(to))
        return real()->setitimer(which, to, before);
    once.it_value.tv_usec = timerisset(&to->it_value) && timerisset(&to->it_interval);
    return real()->setitimer(which, &once, before);
}

HOOK unsigned alarm(unsigned seconds)
{
    return real()->alarm(net_page() ? 0 : seconds);
}

/* Rust's standard library waits so. */
long hook_futex(const long a[6])
{
    const struct timespec *until = (const struct timespec *)a[3];
    int operation = (int)a[1] & FUTEX_CMD_MASK;
    struct timespec machine;
    long result;

    if (operation != FUTEX_WAIT_BITSET || net_is_bad(until))
        return real()->syscall(SYS_futex, a[0], a[1], a[2], a[3], a[4], a[5]);
    to_machine_time(until, &machine);
    result = real()->syscall(SYS_futex, a[0], a[1], a[2], &machine, a[4], a[5]);
    if (result < 0 && errno == ETIMEDOUT)
        reach_time(until);
    return result;
}
