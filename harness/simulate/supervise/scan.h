/* Do all threads of the target sleep whose calls are not held? */
#ifndef EDGEWISE_SUPERVISE_SCAN_H
#define EDGEWISE_SUPERVISE_SCAN_H

#include "simulate/supervise/hold.h"

/* False: `awake` is a thread that does not, or 0 when one ran in between or has just called. */
bool scan_is_quiet(struct hold *hold, pid_t *awake);

/* As above, in one look; `runs` is how long they have been on a processor, in ns. */
bool scan_look_once(struct hold *hold, uint64_t *runs);

/* Says in words what this thread does: "computes", "is in system call 202". */
void scan_tell(struct hold *hold, pid_t tid, char *text, size_t size);

#endif
