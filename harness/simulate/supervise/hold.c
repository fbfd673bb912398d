#include "simulate/supervise/hold.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

/* So many times longer may it take on a machine that has no time for the target. */
#define HOLD_LOADED_MOST 20

void hold_finish(struct hold *h, enum sim_state state)
{
    int running = SIM_RUNNING, hello = SIM_HELLO;

    if (!atomic_compare_exchange_strong(&h->page->state, &running, (int)state))
        atomic_compare_exchange_strong(&h->page->state, &hello, (int)state);
    h->over = true;
}

void hold_give_up(struct hold *h, const char *format, ...)
{
    va_list arguments;

    if (h->over)
        return;
    va_start(arguments, format);
    vsnprintf(h->page->trouble, sizeof h->page->trouble, format, arguments);
    va_end(arguments);
    hold_finish(h, SIM_TROUBLE);
}

void hold_cannot(struct hold *h, const char *why)
{
    if (h->over)
        return;
    snprintf(h->page->trouble, sizeof h->page->trouble, "%s", why);
    hold_finish(h, SIM_UNFIT);
}

/* ---- progress ---- */

static int64_t hold_cpu_ns(const struct hold *h)
{
    struct timespec t;
    clockid_t clock;
    int64_t sum = 0;

    for (unsigned i = 0; i < HOLD_PROCESSES; i++) {
        if (h->processes[i].pid != 0 && clock_getcpuclockid(h->processes[i].pid, &clock) == 0 &&
            clock_gettime(clock, &t) == 0)
            sum += (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
    }
    return sum;
}

void hold_note_progress(struct hold *h)
{
    h->moved.at_ns = clock_now_ns();
    h->moved.cpu_ns = -1;
}

/* The processors' clocks are read only when the wait turns out to be a long one. */
bool hold_lacks_progress(struct hold *h)
{
    int64_t deadline_ns = h->page->deadline_ms * NS_PER_MS;
    int64_t waited_ns = clock_now_ns() - h->moved.at_ns;

    if (waited_ns < deadline_ns / 2)
        return false;
    if (h->moved.cpu_ns < 0)
        h->moved.cpu_ns = hold_cpu_ns(h);
    return waited_ns >= deadline_ns && (hold_cpu_ns(h) - h->moved.cpu_ns > deadline_ns / 4 ||
                                        waited_ns > deadline_ns * HOLD_LOADED_MOST);
}

bool hold_check_spin(struct hold *h)
{
    if (h->over || !h->page->engine.spins || h->page->state != SIM_RUNNING)
        return h->over;
    engine_end_spinning(&h->page->engine);
    hold_finish(h, SIM_OVER);
    return true;
}
