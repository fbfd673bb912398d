#include "simulate/supervise/rings.h"

#include "simulate/supervise/asks.h"
#include "simulate/supervise/borrow.h"
#include "simulate/supervise/clients.h"
#include "simulate/supervise/clock.h"
#include "simulate/supervise/notify.h"
#include "simulate/supervise/sends.h"
#include "simulate/supervise/sockets.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of 6.5 and 6.6, which the headers may not have yet. */
#define RINGS_NO_MMAP (1U << 14)
#define RINGS_NO_SQARRAY (1U << 16)
/* What receives without a call, or has entries of another size or at another place. */
#define RINGS_ALIEN                                                                         \
    (IORING_SETUP_SQPOLL | IORING_SETUP_IOPOLL | IORING_SETUP_SQE128 | IORING_SETUP_CQE32 | \
     RINGS_NO_MMAP)
/* What decides where the kernel puts its fields. */
#define RINGS_SHAPING (IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | RINGS_NO_SQARRAY)

static void rings_bypass(struct hold *h, const char *why)
{
    if (h->over)
        return;
    snprintf(h->page->trouble, sizeof h->page->trouble, "%s", why);
    hold_finish(h, SIM_BYPASSED);
}

/* ---- which ring ---- */

/* A ring of our own that is asked for alike tells where the fields of the target's are: what the
 * kernel says of that one is on a stack that is used again before we may look. */
static int rings_learn_shape(struct hold *h, uint32_t entries, const struct io_uring_params *asked)
{
    int fd;

    h->shape = (struct io_uring_params){.flags = asked->flags & RINGS_SHAPING,
                                        .cq_entries = asked->cq_entries};
    fd = (int)syscall(SYS_io_uring_setup, entries, &h->shape);
    return fd < 0 ? -1 : close(fd);
}

void rings_set_up(struct hold *h, struct hold_thread *t)
{
    struct io_uring_params asked;

    if (!h->page->ring_allowed || !notify_read(t, t->arguments[1], &asked, sizeof asked)) {
        h->page->ring_denied = true;
        notify_answer(h, t, 0, ENOSYS);
        return;
    }
    if (asked.flags & RINGS_ALIEN)
        rings_bypass(h, "its io_uring polls by itself, or is of another shape than usual");
    else if (rings_learn_shape(h, (uint32_t)t->arguments[0], &asked) < 0)
        rings_bypass(h, "no io_uring for the supervisor itself");
    notify_continue(h, t);
}

/* To be read only.  That both masks are as expected says that it was asked for like the last one:
 * a target may have rings of several shapes.  Completions follow the heads and tails in one region
 * since 5.4 (IORING_FEAT_SINGLE_MMAP). */
static bool rings_map(struct hold *h, struct hold_ring *r, int copy)
{
    const struct io_uring_params *p = &h->shape;
    size_t queues = p->cq_off.cqes + p->cq_entries * sizeof *r->completions;
    char *base;

    if (p->sq_off.array + p->sq_entries * sizeof *r->order > queues)
        queues = p->sq_off.array + p->sq_entries * sizeof *r->order;
    r->size = queues;
    r->base = mmap(NULL, queues, PROT_READ, MAP_SHARED, copy, IORING_OFF_SQ_RING);
    r->entries = mmap(NULL, p->sq_entries * sizeof *r->entries, PROT_READ, MAP_SHARED, copy,
                      IORING_OFF_SQES);
    if (r->base == MAP_FAILED || r->entries == MAP_FAILED)
        return false;
    base = r->base;
    r->entry_mask = *(uint32_t *)(base + p->sq_off.ring_mask);
    r->submitted = (atomic_uint *)(base + p->sq_off.head);
    r->order = p->flags & RINGS_NO_SQARRAY ? NULL : (uint32_t *)(base + p->sq_off.array);
    r->completion_mask = *(uint32_t *)(base + p->cq_off.ring_mask);
    r->taken = (atomic_uint *)(base + p->cq_off.head);
    r->completed = (atomic_uint *)(base + p->cq_off.tail);
    r->completions = (struct io_uring_cqe *)(base + p->cq_off.cqes);
    return r->entry_mask == p->sq_entries - 1 && r->completion_mask == p->cq_entries - 1;
}

static void rings_unmap(struct hold_ring *r)
{
    if (r->base != MAP_FAILED)
        munmap(r->base, r->size);
    if (r->entries != MAP_FAILED)
        munmap((void *)r->entries, (r->entry_mask + 1) * sizeof *r->entries);
    *r = (struct hold_ring){0};
}

static struct hold_ring *rings_known(struct hold *h, const struct hold_process *p, int fd)
{
    for (unsigned i = 0; i < h->ring_count; i++) {
        if (h->rings[i].process == p && h->rings[i].fd == fd)
            return &h->rings[i];
    }
    return NULL;
}

/* NULL: there are too many. */
static struct hold_ring *rings_free(struct hold *h)
{
    for (unsigned i = 0; i < h->ring_count; i++) {
        if (!h->rings[i].process)
            return &h->rings[i];
    }
    return h->ring_count < HOLD_RINGS ? &h->rings[h->ring_count++] : NULL;
}

/* The copy is closed at once, what is mapped when the target closes its own: a ring that is still
 * mapped somewhere goes on with what was submitted. */
static struct hold_ring *rings_open(struct hold *h, struct hold_process *p, int fd)
{
    int copy = borrow_one(p, fd);
    struct hold_ring *r = copy < 0 ? NULL : rings_free(h);

    if (r) {
        *r = (struct hold_ring){.process = p, .fd = fd};
        if (!rings_map(h, r, copy)) {
            rings_unmap(r);
            r = NULL;
        }
    }
    if (copy >= 0)
        close(copy);
    return r;
}

/* That a call enters; NULL: it cannot be looked into. */
static struct hold_ring *rings_entered(struct hold *h, const struct hold_thread *t)
{
    int fd = (int)t->arguments[0];
    struct hold_ring *r;

    if (t->arguments[3] & IORING_ENTER_REGISTERED_RING) /* `fd` is no descriptor */
        return NULL;
    r = rings_known(h, t->process, fd);
    return r ? r : rings_open(h, t->process, fd);
}

void rings_forget(struct hold *h, const struct hold_process *p, int fd)
{
    struct hold_ring *r = rings_known(h, p, fd);

    if (r)
        rings_unmap(r);
}

/* ---- what has completed ---- */

/* Of several that were submitted with the same data any is as good: they differ in nothing that is
 * looked at, but for who gives different operations one number. */
static void rings_complete(struct hold *h, struct hold_thread *t, struct hold_ring *r,
                           const struct io_uring_cqe *c)
{
    struct hold_operation *o = r->operations;
    unsigned index;

    while (o < r->operations + r->operation_count && o->user_data != c->user_data)
        o++;
    if (o == r->operations + r->operation_count)
        return;
    if (o->events & POLLIN && !o->polls && c->res >= 0 && sockets_index(h, o->socket, &index))
        clients_received(h, t, index);
    *o = r->operations[--r->operation_count];
}

/* In the order of completions, which is that of the receives. */
void rings_look(struct hold *h, struct hold_thread *t)
{
    for (unsigned i = 0; i < h->ring_count && !h->over; i++) {
        struct hold_ring *r = &h->rings[i];

        while (r->process == t->process && r->seen != atomic_load(r->completed) && !h->over)
            rings_complete(h, t, r, &r->completions[r->seen++ & r->completion_mask]);
    }
}

/* ---- what is submitted ---- */

static void rings_await(struct hold *h, struct hold_ring *r, const struct io_uring_sqe *e,
                        struct hold_socket *s, short events)
{
    if (r->operation_count == HOLD_OPERATIONS) {
        rings_bypass(h, "more operations of its io_uring are under way than are followed");
        return;
    }
    r->operations[r->operation_count++] = (struct hold_operation){.user_data = e->user_data,
                                                                  .socket = s,
                                                                  .events = events,
                                                                  .polls = e->opcode ==
                                                                           IORING_OP_POLL_ADD};
}

/* The kernel makes the receive, so that an error cannot be put in its place. */
static void rings_submit_receive(struct hold *h, struct hold_ring *r, const struct io_uring_sqe *e,
                                 struct hold_socket *s)
{
    if (e->opcode != IORING_OP_READ && (e->ioprio & IORING_RECV_MULTISHOT))
        rings_bypass(h, "by one receive of its io_uring it takes more than can be foreseen");
    else if (s->errors > 0 || clients_fail_once(h, ENGINE_RECEIVE))
        hold_cannot(h, "io_uring: no error can be put in a receive's place");
    else
        rings_await(h, r, e, s, POLLIN);
}

static bool rings_sends(const struct io_uring_sqe *e)
{
    return e->opcode == IORING_OP_SEND || e->opcode == IORING_OP_SENDMSG ||
           e->opcode == IORING_OP_WRITE;
}

/* Of the scenario's; NULL: the operation is none on such a socket. */
static struct hold_socket *rings_socket(struct hold *h, const struct hold_thread *t,
                                        const struct io_uring_sqe *e)
{
    struct hold_socket *s = sockets_find(h, t->process, e->fd);
    unsigned index;

    return s && sockets_index(h, s, &index) ? s : NULL;
}

static void rings_submit(struct hold *h, struct hold_thread *t, const struct io_uring_sqe *e)
{
    struct hold_socket *s = rings_socket(h, t, e);

    t->at_once |= e->opcode == IORING_OP_NOP;
    if (e->flags & IOSQE_FIXED_FILE)
        rings_bypass(h, "its io_uring names sockets by a table of its own");
    else if (s && rings_sends(e))
        rings_await(h, t->ring, e, s, POLLOUT);
    else if (s && e->opcode == IORING_OP_POLL_ADD)
        rings_await(h, t->ring, e, s, (short)e->poll32_events);
    else if (s && (e->opcode == IORING_OP_RECV || e->opcode == IORING_OP_RECVMSG ||
                   e->opcode == IORING_OP_READ))
        rings_submit_receive(h, t->ring, e, s);
}

/* Not before the call goes on: until then the send of another thread may be awaited.  One that the
 * kernel does not take at once stays in it, as a blocking one would, and is made when there is
 * room. */
static void rings_send(struct hold *h, struct hold_thread *t, const struct io_uring_sqe *e)
{
    struct hold_socket *s = rings_sends(e) ? rings_socket(h, t, e) : NULL;

    if (!s)
        return;
    h->sender = t;
    if (clients_fail_once(h, ENGINE_SEND))
        hold_cannot(h, "io_uring: no error can be put in a send's place");
    else if (s->blocked)
        engine_refused(&h->page->engine);
    else if (s->sends_left == 0)
        hold_cannot(h, "io_uring: it submits more sends together than are to pass");
    else
        sends_foresee(h, t, s, e->opcode == IORING_OP_SENDMSG ? e->addr : 0,
                      e->opcode == IORING_OP_SEND ? e->addr2 : 0);
}

typedef void rings_do(struct hold *, struct hold_thread *, const struct io_uring_sqe *);

/* With each operation that the call submits, in their order. */
static void rings_with_all(struct hold *h, struct hold_thread *t, rings_do *what)
{
    const struct hold_ring *r = t->ring;
    unsigned head = atomic_load(r->submitted);

    for (unsigned i = 0; i < t->arguments[1] && i <= r->entry_mask && !h->over; i++) {
        unsigned slot = (head + i) & r->entry_mask;

        what(h, t, &r->entries[r->order ? r->order[slot] & r->entry_mask : slot]);
    }
}

/* ---- going on ---- */

/* By the sockets themselves: that a ring has completions is not said before somebody enters it. */
static unsigned rings_ready_operations(struct hold *h, const struct hold_ring *r)
{
    unsigned ready = 0;

    for (unsigned i = 0; i < r->operation_count; i++) {
        struct pollfd one = {.fd = sockets_copy(h, r->operations[i].socket),
                             .events = r->operations[i].events};

        ready += one.fd >= 0 && poll(&one, 1, 0) == 1;
    }
    return ready;
}

static bool rings_ready(struct hold *h, struct hold_thread *t)
{
    const struct hold_ring *r = t->ring;
    unsigned there = atomic_load(r->completed) - atomic_load(r->taken);

    return there + rings_ready_operations(h, r) >= (t->arguments[2] ? t->arguments[2] : 1);
}

/* Held as long as it would wait in the kernel: what it submits is not made before, which nobody
 * sees, since it could be made as late as that. */
static void rings_go(struct hold *h, struct hold_thread *t)
{
    if (!t->at_once && !rings_ready(h, t)) {
        t->state = HOLD_WAITS;
        return;
    }
    if (h->sender) {
        t->state = HOLD_QUEUES;
        return;
    }
    rings_with_all(h, t, rings_send);
    notify_continue(h, t);
}

static const struct hold_kind rings_kind = {
    .ready = rings_ready, .go = rings_go, .takes_turns = true};

/* An enter that neither submits nor finds anything is a look in vain. */
static void rings_count(struct hold *h, struct hold_thread *t)
{
    struct engine *e = &h->page->engine;

    engine_called(e, ENGINE_CALL_io_uring_enter);
    clock_tick(h);
    engine_thread(e, t->tid);
    if (t->arguments[3] & IORING_ENTER_GETEVENTS)
        engine_waits(e, false);
    if (t->at_once && t->arguments[1] == 0 && !rings_ready(h, t))
        engine_empty_wait(e);
}

void rings_take(struct hold *h, struct hold_thread *t)
{
    int error = t->arguments[1] == 0 ? clients_fail_once(h, ENGINE_WAIT) : 0;

    t->ring = rings_entered(h, t);
    if (!t->ring) {
        rings_bypass(h, "its io_uring cannot be looked into");
        return;
    }
    if (!t->again) {
        t->at_once = t->arguments[2] == 0 || !(t->arguments[3] & IORING_ENTER_GETEVENTS);
        rings_with_all(h, t, rings_submit);
        rings_count(h, t);
    }
    if (h->over || hold_check_spin(h))
        return;
    if (error) {
        notify_answer(h, t, 0, error);
        return;
    }
    t->kind = &rings_kind;
    asks_turn(h, t, false, TURN_OF_WAIT);
}
