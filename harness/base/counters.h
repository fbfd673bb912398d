/* What a server says of itself, by the lists in edgewise/server.h: its counters added up, its
 * capabilities by their names. */
#ifndef EDGEWISE_BASE_COUNTERS_H
#define EDGEWISE_BASE_COUNTERS_H

#include "edgewise/server.h"

#include <stddef.h>
#include <stdint.h>

/* The sum over all sockets of the counter at `offset` in struct ew_socket_counters, or over all
 * workers of that in struct ew_worker_counters.  0 where the page's writer is older than the
 * counter. */
int64_t counters_of_sockets(const struct ew_page *page, size_t offset);
int64_t counters_of_workers(const struct ew_page *page, size_t offset);
/* That of one worker; -1 where the page's writer is older than the counter. */
int64_t counters_of_worker(const struct ew_page *page, unsigned worker, size_t offset);

/* All that the server says it dropped, for whatever reason (EW_COUNTER_DROP). */
int64_t counters_drops(const struct ew_page *page);

/* The name of capability 1 << `bit`; NULL past the last. */
const char *capability_name(unsigned bit);

#endif
