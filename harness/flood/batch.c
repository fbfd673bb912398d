#include "flood/batch.h"

#include "exchange/payload.h"

#include <errno.h>
#include <stdlib.h>

#if defined(__linux__)
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#define HAVE_MMSG 1
/* Linux 4.18; older C libraries do not name it. */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
/* Linux 5.0 */
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#else
#define HAVE_MMSG 0
#endif

/* Asked of a socket that is not used: the first send would tell, too, but not what to do. */
static int find_segments(struct error *error);

int batch_kind(enum flood_batch wanted, enum flood_batch *kind, struct error *error)
{
    *kind = wanted != FLOOD_BATCH_BEST ? wanted : HAVE_MMSG ? FLOOD_BATCH_MMSG : FLOOD_BATCH_PLAIN;
    if (*kind != FLOOD_BATCH_PLAIN && !HAVE_MMSG)
        return error_set(
            error, STATUS_USAGE,
            "this platform has neither sendmmsg(2) nor UDP_SEGMENT: use the plain batch");
    return *kind == FLOOD_BATCH_GSO ? find_segments(error) : 0;
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
static int receive_plain(struct batch *b, int fd, struct batch_message *messages)
{
    for (unsigned i = 0; i < FLOOD_BATCH_MAX; i++) {
        ssize_t length = recv(fd, batch_slot(b, i), b->slot_size, MSG_DONTWAIT);

        if (length < 0) {
            int err = -errno;

            return i > 0 ? (int)i : err;
        }
        messages[i] = (struct batch_message){.length = (size_t)length};
    }
    return FLOOD_BATCH_MAX;
}

#if HAVE_MMSG
#define CONTROL_ROOM CMSG_SPACE(sizeof(int))

static int find_segments(struct error *error)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), none = 0, err = 0;

    if (fd < 0 || setsockopt(fd, SOL_UDP, UDP_SEGMENT, &none, sizeof none) < 0)
        err = errno;
    if (fd >= 0)
        close(fd);
    return err == 0 ? 0
                    : error_set(error, STATUS_CANNOT_RUN,
                                "this kernel cuts no trains (UDP_SEGMENT, Linux 4.18): %s; use "
                                "--batch mmsg",
                                strerror(err));
}

int batch_take_trains(int fd, struct error *error)
{
    int yes = 1;

    if (setsockopt(fd, SOL_UDP, UDP_GRO, &yes, sizeof yes) == 0)
        return 0;
    return error_set(error, STATUS_CANNOT_RUN,
                     "this kernel gives no trains (UDP_GRO, Linux 5.0): %s; use --batch mmsg",
                     strerror(errno));
}

int batch_init(struct batch *b, enum flood_batch kind, size_t slot_size)
{
    *b = (struct batch){.kind = kind, .slot_size = slot_size};
    b->slots = calloc(FLOOD_BATCH_MAX, slot_size);
    b->headers = calloc(FLOOD_BATCH_MAX, sizeof *b->headers);
    if (kind == FLOOD_BATCH_GSO)
        b->controls = calloc(FLOOD_BATCH_MAX, CONTROL_ROOM);
    if (!b->slots || !b->headers || (kind == FLOOD_BATCH_GSO && !b->controls))
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

/* The kernel shortens the room to what it used (recvmsg(2)), so that it is given anew each time. */
static void offer_controls(struct batch *b)
{
    for (unsigned i = 0; i < FLOOD_BATCH_MAX; i++) {
        b->headers[i].msg_hdr.msg_control = b->controls + i * CONTROL_ROOM;
        b->headers[i].msg_hdr.msg_controllen = CONTROL_ROOM;
    }
}

static size_t segment_of(struct msghdr *header)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        int segment;

        if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO)
            continue;
        memcpy(&segment, CMSG_DATA(c), sizeof segment);
        return segment > 0 ? (size_t)segment : 0;
    }
    return 0;
}

int batch_receive(struct batch *b, int fd, struct batch_message *messages)
{
    int received;

    if (b->kind == FLOOD_BATCH_PLAIN)
        return receive_plain(b, fd, messages);
    if (b->controls)
        offer_controls(b);
    received = recvmmsg(fd, b->headers, FLOOD_BATCH_MAX, MSG_DONTWAIT, NULL);
    if (received < 0)
        return -errno;
    for (int i = 0; i < received; i++)
        messages[i] = (struct batch_message){
            .length = b->headers[i].msg_len,
            .segment = b->controls ? segment_of(&b->headers[i].msg_hdr) : 0,
        };
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

int batch_receive(struct batch *b, int fd, struct batch_message *messages)
{
    return receive_plain(b, fd, messages);
}

/* batch_kind() has refused before. */
static int find_segments(struct error *error)
{
    (void)error;
    return -1;
}

int batch_take_trains(int fd, struct error *error)
{
    (void)fd;
    return find_segments(error);
}
#endif

void batch_fini(struct batch *b)
{
    free(b->slots);
    free(b->headers);
    free(b->controls);
    b->slots = NULL;
    b->headers = NULL;
    b->controls = NULL;
}
