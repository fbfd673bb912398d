/* The receiving half of a worker. */
#ifndef EDGEWISE_RECEIVER_H
#define EDGEWISE_RECEIVER_H

#include "flood/worker.h"

/* Takes what has come on each flow that poll(2) has marked in worker->polled, and enters it in the
 * flow's ledger.  Never blocks. */
void receive_round(struct worker *worker);

#endif
