/* Hostile packets to a target: in a namespace of one's own (CHECK_ALONE).
 *
 * Nobody can say from the standards alone what a kernel delivers (options, overlapping fragments,
 * lengths that lie), so a socket that only receives takes the same packets first, and what it got
 * is what the target must echo. */
#ifndef EDGEWISE_CHECK_REPLAY_H
#define EDGEWISE_CHECK_REPLAY_H

#include "checks/check.h"
#include "checks/tools/packets.h"

/* Sends the family to the oracle, starts the target and sends it the same; FAIL unless it echoes,
 * once, what the oracle got from sources that can be answered, and a probe afterwards. */
void replay(struct check *c, enum packet_family family);

#endif
