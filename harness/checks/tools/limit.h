/* What a target sends from one port, limited to two or three answers a second: in a network
 * namespace of its own (CHECK_ALONE), by the kernel's token bucket (tc-tbf(8)). */
#ifndef EDGEWISE_CHECK_LIMIT_H
#define EDGEWISE_CHECK_LIMIT_H

#include "checks/check.h"

/* So many bytes pass at once, headers included. */
#define LIMIT_BURST 1600

/* For answers of `size` bytes from `port`; all else passes as before.  False with a verdict:
 * UNSUPPORTED where the system has no such limit. */
bool limit_begin(struct check *c, unsigned port, size_t size);

/* After limit_begin(): it is on again, for answers of that size, or off.  False with a verdict
 * (INVALID). */
bool limit_again(struct check *c, size_t size);
bool limit_lift(struct check *c);

#endif
