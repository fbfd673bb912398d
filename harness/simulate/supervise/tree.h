/* The target's processes and threads, and their descriptors. */
#ifndef EDGEWISE_SUPERVISE_TREE_H
#define EDGEWISE_SUPERVISE_TREE_H

#include "simulate/supervise/hold.h"

/* The entry of this thread, made if there is none; NULL, and the run is given up, without room. */
struct hold_thread *tree_thread(struct hold *hold, pid_t tid);

/* Takes in threads and processes that were not known, and forgets those that are gone. */
void tree_refresh(struct hold *hold);

/* Once all sleep, and whoever starts another has done so: takes in those who were started and may
 * not have made a call by which they would be known.  False: nobody was. */
bool tree_take_started(struct hold *hold);

/* From now on its threads, and the supervisor, share the processor that this one is on: a call that
 * is held costs a quarter so.  Not before the ports are bound: runtimes start as many threads as
 * they have processors. */
void tree_pin(struct hold *hold);

/* Ends all of it. */
void tree_kill(const struct hold *hold);

#endif
