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
};

/* The kind that `wanted` comes to here; -1 with a message where it cannot be had. */
int batch_kind(enum flood_batch wanted, enum flood_batch *kind, struct error *error);

/* -1: no memory.  batch_fini() is safe after that. */
int batch_init(struct batch *batch, enum flood_batch kind, size_t slot_size);
void batch_fini(struct batch *batch);

/* The memory of datagram `index`. */
uint8_t *batch_slot(struct batch *batch, unsigned index);

/* Sends vectors[0] to vectors[count - 1] to where `fd` is connected, without blocking.  The number
 * sent, or a negative errno when the first was refused; the caller tries the rest again. */
int batch_send(struct batch *batch, int fd, unsigned count);

/* Receives what is there, up to FLOOD_BATCH_MAX, without blocking: datagram i into slot i, its
 * length into lengths[i]. Longer than a slot: the length is that of the slot.  The number received,
 * or a negative errno when there was none. */
int batch_receive(struct batch *batch, int fd, size_t *lengths);

#endif
