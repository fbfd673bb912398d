/* The sending half of a worker. */
#ifndef EDGEWISE_SENDER_H
#define EDGEWISE_SENDER_H

#include "flood/worker.h"

/* Sends what is due on each flow, or what comes next in the corpus, as far as the window and the
 * kernel allow.  The number sent; `over`: all was sent.  What makes going on pointless is in
 * worker->error. */
unsigned send_round(struct worker *worker, bool *over);

/* Enters the negative errno of a send, or of a receive that tells of an earlier send. */
void send_refused(struct worker *worker, struct flow *flow, int err);

#endif
