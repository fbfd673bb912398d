#include "flood/batch.h"

#include <errno.h>
#include <stdlib.h>

#if defined(__linux__)
#define HAVE_MMSG 1
#else
#define HAVE_MMSG 0
#endif

int batch_kind(enum flood_batch wanted, enum flood_batch *kind, struct error *error)
{
    *kind = wanted != FLOOD_BATCH_BEST ? wanted : HAVE_MMSG ? FLOOD_BATCH_MMSG : FLOOD_BATCH_PLAIN;
    if (*kind == FLOOD_BATCH_MMSG && !HAVE_MMSG)
        return error_set(error, STATUS_USAGE, "this platform has no sendmmsg(2): use the plain batch");
    return 0;
}

uint8_t *batch_slot(struct batch *b, unsigned index)
{
    return b->slots + index * b->slot_size;
}

static int send_plain(struct batch *b, int fd, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (send(fd, b->vectors[i].iov_base, b->vectors[i].iov_len, MSG_DONTWAIT) < 0) {
            int err = -errno;

            return i > 0 ? (int)i : err;
        }
    }
    return (int)count;
}

static int receive_plain(struct batch *b, int fd, size_t *lengths)
{
    for (unsigned i = 0; i < FLOOD_BATCH_MAX; i++) {
        ssize_t length = recv(fd, batch_slot(b, i), b->slot_size, MSG_DONTWAIT);

        if (length < 0) {
            int err = -errno;

            return i > 0 ? (int)i : err;
        }
        lengths[i] = (size_t)length;
    }
    return FLOOD_BATCH_MAX;
}

#if HAVE_MMSG
int batch_init(struct batch *b, enum flood_batch kind, size_t slot_size)
{
    *b = (struct batch){.mmsg = kind == FLOOD_BATCH_MMSG, .slot_size = slot_size};
    b->slots = calloc(FLOOD_BATCH_MAX, slot_size);
    b->headers = calloc(FLOOD_BATCH_MAX, sizeof *b->headers);
    if (!b->slots || !b->headers)
        return -1;
    for (unsigned i = 0; i < FLOOD_BATCH_MAX; i++) {
        b->vectors[i] = (struct iovec){batch_slot(b, i), slot_size};
        b->headers[i].msg_hdr = (struct msghdr){.msg_iov = &b->vectors[i], .msg_iovlen = 1};
    }
    return 0;
}

int batch_send(struct batch *b, int fd, unsigned count)
{
    int sent;

    if (!b->mmsg)
        return send_plain(b, fd, count);
    sent = sendmmsg(fd, b->headers, count, MSG_DONTWAIT);
    return sent < 0 ? -errno : sent;
}

int batch_receive(struct batch *b, int fd, size_t *lengths)
{
    int received;

    if (!b->mmsg)
        return receive_plain(b, fd, lengths);
    received = recvmmsg(fd, b->headers, FLOOD_BATCH_MAX, MSG_DONTWAIT, NULL);
    if (received < 0)
        return -errno;
    for (int i = 0; i < received; i++)
        lengths[i] = b->headers[i].msg_len;
    return received;
}
#else
int batch_init(struct batch *b, enum flood_batch kind, size_t slot_size)
{
    *b = (struct batch){.mmsg = kind == FLOOD_BATCH_MMSG, .slot_size = slot_size};
    b->slots = calloc(FLOOD_BATCH_MAX, slot_size);
    return b->slots ? 0 : -1;
}

int batch_send(struct batch *b, int fd, unsigned count)
{
    return send_plain(b, fd, count);
}

int batch_receive(struct batch *b, int fd, size_t *lengths)
{
    return receive_plain(b, fd, lengths);
}
#endif

void batch_fini(struct batch *b)
{
    free(b->slots);
    free(b->headers);
    b->slots = NULL;
    b->headers = NULL;
}
