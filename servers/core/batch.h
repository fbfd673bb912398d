/* Several datagrams for each system call: recvmmsg(2) and sendmmsg(2), and trains of datagrams that
 * the kernel handles as one (udp(7): UDP_GRO, UDP_SEGMENT).  The rules are those of ew_echo(): who
 * waits goes first, the queue holds what is refused, nothing is lost uncounted.  Linux. */
#ifndef EDGEWISE_CORE_BATCH_H
#define EDGEWISE_CORE_BATCH_H

#include "core/core.h"

#include <sys/uio.h>

/* Messages for each call. What a system call costs is paid once for all of them: past 64 there is
 * little left to save. */
#define EW_BATCH_MAX 64

/* Room for one IP_PKTINFO or IPV6_PKTINFO and one UDP_GRO or UDP_SEGMENT. */
union ew_batch_control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

/* What one message of a send consists of: `n` of the datagrams to answer, from `first` on. */
struct ew_batch_message {
    unsigned first;
    unsigned n;
    size_t bytes;
    size_t segment; /* of all but the last, which may be shorter */
    size_t last;    /* bytes of the last */
};

/* A worker's.  Its members are batch.c's alone. */
struct ew_batch {
    bool trains;
    size_t largest;  /* bytes of a receive */
    size_t slot;     /* and between two in memory */
    uint8_t *memory; /* EW_BATCH_MAX slots, or `budget`; a slot never filled takes no memory */
    unsigned room;   /* slots */
    unsigned used;   /* of the last receive: to be made ready for the next */
    unsigned n_datagrams;
    unsigned n_messages;
    struct ew_datagram received[EW_BATCH_MAX];
    struct ew_datagram *answers[EW_BATCH_MAX];
    struct ew_batch_message messages[EW_BATCH_MAX];
    struct mmsghdr in[EW_BATCH_MAX], out[EW_BATCH_MAX];
    struct iovec in_vectors[EW_BATCH_MAX], out_vectors[EW_BATCH_MAX];
    union ew_batch_control in_controls[EW_BATCH_MAX], out_controls[EW_BATCH_MAX];
};

/* On the starting thread, sockets bound; `batch` is zeroed.  With `trains`, the worker's sockets
 * take and send trains where the kernel knows them, unless they are to pause: a train cannot be
 * taken in part.  0 or -errno; fini is due after either. */
int ew_batch_init(struct ew_batch *batch, struct ew_worker *worker, bool trains);
void ew_batch_fini(struct ew_batch *batch);

/* Receives at most `budget` messages and sends, queues or drops their replies.  What ew_echo()
 * gives: EW_BLOCKED when nothing is left, reading is paused or stop was asked for; EW_DONE when the
 * budget is spent. */
int ew_batch_echo(struct ew_batch *batch, struct ew_worker *worker, struct ew_socket *socket);

#endif
