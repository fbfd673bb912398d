/* A worker of core on io_uring(7): multishot receives, and the answers of a turn handed over
 * together.  Linux, by liburing. */
#ifndef EDGEWISE_LOOPS_URING_H
#define EDGEWISE_LOOPS_URING_H

#include "core/core.h"

/* Buffers of a socket, and so what is taken of it before the others' turn: 64 at most. */
#define EW_URING_BUDGET 32

extern const struct ew_loop ew_on_uring;

#endif
