/* Timers that are descriptors (timerfd): the machine's clock runs them, and what happens beside
 * datagrams may let them be due before.  Those that repeat are the ticks by which a runtime of
 * several threads ends turns: while the scenario runs, the target's own clock runs them. */
#ifndef EDGEWISE_SUPERVISE_TIMERS_H
#define EDGEWISE_SUPERVISE_TIMERS_H

#include "simulate/supervise/hold.h"

/* It has been set to expire at that time of the target's, 0: not to expire, and then each
 * `period_ns`, 0: no more. */
void timers_note(struct hold *hold, const struct hold_process *process, int fd, int64_t due_ns,
                 int64_t period_ns);

/* Those expire whose time has come, and the kernel shows it. */
void timers_expire(struct hold *hold);

/* All is quiet: those that repeat expire whose time has come; true: one did. */
bool timers_tick(struct hold *hold);

#endif
