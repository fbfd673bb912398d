/* The other end of the network: what the scenario sends, what the target answers, and ballast. */
#ifndef EDGEWISE_SUPERVISE_CLIENTS_H
#define EDGEWISE_SUPERVISE_CLIENTS_H

#include "simulate/supervise/hold.h"

#include <sys/socket.h>

/* What lies at the head of a socket's queue. */
enum clients_head {
    CLIENTS_NOTHING,
    CLIENTS_DATAGRAM,
    CLIENTS_ERROR,         /* `error` is what a receive is to fail with */
    CLIENTS_PENDING_ERROR, /* one of the kernel's own */
};

/* The functions that the engine calls have no room for whom they work; it is this one. */
const struct engine_carrier *clients_begin(struct hold *hold);

/* Sends what was put off, `late`. */
void clients_catch_up(struct hold *hold);

/* Takes in the answers that have come, and tells the engine. */
void clients_collect(struct hold *hold);

/* A look that takes nothing. */
enum clients_head clients_head(struct hold *hold, struct hold_socket *socket, int *error);
/* Takes an error off the queue. */
void clients_take_error(struct hold *hold, struct hold_socket *socket);

/* Tells the engine that the thread's call takes a datagram of this socket of the scenario's. */
void clients_received(struct hold *hold, struct hold_thread *thread, unsigned socket);

/* Is this the address of a client? */
bool clients_is_client(const struct hold *hold, const union address *address);

/* Fills the socket's buffer, so that the kernel takes nothing more. */
void clients_block(struct hold *hold, struct hold_socket *socket);

/* The error that the engine wants the next call of this kind to fail with, once; 0: none. */
int clients_fail_once(struct hold *hold, enum engine_kind kind);

#endif
