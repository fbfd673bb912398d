/* Timers that are descriptors (timerfd): the machine's clock runs them, and what happens beside
 * datagrams may let them be due before. */
#ifndef EDGEWISE_PRELOAD_TIMERS_H
#define EDGEWISE_PRELOAD_TIMERS_H

#include <stdint.h>

/* It has been set to expire at that time of the target's; 0: it is not to expire. */
void timers_note(int fd, int64_t due_ns);

/* Those expire whose time has come, and the kernel shows it. */
void timers_expire(int64_t now_ns);

#endif
