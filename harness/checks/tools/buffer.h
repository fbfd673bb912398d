/* The target's receive buffer, which it may have made smaller than what the cases count on. */
#ifndef EDGEWISE_CHECK_BUFFER_H
#define EDGEWISE_CHECK_BUFFER_H

#include "checks/check.h"

/* Has the kernel dropped what was sent to the target, for want of room in a receive buffer that is
 * smaller than usual?  Then what is missing is no fault of it, and the case is UNSUPPORTED, which
 * says so.  False where that is not told, and for a buffer of the usual size. */
bool buffer_overflowed(struct check *c);

/* How many of `wanted` datagrams without much payload surely fit the receive buffer of its first
 * socket; `wanted` where that is not told. */
unsigned buffer_holds(struct check *c, unsigned wanted);

#endif
