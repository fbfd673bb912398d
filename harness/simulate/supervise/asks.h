/* A held call asks for its turn. */
#ifndef EDGEWISE_SUPERVISE_ASKS_H
#define EDGEWISE_SUPERVISE_ASKS_H

#include "simulate/supervise/hold.h"

/* The thread's call is ready to go on as soon as it is its turn: at once where there is only one
 * thread.  `woken`: it has been held until it was; `rank`: the socket, or TURN_OF_WAIT. */
void asks_turn(struct hold *hold, struct hold_thread *thread, bool woken, unsigned rank);

/* The same of a send, by a thread that has no turn: what it sends, another has received. */
void asks_to_send(struct hold *hold, struct hold_thread *thread, unsigned rank);

#endif
