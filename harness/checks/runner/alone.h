/* Cases in a network of their own: forged packets must reach nobody but the target, and its ports
 * must be free. */
#ifndef EDGEWISE_CHECK_ALONE_H
#define EDGEWISE_CHECK_ALONE_H

#include "checks/check.h"

/* Calls `body` in a child process, in a new network namespace whose one interface is lo, and takes
 * over the verdict that it leaves.  Where no such namespace can be had, the case is UNSUPPORTED and
 * `body` is not called. */
void alone_run(struct check *c, void (*body)(struct check *c));

#endif
