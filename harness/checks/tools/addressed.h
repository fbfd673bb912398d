/* Questions to two addresses of one port, of which a batch has some of either. */
#ifndef EDGEWISE_CHECK_ADDRESSED_H
#define EDGEWISE_CHECK_ADDRESSED_H

#include "checks/tools/client.h"

/* Queues datagrams to the two addresses in turn while the target is stopped, and takes the answers,
 * each of which must come from where its question was sent: FAIL otherwise.  The target is bound to
 * a wildcard. */
void addressed_burst(struct client *client, const union address to[2]);

#endif
