/* An echo server on io_uring alone, without a library: ring_echo PORT SOCKETS [many | polls]
 *
 * One operation for each socket: a receive, then the send of its answer.  `many`: asks for receives
 * that go on; `polls`: for a ring that needs no calls.  Ends with 9 where it gets no ring. */
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

#define SOCKETS_MOST 16 /* a power of two, as a ring's entries are */

struct endpoint {
    int fd;
    bool sends;
    struct msghdr header;
    struct iovec part;
    struct sockaddr_in from;
    char datagram[65536];
};

static struct ring {
    int fd;
    char *base;
    struct io_uring_params parameters;
    struct io_uring_sqe *entries;
    unsigned made; /* since the last call */
} ring;
static struct endpoint endpoints[SOCKETS_MOST];
static unsigned short receive_flags;

static atomic_uint *field(uint32_t offset)
{
    return (atomic_uint *)(ring.base + offset);
}

static void set_up(unsigned flags)
{
    const struct io_uring_params *p = &ring.parameters;
    size_t order, completions;

    ring.parameters.flags = flags;
    ring.fd = (int)syscall(SYS_io_uring_setup, SOCKETS_MOST, &ring.parameters);
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

static void submit(struct endpoint *e, size_t size)
{
    const struct io_sqring_offsets *o = &ring.parameters.sq_off;
    unsigned tail = atomic_load(field(o->tail)), slot = tail & (SOCKETS_MOST - 1);

    e->part = (struct iovec){e->datagram, size};
    e->header = (struct msghdr){
        .msg_name = &e->from, .msg_namelen = sizeof e->from, .msg_iov = &e->part, .msg_iovlen = 1};
    ring.entries[slot] = (struct io_uring_sqe){.opcode = e->sends ? IORING_OP_SENDMSG
                                                                  : IORING_OP_RECVMSG,
                                               .ioprio = e->sends ? 0 : receive_flags,
                                               .fd = e->fd,
                                               .addr = (uintptr_t)&e->header,
                                               .len = 1,
                                               .user_data = (uintptr_t)e};
    atomic_store(field(o->array) + slot, slot);
    atomic_store(field(o->tail), tail + 1);
    ring.made++;
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
        for (; head != atomic_load(field(o->tail)); head++) {
            const struct io_uring_cqe *c = &completions[head & (ring.parameters.cq_entries - 1)];
            struct endpoint *e = (struct endpoint *)(uintptr_t)c->user_data;

            e->sends = !e->sends && c->res >= 0;
            submit(e, e->sends ? (size_t)c->res : sizeof e->datagram);
        }
        atomic_store(field(o->head), head);
    }
}

int main(int argc, char **argv)
{
    unsigned sockets = argc > 2 ? (unsigned)atoi(argv[2]) : SOCKETS_MOST + 1;
    const char *how = argc > 3 ? argv[3] : "";

    if (sockets > SOCKETS_MOST)
        return 2;
    receive_flags = strcmp(how, "many") == 0 ? IORING_RECV_MULTISHOT : 0;
    set_up(strcmp(how, "polls") == 0 ? IORING_SETUP_SQPOLL : 0);
    for (unsigned i = 0; i < sockets; i++) {
        endpoints[i].fd = loopback_bound((unsigned)atoi(argv[1]) + i);
        submit(&endpoints[i], sizeof endpoints[i].datagram);
    }
    serve();
}
