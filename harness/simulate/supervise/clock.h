/* The target's time: it goes by what the target does, as under preload.
 *
 * A call on a socket takes a microsecond, a sleep what it says, a look at the clock nothing, unless
 * the target does nothing else.  Limits of waits for other threads and of timers are given back to
 * the machine's clock: they are no matter of the network. */
#ifndef EDGEWISE_SUPERVISE_CLOCK_H
#define EDGEWISE_SUPERVISE_CLOCK_H

#include "simulate/supervise/hold.h"

/* A call on a socket, or a wait for some, has come. */
void clock_tick(struct hold *hold);

/* Calls that look at the clock, sleep, or wait until a time. */
void clock_take_look(struct hold *hold, struct hold_thread *thread);
void clock_take_sleep(struct hold *hold, struct hold_thread *thread);
void clock_take_futex(struct hold *hold, struct hold_thread *thread);
void clock_take_timer(struct hold *hold, struct hold_thread *thread);

/* All is quiet: lets the thread go on that sleeps least, if its sleep is a short one or `any` may
 * be; false: there is none. */
bool clock_wake(struct hold *hold, bool any);
/* Lets those go on whose time has come; true: there were some. */
bool clock_wake_due(struct hold *hold);

#endif
