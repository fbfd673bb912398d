/* What a server makes of answers: those of its own, and those of a second instance of it. */
#ifndef EDGEWISE_CHECK_MUTUAL_H
#define EDGEWISE_CHECK_MUTUAL_H

#include "checks/check.h"

/* So many datagrams pass between two instances, then a firewall drops all further ones. */
#define MUTUAL_QUOTA 1000

/* Is there an answer that is no request?  False with a verdict: what echoes answers all, and what
 * is never answered cannot go on. */
bool mutual_is_asked(struct check *c);

/* Sends the running target its own answer, and what it says to half a request if it says anything:
 * how many datagrams came back for `*sent` of those. */
unsigned mutual_answers(struct check *c, unsigned *sent);

/* Starts a second instance beside the running one and sends the first a request that claims to come
 * from the second: how many datagrams then went between them within a second,
 * MUTUAL_QUOTA at most.  Both have ended on return.  In a network of the case's own
 * (CHECK_ALONE). */
unsigned mutual_passes(struct check *c);

#endif
