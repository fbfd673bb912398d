/* Timers that are descriptors (timerfd): the machine's clock runs them, and what happens beside
 * datagrams may let them be due before.  Those that repeat are the ticks by which a runtime of
 * several threads ends turns: as soon as there are several, these go by the target's own clock. */
#ifndef EDGEWISE_SUPERVISE_TIMERS_H
#define EDGEWISE_SUPERVISE_TIMERS_H

#include "simulate/supervise/hold.h"

/* It is to expire at that time of the target's, 0: not to expire, and then each `period_ns`; 0: no
 * more.  True: it has been set so, and the call that is held need not be made. */
bool timers_note(struct hold *hold, const struct hold_process *process, int fd, int64_t due_ns,
                 int64_t period_ns);

/* There is a second thread: takes those that repeat off the machine's clock. */
void timers_take(struct hold *hold);

/* Those expire whose time has come, and the kernel shows it. */
void timers_expire(struct hold *hold);

/* All is quiet: those that repeat expire whose time has come; true: one did. */
bool timers_tick(struct hold *hold);

/* Nothing goes on: the time is that of the next that repeats. */
void timers_jump(struct hold *hold);

#endif
