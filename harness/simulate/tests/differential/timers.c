/* Timers that tell by a signal: what ticks does so, and what was taken back does not. */
#include "script.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>

/* Long enough that a tick of it comes only where time passes by itself. */
#define LONG_S 100

static sigset_t alarms(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    return set;
}

static int is_pending(void)
{
    sigset_t pending;

    sigpending(&pending);
    return sigismember(&pending, SIGALRM);
}

static void say_tick(const char *name)
{
    sigset_t set = alarms();
    int came = 0;

    say_text(name, "%s", sigwait(&set, &came) == 0 && came == SIGALRM ? "SIGALRM" : "nothing");
}

static void try_timer(void)
{
    struct itimerspec ticks = {.it_value.tv_nsec = 1000, .it_interval.tv_sec = LONG_S}, none = {0};
    timer_t timer;

    say("make a timer", timer_create(CLOCK_MONOTONIC, NULL, &timer));
    say("have it tick", timer_settime(timer, 0, &ticks, NULL));
    say_tick("its tick");
    say("take it back", timer_settime(timer, 0, &none, NULL));
    say("none is pending", is_pending());
    timer_delete(timer);
}

void script_timers(void)
{
    struct itimerval ticks = {.it_value.tv_usec = 1, .it_interval.tv_sec = LONG_S}, none = {0};
    sigset_t set = alarms();

    sigprocmask(SIG_BLOCK, &set, NULL);
    try_timer();
    say("have the process's timer tick", setitimer(ITIMER_REAL, &ticks, NULL));
    say_tick("its tick");
    say("take it back", setitimer(ITIMER_REAL, &none, &ticks));
    say("alarm in a while", alarm(LONG_S));
    say("none is pending", is_pending());
    alarm(0);
}
