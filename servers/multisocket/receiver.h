/* The futures that the three ten-socket programs compose, each in its own way. */
#ifndef EDGEWISE_MULTISOCKET_RECEIVER_H
#define EDGEWISE_MULTISOCKET_RECEIVER_H

#include "loops/tokiopoll.h"

/* Ports 2000 to 2009 unless told otherwise, as the originals. */
#define MULTISOCKET_SOCKETS 10

/* What all three can; they echo as well when told to (--reply). */
#define MULTISOCKET_CAN (EW_CAN_ECHO_ALL | EW_CAN_SELECTOR | EW_CAN_POLLS | EW_CAN_REPLY)

/* A socket's future: says that it is polled, and receives (and echoes) until EAGAIN. */
int multisocket_poll(struct tokio_future *future, struct tokio_context *context);

#endif
