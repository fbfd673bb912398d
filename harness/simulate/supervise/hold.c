#include "simulate/supervise/hold.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

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

static int64_t hold_cpu_ns(const void *of)
{
    const struct hold *h = of;
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
    h->moved = deadline_from(clock_now_ns());
}

bool hold_lacks_progress(struct hold *h)
{
    return deadline_is_over(&h->moved, clock_now_ns(), h->page->deadline_ms * NS_PER_MS,
                            hold_cpu_ns, h);
}

bool hold_check_spin(struct hold *h)
{
    if (h->over || !h->page->engine.spins || h->page->state != SIM_RUNNING)
        return h->over;
    engine_end_spinning(&h->page->engine);
    hold_finish(h, SIM_OVER);
    return true;
}
