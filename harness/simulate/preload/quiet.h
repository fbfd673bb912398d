/* Do all threads of all processes of the target sleep but the one that asks? */
#ifndef EDGEWISE_PRELOAD_QUIET_H
#define EDGEWISE_PRELOAD_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

pid_t quiet_own_thread(void);

/* False: `awake` is a thread that does not, or 0 when one ran in between. */
bool quiet_now(pid_t *awake);

/* Says in words what this thread does: "computes", "is in system call 202". */
void quiet_tell(pid_t thread, char *text, size_t size);

/* Are there no others? */
bool quiet_alone(void);

#endif
