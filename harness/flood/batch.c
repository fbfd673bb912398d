#include "flood/batch.h"

#include "exchange/payload.h"

#include <errno.h>
#include <stdlib.h>

#if defined(__linux__)
#include <netinet/udp.h>
#include <string.h>

#define HAVE_MMSG 1
/* Linux 4.18; older C libraries do not name it. */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#else
#define HAVE_MMSG 0
#endif

int batch_kind(enum flood_batch wanted, enum flood_batch *kind, struct error *error)
{
    *kind = wanted != FLOOD_BATCH_BEST ? wanted : HAVE_MMSG ? FLOOD_BATCH_MMSG : FLOOD_BATCH_PLAIN;
    if (*kind != FLOOD_BATCH_PLAIN && !HAVE_MMSG)
        return error_set(
            error, STATUS_USAGE,
            "this platform has neither sendmmsg(2) nor UDP_SEGMENT: use the plain batch");
    return 0;
}

uint8_t *batch_slot(struct batch *b, unsigned index)
{
    return b->slots + index * b->slot_size;
}

/* MSG_DONTWAIT with each call, and not O_NONBLOCK on the socket: it is said where it matters. */
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

/* An error after some were received is left to the next call, which meets it again unless it was a
 * passing one. */
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
    *b = (struct batch){.kind = kind, .slot_size = slot_size};
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

/* How many from the first on are of one size, and few enough for the kernel to take as one. */
static unsigned equal_run(const struct batch *b, unsigned count)
{
    size_t size = b->vectors[0].iov_len;
    unsigned run = 1;

    while (run < count && b->vectors[run].iov_len == size && (run + 1) * size <= PAYLOAD_MAX)
        run++;
    return run;
}

/* One buffer for the kernel, cut into datagrams of `size` behind the routing and the queueing: that
 * is what it saves. */
static int send_gso(struct batch *b, int fd, unsigned count)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(uint16_t))];
    } control = {0};
    unsigned run = equal_run(b, count);
    uint16_t size = (uint16_t)b->vectors[0].iov_len;
    struct msghdr message = {.msg_iov = b->vectors,
                             .msg_iovlen = run,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};

    control.header = (struct cmsghdr){CMSG_LEN(sizeof size), SOL_UDP, UDP_SEGMENT};
    memcpy(CMSG_DATA(&control.header), &size, sizeof size);
    return sendmsg(fd, &message, MSG_DONTWAIT) < 0 ? -errno : (int)run;
}

int batch_send(struct batch *b, int fd, unsigned count)
{
    int sent;

    if (b->kind == FLOOD_BATCH_PLAIN)
        return send_plain(b, fd, count);
    if (b->kind == FLOOD_BATCH_GSO)
        return send_gso(b, fd, count);
    /* Stops at the first that is refused and then does not tell why; the next call does. */
    sent = sendmmsg(fd, b->headers, count, MSG_DONTWAIT);
    return sent < 0 ? -errno : sent;
}

int batch_receive(struct batch *b, int fd, size_t *lengths)
{
    int received;

    if (b->kind == FLOOD_BATCH_PLAIN)
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
    *b = (struct batch){.kind = kind, .slot_size = slot_size};
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
