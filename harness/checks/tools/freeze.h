/* Stopping the target while something is queued for it, so that no chance is in what it finds. */
#ifndef EDGEWISE_CHECK_FREEZE_H
#define EDGEWISE_CHECK_FREEZE_H

#include "checks/check.h"

/* Stops the whole target (SIGSTOP); false with a verdict when it did not stop.  A target of which
 * `c` knows that it dies of that goes on running instead, and what the case sends it comes as fast
 * as it can be sent. */
bool freeze_begin(struct check *c);

/* Lets it go on (SIGCONT).  `queued` datagrams wait for it: when its receive buffers have not held
 * all of them, the machine has spoiled the case (INVALID), or the target has asked for a small
 * one (UNSUPPORTED).  False with a verdict. */
bool freeze_end(struct check *c, unsigned queued);

#endif
