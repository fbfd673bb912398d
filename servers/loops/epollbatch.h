/* A worker of core on epoll(7), level-triggered, that answers a batch for each report.  Linux. */
#ifndef EDGEWISE_LOOPS_EPOLLBATCH_H
#define EDGEWISE_LOOPS_EPOLLBATCH_H

#include "core/core.h"

/* Messages of one socket before the next one's turn.  With 32 what a datagram pays of a call is
 * small already, and what the others wait for still is. */
#define EW_EPOLLBATCH_BUDGET 32

/* Datagrams as they come; and trains of them, where the kernel knows any (core/batch.h). */
extern const struct ew_loop ew_on_epollbatch;
extern const struct ew_loop ew_on_epollbatch_trains;

#endif
