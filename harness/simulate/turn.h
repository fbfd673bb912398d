/* Whose turn is next, of several threads that ask: one order for all carriers, for figures come of
 * it. */
#ifndef EDGEWISE_SIMULATE_TURN_H
#define EDGEWISE_SIMULATE_TURN_H

#include "simulate/engine.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The rank of a wait: after all receives. */
#define TURN_OF_WAIT ENGINE_SOCKETS

/* A thread that has asked. */
struct turn {
    pid_t thread;   /* 0: none */
    uint64_t since; /* turns that had been given by then */
    bool sends;     /* it has what another has received */
    bool woken;     /* something has come for it, and not it for something */
    unsigned rank;  /* the socket, or TURN_OF_WAIT */
};

/* Round robin by who asked first, and a rule for each tie: without the last ones the order, and
 * with it a figure, would be the scheduler's. */
static inline bool turn_goes_before(const struct turn *a, const struct turn *b)
{
    if (a->since != b->since)
        return a->since < b->since;
    if (a->sends != b->sends)
        return a->sends;
    if (a->woken != b->woken)
        return a->woken;
    if (a->rank != b->rank)
        return a->rank < b->rank;
    return a->thread < b->thread; /* who was begun first */
}

#endif
