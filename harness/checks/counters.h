/* What the target and the kernel have counted, as cases ask for it. */
#ifndef EDGEWISE_CHECK_COUNTERS_H
#define EDGEWISE_CHECK_COUNTERS_H

#include "checks/check.h"

/* The sum of one counter over all sockets, or over all workers, by its offset; -1 where the target
 * publishes none. */
int64_t check_socket_counter(const struct check *c, size_t offset);
int64_t check_worker_counter(const struct check *c, size_t offset);

/* All datagrams that the target's counters say it dropped, and its sockets' drops; what is not told
 * counts as none. */
int64_t check_counted_drops(const struct check *c);

#endif
