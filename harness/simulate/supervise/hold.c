#include "simulate/supervise/hold.h"

#include <stdarg.h>
#include <stdio.h>

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

bool hold_check_spin(struct hold *h)
{
    if (h->over || !h->page->engine.spins || h->page->state != SIM_RUNNING)
        return h->over;
    engine_end_spinning(&h->page->engine);
    hold_finish(h, SIM_OVER);
    return true;
}
