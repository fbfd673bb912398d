/* Whom a forwarder asks, where a supervisor holds the target's calls: a socket of the supervisor's
 * in the target's network, at the page's `upstream_port`.
 *
 * What the target has sent there is answered before its next call is held, and before all can be
 * taken for quiet, so that nothing is ever under way between the two. */
#ifndef EDGEWISE_SUPERVISE_UPSTREAM_H
#define EDGEWISE_SUPERVISE_UPSTREAM_H

#include "simulate/supervise/hold.h"

/* Is this where it is? */
bool upstream_is(const struct hold *hold, const union address *address);
/* A datagram is about to leave `socket` for it. */
void upstream_expect(struct hold *hold, struct hold_socket *socket);
/* Answers what has come; true: something had. */
bool upstream_serve(struct hold *hold);
/* Sends are about to be refused, and those to the upstream must not be. */
void upstream_check_block(struct hold *hold);

#endif
