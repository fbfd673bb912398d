/* io_uring: which datagrams a held call is going to take by receives that go on (multishot).
 *
 * Such a receive takes what lies in the socket's queue until that, or the buffers that it was
 * given, or its turn have an end: as many are told to the engine before the call goes on, one by
 * one, so that a flood is topped up as inside recvmmsg(2).  Afterwards completions must be those
 * that were foreseen, in that order.
 * Source: io_uring_prep_recvmsg_multishot(3), and of the order, which no manual tells: receives
 * that a call submits are tried at once; those that wait are tried in the order in which their
 * sockets became readable, each for so many datagrams, and those with more to take once more at
 * the end. */
#ifndef EDGEWISE_SUPERVISE_FORESEE_H
#define EDGEWISE_SUPERVISE_FORESEE_H

#include "simulate/supervise/hold.h"

/* The thread's call, which has waited, submits receives that would have waited in the kernel, had
 * it not been held: they are put into the order in which their sockets became readable. */
void foresee_order(struct hold *hold, struct hold_thread *thread);

/* The thread's call is about to go on: tells the engine what it will receive so. */
void foresee_receives(struct hold *hold, struct hold_thread *thread);

/* Can the next receive of this socket be the kernel's?  Where an error is to be in its place, it
 * cannot, and the run ends. */
bool foresee_is_possible(struct hold *hold, const struct hold_socket *socket);

/* How many completions a receive that chooses its buffers has for who enters. */
unsigned foresee_completions(const struct hold *hold, const struct hold_thread *thread,
                             const struct hold_operation *operation);

/* A datagram was taken by such a receive; false: by none of those that were foreseen. */
bool foresee_check(struct hold_ring *ring, uint64_t user_data);
/* The thread whose call it was has come back from it: have all been taken? */
bool foresee_finish(struct hold_ring *ring);

#endif
