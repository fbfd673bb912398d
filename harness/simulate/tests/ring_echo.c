/* An echo server on io_uring alone, without a library: ring_echo PORT SOCKETS [WORD]...
 *
 * One operation for each socket: a receive, then the send of its answer.  `many`: a receive that
 * goes on, into eight buffers of the socket's, and a send for each; `deep`: into 64; `defers`:
 * completes nothing but in calls that ask for it; `tries`: drops an answer that the kernel does not
 * take at once; `table`: sockets by a table of the ring's; `bundles`: receives into several
 * buffers; `polls`: a ring that needs no calls.  Ends with 9 where it gets no ring. */
#include "loopback.h"

#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOCKETS_MOST 16 /* powers of two, as a ring's entries are */
#define ENTRIES 256
#define BUFFERS 64
#define FEW_BUFFERS 8
#define BUNDLE (1U << 4) /* IORING_RECVSEND_BUNDLE, of 6.10 */

/* Of a datagram: one for each socket or, of `many`, for each of its buffers. */
struct exchange {
    struct endpoint *endpoint;
    bool sends;
    struct msghdr header;
    struct iovec part;
    struct sockaddr_in from;
    char datagram[65536];
};

struct endpoint {
    int fd; /* or its place in the table */
    bool receives;
    struct msghdr shape;
    union {
        struct io_uring_buf_ring ring;
        struct io_uring_buf buffers[BUFFERS];
    } * offered;
    struct exchange exchanges[BUFFERS];
};

static struct ring {
    int fd;
    char *base;
    struct io_uring_params parameters;
    struct io_uring_sqe *entries;
    unsigned made; /* since the last call */
} ring;
static struct endpoint endpoints[SOCKETS_MOST];
static bool many, table;
static unsigned buffers;
static unsigned short receive_flags;
static unsigned send_flags;

static atomic_uint *field(uint32_t offset)
{
    return (atomic_uint *)(ring.base + offset);
}

static void set_up(unsigned flags)
{
    const struct io_uring_params *p = &ring.parameters;
    size_t order, completions;

    ring.parameters.flags = flags;
    ring.fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &ring.parameters);
    if (ring.fd < 0)
        exit(9);
    order = p->sq_off.array + p->sq_entries * sizeof(uint32_t);
    completions = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
    ring.base = mmap(NULL, order > completions ? order : completions, PROT_READ | PROT_WRITE,
                     MAP_SHARED, ring.fd, IORING_OFF_SQ_RING);
    ring.entries = mmap(NULL, p->sq_entries * sizeof *ring.entries, PROT_READ | PROT_WRITE,
                        MAP_SHARED, ring.fd, IORING_OFF_SQES);
    if (ring.base == MAP_FAILED || ring.entries == MAP_FAILED)
        exit(1);
}

static void submit(struct io_uring_sqe entry)
{
    const struct io_sqring_offsets *o = &ring.parameters.sq_off;
    unsigned tail = atomic_load(field(o->tail)), slot = tail & (ENTRIES - 1);

    entry.flags |= table ? IOSQE_FIXED_FILE : 0;
    ring.entries[slot] = entry;
    atomic_store(field(o->array) + slot, slot);
    atomic_store(field(o->tail), tail + 1);
    ring.made++;
}

static void submit_exchange(struct exchange *x, size_t size)
{
    x->part = (struct iovec){x->datagram, size};
    x->header = (struct msghdr){
        .msg_name = &x->from, .msg_namelen = sizeof x->from, .msg_iov = &x->part, .msg_iovlen = 1};
    submit((struct io_uring_sqe){.opcode = x->sends ? IORING_OP_SENDMSG : IORING_OP_RECVMSG,
                                 .fd = x->endpoint->fd,
                                 .addr = (uintptr_t)&x->header,
                                 .len = 1,
                                 .msg_flags = x->sends ? send_flags : 0,
                                 .user_data = (uintptr_t)x});
}

/* ---- receives that go on ---- */

/* The tail of such a ring lies where the last member of its first entry would. */
static void offer(struct endpoint *e, unsigned buffer)
{
    uint16_t tail = e->offered->ring.tail;
    struct io_uring_buf *place = &e->offered->buffers[tail % BUFFERS];

    place->addr = (uintptr_t)e->exchanges[buffer].datagram;
    place->len = sizeof e->exchanges[buffer].datagram;
    place->bid = (uint16_t)buffer;
    __atomic_store_n(&e->offered->ring.tail, tail + 1, __ATOMIC_RELEASE);
}

static void begin_many(struct endpoint *e)
{
    e->receives = true;
    e->shape = (struct msghdr){.msg_namelen = sizeof(struct sockaddr_in)};
    submit((struct io_uring_sqe){.opcode = IORING_OP_RECVMSG,
                                 .ioprio = receive_flags,
                                 .flags = IOSQE_BUFFER_SELECT,
                                 .buf_group = (uint16_t)(e - endpoints),
                                 .fd = e->fd,
                                 .addr = (uintptr_t)&e->shape,
                                 .len = 1,
                                 .user_data = (uintptr_t)e});
}

static void prepare_many(struct endpoint *e)
{
    struct io_uring_buf_reg group = {.ring_entries = BUFFERS, .bgid = (uint16_t)(e - endpoints)};

    e->offered = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    group.ring_addr = (uintptr_t)e->offered;
    if (e->offered == MAP_FAILED ||
        syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PBUF_RING, &group, 1) < 0)
        exit(9);
    for (unsigned i = 0; i < buffers; i++)
        offer(e, i);
}

/* A header, the sender's address, the datagram. */
static void received_many(struct endpoint *e, const struct io_uring_cqe *c)
{
    struct exchange *x = &e->exchanges[c->flags >> IORING_CQE_BUFFER_SHIFT];
    size_t before = sizeof(struct io_uring_recvmsg_out) + sizeof x->from;

    e->receives = c->flags & IORING_CQE_F_MORE;
    if (c->res < 0)
        return;
    memcpy(&x->from, x->datagram + sizeof(struct io_uring_recvmsg_out), sizeof x->from);
    memmove(x->datagram, x->datagram + before, (size_t)c->res - before);
    x->sends = true;
    submit_exchange(x, (size_t)c->res - before);
}

static bool is_endpoint(const void *p)
{
    return ((uintptr_t)p - (uintptr_t)endpoints) % sizeof *endpoints == 0;
}

static void completed_many(const struct io_uring_cqe *c)
{
    void *p = (void *)(uintptr_t)c->user_data;
    struct exchange *x = p;
    struct endpoint *e = is_endpoint(p) ? p : x->endpoint;

    if (is_endpoint(p))
        received_many(e, c);
    else
        offer(e, (unsigned)(x - e->exchanges));
    if (!e->receives && !is_endpoint(p))
        begin_many(e);
}

/* ---- all ---- */

static void completed(const struct io_uring_cqe *c)
{
    struct exchange *x = (struct exchange *)(uintptr_t)c->user_data;

    x->sends = !x->sends && c->res >= 0;
    submit_exchange(x, x->sends ? (size_t)c->res : sizeof x->datagram);
}

static void serve(void)
{
    const struct io_cqring_offsets *o = &ring.parameters.cq_off;
    const struct io_uring_cqe *completions = (struct io_uring_cqe *)(ring.base + o->cqes);

    for (;;) {
        long submitted = syscall(SYS_io_uring_enter, ring.fd, ring.made, 1, IORING_ENTER_GETEVENTS,
                                 NULL, 0);
        unsigned head = atomic_load(field(o->head));

        ring.made -= submitted > 0 ? (unsigned)submitted : 0;
        for (; head != atomic_load(field(o->tail)); head++)
            (many ? completed_many
                  : completed)(&completions[head & (ring.parameters.cq_entries - 1)]);
        atomic_store(field(o->head), head);
    }
}

static void begin(unsigned port, unsigned sockets)
{
    int fds[SOCKETS_MOST];

    for (unsigned i = 0; i < sockets; i++) {
        struct endpoint *e = &endpoints[i];

        fds[i] = loopback_bound(port + i);
        e->fd = table ? (int)i : fds[i];
        for (unsigned j = 0; j < BUFFERS; j++)
            e->exchanges[j].endpoint = e;
        if (many)
            prepare_many(e);
    }
    if (table && syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, fds, sockets) < 0)
        exit(9);
    for (unsigned i = 0; i < sockets; i++) {
        if (many)
            begin_many(&endpoints[i]);
        else
            submit_exchange(endpoints[i].exchanges, sizeof endpoints[i].exchanges->datagram);
    }
}

static bool asks_for(int argc, char **argv, const char *word)
{
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], word) == 0)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    unsigned sockets = argc > 2 ? (unsigned)atoi(argv[2]) : SOCKETS_MOST + 1;

    if (sockets > SOCKETS_MOST)
        return 2;
    many = asks_for(argc, argv, "many");
    table = asks_for(argc, argv, "table");
    buffers = asks_for(argc, argv, "deep") ? BUFFERS : FEW_BUFFERS;
    send_flags = asks_for(argc, argv, "tries") ? MSG_DONTWAIT : 0;
    receive_flags = IORING_RECV_MULTISHOT | (asks_for(argc, argv, "bundles") ? BUNDLE : 0);
    set_up((asks_for(argc, argv, "polls") ? IORING_SETUP_SQPOLL : 0) |
           (asks_for(argc, argv, "defers") ? IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN
                                           : 0));
    begin((unsigned)atoi(argv[1]), sockets);
    serve();
}
