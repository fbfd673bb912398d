#include "simulate/supervise/asks.h"

void asks_turn(struct hold *h, struct hold_thread *t, bool woken, unsigned rank)
{
    t->since = h->turns_given;
    t->woken = woken;
    t->rank = rank;
    t->sends = false;
    t->takes_turns = true;
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
    t->since = h->turns_given;
    t->sends = true;
    t->rank = rank;
    t->state = HOLD_ASKS;
}
