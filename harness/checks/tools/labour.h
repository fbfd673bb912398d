/* One or many: does a single thread of the target do its work?  UDP promises no order, and who
 * answers side by side, a thread or a process for each datagram or a pool of them, keeps none; one
 * thread that breaks the order has broken it itself. */
#ifndef EDGEWISE_CHECK_LABOUR_H
#define EDGEWISE_CHECK_LABOUR_H

#include "checks/check.h"

/* Have several shared the work since `before`, in which the target has dealt with `asked`
 * datagrams? */
bool labour_is_shared(struct check *c, const struct target_labour *before, uint64_t asked);

/* FAIL for answers out of order, or WEAK when several have shared the work. */
void labour_blame_order(struct check *c, const struct target_labour *before, uint64_t asked,
                        const char *seen, ...) __attribute__((format(printf, 4, 5)));

#endif
