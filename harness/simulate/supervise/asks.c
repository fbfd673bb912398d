#include "simulate/supervise/asks.h"

void asks_turn(struct hold *h, struct hold_thread *t, bool woken, unsigned rank)
{
    t->turn = (struct turn){.thread = t->tid,
                            .since = t->again ? t->turn.since : h->turns_given,
                            .woken = woken,
                            .rank = rank};
    t->takes_turns = true;
    if (h->many && h->page->state == SIM_RUNNING)
        h->page->took_turns = true;
    t->state = HOLD_ASKS;
    if (!h->many)
        t->kind->go(h, t);
}

void asks_to_send(struct hold *h, struct hold_thread *t, unsigned rank)
{
    if (!h->many || t->takes_turns) {
        t->kind->go(h, t);
        return;
    }
    engine_hands_over(&h->page->engine);
    t->turn = (struct turn){.thread = t->tid, .since = h->turns_given, .sends = true, .rank = rank};
    t->state = HOLD_ASKS;
}
