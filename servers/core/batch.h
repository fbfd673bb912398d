/* Several datagrams for each system call: recvmmsg(2) and sendmmsg(2), and trains of datagrams that
 * the kernel handles as one (train.h, and UDP_GRO of udp(7)).  The rules are those of ew_echo():
 * who waits goes first, the queue holds what is refused, nothing is lost uncounted.  Linux. */
#ifndef EDGEWISE_CORE_BATCH_H
#define EDGEWISE_CORE_BATCH_H

#include "core/train.h"

#include <sys/uio.h>

/* Messages for each call. What a system call costs is paid once for all of them: past 64 there is
 * little left to save. */
#define EW_BATCH_MAX 64

/* A worker's.  Its members are batch.c's alone. */
struct ew_batch {
    bool sends_trains, takes_trains;
    size_t largest;  /* bytes of a receive */
    size_t slot;     /* and between two in memory */
    uint8_t *memory; /* EW_BATCH_MAX slots, or `budget`; a slot never filled takes no memory */
    unsigned room;   /* slots */
    unsigned used;   /* of the last receive: to be made ready for the next */
    unsigned n_datagrams;
    unsigned n_messages;
    struct ew_datagram received[EW_BATCH_MAX];
    struct ew_datagram *answers[EW_BATCH_MAX];
    struct ew_train messages[EW_BATCH_MAX];
    struct mmsghdr in[EW_BATCH_MAX], out[EW_BATCH_MAX];
    struct iovec in_vectors[EW_BATCH_MAX], out_vectors[EW_BATCH_MAX];
    union ew_train_control in_controls[EW_BATCH_MAX], out_controls[EW_BATCH_MAX];
};

/* On the starting thread, sockets bound; `batch` is zeroed.  Answers leave as trains where the
 * kernel knows them.  With `takes_trains` datagrams come as such, too, unless sockets are to pause:
 * a train cannot be taken in part.  0 or -errno; fini is due after either. */
int ew_batch_init(struct ew_batch *batch, struct ew_worker *worker, bool takes_trains);
void ew_batch_fini(struct ew_batch *batch);

/* Receives at most `budget` messages and sends, queues or drops their replies.  What ew_echo()
 * gives: EW_BLOCKED when nothing is left, reading is paused or stop was asked for; EW_DONE when the
 * budget is spent. */
int ew_batch_echo(struct ew_batch *batch, struct ew_worker *worker, struct ew_socket *socket);

#endif
