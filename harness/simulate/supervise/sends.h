/* Sends, in all their forms: let go on, one at a time, and seen at the client's socket. */
#ifndef EDGEWISE_SUPERVISE_SENDS_H
#define EDGEWISE_SUPERVISE_SENDS_H

#include "simulate/supervise/hold.h"

/* A call of one of them has come. */
void sends_take(struct hold *hold, struct hold_thread *thread);

/* The thread's call will send a datagram of this socket, to whom the msghdr at `message` of its
 * memory names or, without one, to the address at `name`; 0: it names nobody. */
void sends_foresee(struct hold *hold, struct hold_thread *thread, struct hold_socket *socket,
                   uint64_t message, uint64_t name);

/* The thread has come back from its last call: what that sent is awaited, and what is to follow the
 * send, done. */
void sends_finish(struct hold *hold, struct hold_thread *thread);

/* All is quiet, so that the last send has come out: as above; true: somebody can go on now. */
bool sends_settle(struct hold *hold);

#endif
