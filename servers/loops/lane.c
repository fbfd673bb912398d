#include "loops/lane.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The parts of a buffer begin where any structure may. */
#define ALIGNED(size) (((size) + 15u) & ~(size_t)15)
#define NAME_SIZE ALIGNED(sizeof(union ew_address))
#define CONTROL_SIZE ALIGNED(sizeof(union ew_asked_control))
/* As in batch.c: buffers that lay a power of two apart would compete for the same places of a
 * cache. */
#define BUFFER_ALIGN 64u
#define BUFFER_APART (5 * BUFFER_ALIGN)

/* ---- making ---- */

/* Addresses alone: a buffer that is never filled takes no memory, which huge pages would. */
static int uring_map(struct uring *u, const struct ew_worker *w)
{
    u->page = (size_t)sysconf(_SC_PAGESIZE);
    u->memory_size = w->n_sockets * (u->page + u->room * u->apart);
    u->memory = mmap(NULL, u->memory_size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (u->memory == MAP_FAILED) {
        u->memory = NULL;
        return -ENOMEM;
    }
    madvise(u->memory, u->memory_size, MADV_NOHUGEPAGE);
    u->lanes = calloc(w->n_sockets, sizeof *u->lanes);
    u->answers = calloc((size_t)w->n_sockets * u->room, sizeof *u->answers);
    u->vectors = calloc((size_t)w->n_sockets * u->room, sizeof *u->vectors);
    u->touched = calloc(w->n_sockets, sizeof(struct lane *));
    return u->lanes && u->answers && u->vectors && u->touched ? 0 : -ENOMEM;
}

static unsigned uring_power_of_two(unsigned least)
{
    unsigned power = 1;

    while (power < least)
        power *= 2;
    return power;
}

/* A group of buffers by the number of the lane. */
static int lane_init(struct uring *u, struct lane *l, unsigned index)
{
    struct ew_socket *s = &u->worker->sockets[index];
    uint8_t *rings = u->memory, *buffers = u->memory + u->worker->n_sockets * u->page;
    struct io_uring_buf_reg group = {.ring_entries = uring_power_of_two(u->room),
                                     .bgid = (uint16_t)index};

    l->socket = s;
    l->answers = u->answers + (size_t)index * u->room;
    l->vectors = u->vectors + (size_t)index * u->room;
    l->buffers = buffers + (size_t)index * u->room * u->apart;
    l->offered = (void *)(rings + index * u->page);
    l->shape = (struct msghdr){.msg_namelen = NAME_SIZE,
                               .msg_controllen = s->wildcard ? CONTROL_SIZE : 0};
    for (; l->n_free < u->room; l->n_free++)
        l->free[l->n_free] = (uint16_t)(u->room - 1 - l->n_free);
    group.ring_addr = (uintptr_t)l->offered;
    return io_uring_register_buf_ring(&u->ring, &group, 0);
}

int uring_lanes_init(struct uring *u)
{
    const struct ew_config *c = u->worker->config;
    int err;

    u->room = c->budget < LANE_BUFFERS_MAX ? c->budget : LANE_BUFFERS_MAX;
    u->largest = sizeof(struct io_uring_recvmsg_out) + NAME_SIZE + CONTROL_SIZE + c->datagram_max +
                 1;
    u->apart = (u->largest + BUFFER_ALIGN - 1) / BUFFER_ALIGN * BUFFER_ALIGN + BUFFER_APART;
    u->sends_trains = ew_knows_trains(u->worker);
    err = uring_map(u, u->worker);
    for (unsigned i = 0; i < u->worker->n_sockets && !err; i++)
        err = lane_init(u, &u->lanes[i], i);
    return err;
}

void uring_lanes_fini(struct uring *u)
{
    if (u->memory)
        munmap(u->memory, u->memory_size);
    free(u->lanes);
    free(u->answers);
    free(u->vectors);
    free(u->touched);
}

/* ---- handing over ---- */

bool uring_has_room(struct uring *u, unsigned entries)
{
    if (io_uring_sq_space_left(&u->ring) < entries)
        io_uring_submit(&u->ring);
    return io_uring_sq_space_left(&u->ring) >= entries;
}

void uring_name(struct uring *u, struct io_uring_sqe *entry, const void *whose, enum lane_part part)
{
    io_uring_sqe_set_data64(entry, (uintptr_t)whose + part);
    u->under_way++;
}

void lane_receive(struct uring *u, struct lane *l)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&u->ring);

    io_uring_prep_recvmsg_multishot(entry, l->socket->fd, &l->shape, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = (uint16_t)(l - u->lanes);
    uring_name(u, entry, l, LANE_RECEIVE);
    l->receives = true;
}

void lane_await_writable(struct uring *u, struct lane *l)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&u->ring);

    if (ew_traces(u->worker))
        ew_trace_interest(u->worker, l->socket, EW_WRITABLE);
    io_uring_prep_poll_add(entry, l->socket->fd, POLLOUT);
    uring_name(u, entry, l, LANE_WRITABLE);
    l->polls = true;
}

static void lane_send_message(struct uring *u, struct lane *l, struct lane_answer *a, bool is_last)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&u->ring);

    ew_train_address(&a->train, &a->datagram, &a->message, &a->control);
    a->message.msg_iov = &l->vectors[a->train.first];
    a->message.msg_iovlen = a->train.n;
    a->lane = l;
    io_uring_prep_sendmsg(entry, l->socket->fd, &a->message, MSG_DONTWAIT);
    if (!is_last)
        entry->flags |= IOSQE_IO_LINK;
    uring_name(u, entry, a, LANE_SEND);
    l->n_pending++;
}

/* None is begun before the one in front of it is done (IOSQE_IO_LINK), and a refused one
 * (MSG_DONTWAIT) cancels all behind it: without links, one that was refused could be overtaken. */
void lane_send(struct uring *u, struct lane *l)
{
    struct lane_answer *first = NULL, *behind = NULL;

    for (unsigned i = 0; i < l->n_taken; i++) {
        struct lane_answer *a = &l->answers[l->taken[i]];
        struct ew_datagram *d = &a->datagram;

        l->vectors[i] = (struct iovec){.iov_base = d->data, .iov_len = d->length};
        if (!first || !u->sends_trains || !ew_train_add(&first->train, &behind->datagram, d)) {
            if (first)
                lane_send_message(u, l, first, false);
            first = a;
            first->train = ew_train_of(i, d);
        }
        behind = a;
    }
    lane_send_message(u, l, first, true);
    l->n_linked = l->n_taken;
    u->sends_under_way += l->n_pending;
}

/* As many as may be filled: with pause, no more than there is room for in the queue, whatever
 * becomes of those that are filled already. */
void lane_offer(struct uring *u, struct lane *l)
{
    const struct ew_queue *q = &l->socket->queue;
    unsigned most = u->room, had = l->n_taken + l->n_offered, n = 0;
    int mask = io_uring_buf_ring_mask(uring_power_of_two(u->room));

    if (u->worker->config->when_full == EW_FULL_PAUSE && q->capacity - q->count < most)
        most = q->capacity - q->count;
    for (; l->n_free > 0 && had + n < most; n++) {
        uint16_t buffer = l->free[--l->n_free];

        io_uring_buf_ring_add(l->offered, l->buffers + buffer * u->apart, (unsigned)u->largest,
                              buffer, mask, (int)n);
    }
    io_uring_buf_ring_advance(l->offered, (int)n);
    l->n_offered += n;
}

/* ---- what it gives back ---- */

void lane_release(struct lane *l, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        l->free[l->n_free++] = l->taken[i];
    l->n_taken -= n;
    memmove(l->taken, l->taken + n, l->n_taken * sizeof *l->taken);
}

/* A header, the peer's address, control data, the datagram. */
struct ew_datagram *lane_read(const struct uring *u, struct lane *l, uint16_t buffer, int length)
{
    struct ew_datagram *d = &l->answers[buffer].datagram;
    uint8_t *bytes = l->buffers + buffer * u->apart;
    struct io_uring_recvmsg_out *out = (void *)bytes;
    struct msghdr message = {.msg_control = bytes + sizeof *out + l->shape.msg_namelen,
                             .msg_controllen = out->controllen};

    memset(d, 0, sizeof *d);
    memcpy(&d->peer, bytes + sizeof *out, sizeof d->peer);
    d->data = bytes + sizeof *out + l->shape.msg_namelen + l->shape.msg_controllen;
    d->length = (size_t)length - (size_t)(d->data - bytes);
    if (l->socket->wildcard)
        ew_take_asked_address(&message, &d->asked);
    return d;
}
