#include "simulate/supervise/turns.h"

#include "simulate/supervise/advance.h"
#include "simulate/supervise/asks.h"
#include "simulate/supervise/clock.h"
#include "simulate/supervise/scan.h"
#include "simulate/supervise/sends.h"
#include "simulate/supervise/timers.h"
#include "simulate/supervise/sockets.h"
#include "simulate/supervise/upstream.h"

/* ---- turns ---- */

static struct hold_thread *turns_next(struct hold *h)
{
    struct hold_thread *next = NULL;

    for (unsigned i = 0; i < h->thread_count; i++) {
        struct hold_thread *t = &h->threads[i];

        if (t->tid != 0 && t->state == HOLD_ASKS &&
            (!next || turn_goes_before(&t->turn, &next->turn)))
            next = t;
    }
    return next;
}

/* ---- readiness ---- */

static bool turns_let_ready_go(struct hold *h)
{
    bool moved = false;

    for (unsigned i = 0; i < h->thread_count && !h->over; i++) {
        struct hold_thread *t = &h->threads[i];

        if (t->tid == 0 || t->state != HOLD_WAITS || !t->kind->ready(h, t))
            continue;
        moved = true;
        if (t->kind->takes_turns)
            asks_turn(h, t, true, t->turn.rank);
        else
            t->kind->go(h, t);
    }
    return moved;
}

/* Held, or in the kernel since before there was a socket to be held for: a runtime's worker may
 * wait on an epoll before its main thread puts the sockets there. */
static bool turns_somebody_waits(struct hold *h)
{
    for (unsigned i = 0; i < h->thread_count; i++) {
        struct hold_thread *t = &h->threads[i];

        if (t->tid != 0 && (t->state == HOLD_WAITS ||
                            (t->passes >= 0 && sockets_look_at_watcher(h, t->process, t->passes))))
            return true;
    }
    return false;
}

static bool turns_somebody_sleeps(const struct hold *h)
{
    for (unsigned i = 0; i < h->thread_count; i++) {
        if (h->threads[i].tid != 0 && h->threads[i].state == HOLD_SLEEPS)
            return true;
    }
    return false;
}

/* ---- stepping ---- */

/* Counts from when something was last let go on, not from the run's start: a long run is no
 * fault. */
static void turns_check_deadline(struct hold *h, pid_t awake)
{
    char text[64];

    if (!hold_lacks_progress(h))
        return;
    if (!awake) {
        hold_give_up(h, "never quiet: its threads wake each other without end");
        return;
    }
    scan_tell(h, awake, text, sizeof text);
    hold_give_up(h, "never quiet: thread %d of it %s", (int)awake, text);
}

/* Of those that sleep, the ones at work go before the scenario, the others when it has nobody. */
static bool turns_let_somebody_go(struct hold *h, struct hold_thread *next, bool waits)
{
    hold_note_progress(h);
    if (next) {
        h->turns_given++;
        next->kind->go(h, next);
        return true;
    }
    if (clock_wake(h, !waits))
        return true;
    if (!waits)
        return false;
    h->naps = 0;
    advance_scenario(h);
    return true;
}

/* The look at what has become ready comes after the look around: before it somebody may have
 * written to what a thread waits for, and then gone to sleep. */
bool turns_progress(struct hold *h)
{
    struct hold_thread *next = turns_next(h);
    bool waits;
    pid_t awake;

    if (turns_let_ready_go(h) || clock_wake_due(h))
        return true;
    waits = turns_somebody_waits(h);
    if (!next && !waits && !turns_somebody_sleeps(h))
        return false;
    if (!scan_is_quiet(h, &awake)) {
        turns_check_deadline(h, awake);
        return false;
    }
    return sends_settle(h) || upstream_serve(h) || timers_tick(h) || turns_let_ready_go(h) ||
           turns_let_somebody_go(h, next, waits);
}
