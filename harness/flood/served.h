/* How the work was spread over the workers of a server that publishes its counters. */
#ifndef EDGEWISE_SERVED_H
#define EDGEWISE_SERVED_H

#include "edgewise/server.h"
#include "flood/result.h"

#include <jansson.h>

/* Datagrams that each worker took meanwhile: begin, then end.  Without a page, without memory, or
 * when its writer does not count them, there are no workers. */
void served_begin(struct flood_served *served, const struct ew_page *page);
void served_end(struct flood_served *served, const struct ew_page *page);
void served_fini(struct flood_served *served);

/* An array of numbers, one for each worker. */
json_t *served_json(const struct flood_served *served);

#endif
