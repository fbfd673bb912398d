/* Sending and receiving several datagrams with as few system calls as the platform and the caller
 * allow. */
#ifndef EDGEWISE_BATCH_H
#define EDGEWISE_BATCH_H

#include "base/status.h"
#include "flood/config.h"

#include <sys/uio.h>

struct mmsghdr;

struct batch {
    enum flood_batch kind;
    size_t slot_size;
    uint8_t *slots; /* FLOOD_BATCH_MAX of them */
    struct iovec vectors[FLOOD_BATCH_MAX];
    struct mmsghdr *headers;
    char *controls; /* of FLOOD_BATCH_GSO: where the kernel says how a train is to be cut */
};

/* What one slot got. */
struct batch_message {
    size_t length;
    size_t segment; /* of a train, that of each of its datagrams but the last; 0: it is one */
};

/* The kind that `wanted` comes to here; -1 with a message where it cannot be had. */
int batch_kind(enum flood_batch wanted, enum flood_batch *kind, struct error *error);

/* From now on `fd` may receive trains (UDP_GRO): what the kernel holds as one comes as one.  -1
 * with a message where that cannot be had. */
int batch_take_trains(int fd, struct error *error);

/* -1: no memory.  To receive trains a slot has to have room for one, BATCH_TRAIN_ROOM.
 * batch_fini() is safe after that. */
#define BATCH_TRAIN_ROOM 65536u
int batch_init(struct batch *batch, enum flood_batch kind, size_t slot_size);
void batch_fini(struct batch *batch);

/* The memory of datagram `index`. */
uint8_t *batch_slot(struct batch *batch, unsigned index);

/* Sends vectors[0] to vectors[count - 1] to where `fd` is connected, without blocking.  The number
 * sent, or a negative errno when the first was refused; the caller tries the rest again. */
int batch_send(struct batch *batch, int fd, unsigned count);

/* Receives what is there, up to FLOOD_BATCH_MAX, without blocking: message i into slot i.  Longer
 * than a slot: the length is that of the slot.  The number received, or a negative errno when there
 * was none. */
int batch_receive(struct batch *batch, int fd, struct batch_message *messages);

#endif
