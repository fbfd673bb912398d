/* A socket on io_uring(7): the buffers that the kernel may fill, and what it was asked for.  Linux,
 * by liburing.
 *
 * Whatever was handed over belongs to the kernel until it says that it is done.  Entries are
 * prepared by these functions, and handed over by the loop (uring.c), all of a turn by one call. */
#ifndef EDGEWISE_LOOPS_LANE_H
#define EDGEWISE_LOOPS_LANE_H

#include "core/steps.h"
#include "core/train.h"

#include <liburing.h>

/* Buffers of a socket, `budget` or so many: between two of its turns no more are taken. */
#define LANE_BUFFERS_MAX 64

/* What a completion is about, in the lowest bits of an address: an answer's of LANE_SEND, else a
 * lane's. */
enum lane_part { LANE_RECEIVE = 0, LANE_SEND = 1, LANE_WRITABLE = 2, LANE_NONE = 3 };
#define LANE_PARTS 4

/* A datagram in a buffer, and the message that answers it and those that leave with it. */
struct lane_answer {
    struct lane *lane;
    struct ew_datagram datagram;
    struct ew_train train; /* from a place among those that were taken */
    struct msghdr message;
    union ew_train_control control;
    bool is_sent; /* once it has completed */
};

/* A socket, its buffers, and what the kernel has of it. */
struct lane {
    struct ew_socket *socket;
    struct io_uring_buf_ring *offered;
    struct msghdr shape; /* of what a receive puts before the datagram */
    uint8_t *buffers;
    struct lane_answer *answers;      /* of each buffer */
    struct iovec *vectors;            /* of the answers that are handed over, in order */
    uint16_t free[LANE_BUFFERS_MAX];  /* buffers that nobody has */
    uint16_t taken[LANE_BUFFERS_MAX]; /* buffers with datagrams to answer, the oldest first */
    unsigned n_free, n_taken, n_offered;
    unsigned n_linked;    /* of `taken`: handed over */
    unsigned n_pending;   /* messages of these that have not completed */
    bool receives, polls; /* the kernel is asked for datagrams, for room to send */
    bool is_touched;
};

/* A worker's ring, with a lane for each of its sockets. */
struct uring {
    struct io_uring ring;
    int made; /* 0, or why it was not: -errno */
    struct ew_worker *worker;
    unsigned room; /* buffers of each lane */
    size_t largest, apart, page;
    struct lane *lanes;
    struct lane_answer *answers;
    struct iovec *vectors;
    bool sends_trains;
    uint8_t *memory; /* the lanes' rings of buffers, a page each, and the buffers */
    size_t memory_size;
    struct lane **touched; /* of which something has completed */
    unsigned n_touched;
    unsigned under_way, sends_under_way; /* entries that are not done */
};

/* The memory of all lanes, and the kernel's word that it will take it; the ring is made.  0 or
 * -errno; fini is due after either. */
int uring_lanes_init(struct uring *uring);
void uring_lanes_fini(struct uring *uring);

/* Is there room for so many entries?  What was prepared is handed over where there is not. */
bool uring_has_room(struct uring *uring, unsigned entries);
/* Says whose the entry is: it is under way from here on.  `whose` is as LANE_... says; NULL for
 * LANE_NONE. */
void uring_name(struct uring *uring, struct io_uring_sqe *entry, const void *whose,
                enum lane_part part);

/* These prepare entries, for which there is room.  Datagrams, one after the other, into what was
 * offered. */
void lane_receive(struct uring *uring, struct lane *lane);
/* The answers of all that was taken, in order: none while some are under way. */
void lane_send(struct uring *uring, struct lane *lane);
/* Room to send. */
void lane_await_writable(struct uring *uring, struct lane *lane);

/* Lets the kernel have as many buffers as may be filled. */
void lane_offer(struct uring *uring, struct lane *lane);
/* What the kernel has put into a buffer, of `length` bytes in all: the datagram is in place, and in
 * the buffer's answer. */
struct ew_datagram *lane_read(const struct uring *uring, struct lane *lane, uint16_t buffer,
                              int length);
/* The oldest `n` that were taken are done with. */
void lane_release(struct lane *lane, unsigned n);

#endif
