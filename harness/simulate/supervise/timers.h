/* Timers that are descriptors (timerfd): the machine's clock runs them, and what happens beside
 * datagrams may let them be due before. */
#ifndef EDGEWISE_SUPERVISE_TIMERS_H
#define EDGEWISE_SUPERVISE_TIMERS_H

#include "simulate/supervise/hold.h"

/* It has been set to expire at that time of the target's; 0: it is not to expire. */
void timers_note(struct hold *hold, const struct hold_process *process, int fd, int64_t due_ns);

/* Those expire whose time has come, and the kernel shows it. */
void timers_expire(struct hold *hold);

#endif
