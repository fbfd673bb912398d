/* When all of the target is waiting, the scenario goes on. */
#ifndef EDGEWISE_PRELOAD_STEP_H
#define EDGEWISE_PRELOAD_STEP_H

#include <stdbool.h>

/* A wait: `probe` makes the real call with this limit and gives what it gives. */
struct step_wait {
    int (*probe)(void *call, int timeout_ms);
    /* would it give something?  It takes nothing; NULL: nor does `probe` */
    int (*ready)(void *call, int timeout_ms);
    void *call;
    bool at_once; /* the target asked for no waiting */
    bool write;   /* asks for writability */
};

/* Waits on the simulated network: returns what the real call gave, as soon as that is something,
 * and steps the scenario while it is nothing.  A limit of the target's never passes.  Ends the
 * process when the scenario is over. */
int step_wait(const struct step_wait *wait);

/* The same inside a call that blocks until `fd` can be read or written; true: it could not at
 * once. */
bool step_until(int fd, short events);

/* Where threads take turns, and one is about to receive from `socket`: returns when it is its turn,
 * which it is until it asks for the next or sleeps. `woken`: it has slept until there was
 * something.  Does nothing while there is one thread: then there is nobody to take turns with. */
void step_take_turn(unsigned socket, bool woken);

/* The same for a thread that is about to send what another has received: it goes before those that
 * are to receive, so that answers leave in the order in which they were asked for. */
void step_take_turn_to_send(unsigned socket);

/* The target sleeps: true when that is all that goes on and the scenario may step, false when
 * others are at work. */
bool step_sleep(void);

/* Ends the run if the engine says that the target spins. */
void step_check_spin(void);

#endif
