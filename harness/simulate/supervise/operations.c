#include "simulate/supervise/operations.h"

#include "simulate/supervise/asks.h"
#include "simulate/supervise/clients.h"
#include "simulate/supervise/clock.h"
#include "simulate/supervise/foresee.h"
#include "simulate/supervise/notify.h"
#include "simulate/supervise/refuse.h"
#include "simulate/supervise/rings.h"
#include "simulate/supervise/sends.h"
#include "simulate/supervise/sockets.h"

#include <fcntl.h>
#include <sys/socket.h>

/* Of 6.7 and 6.10, which the headers may not have yet. */
#define OPERATIONS_READ_MANY 49
#define OPERATIONS_BUNDLE (1U << 4)

enum operations_kind { OPERATIONS_OTHER, OPERATIONS_RECEIVE, OPERATIONS_SEND, OPERATIONS_POLL };

static enum operations_kind operations_kind(const struct io_uring_sqe *e)
{
    switch (e->opcode) {
    case IORING_OP_READV:
    case IORING_OP_READ_FIXED:
    case IORING_OP_RECVMSG:
    case IORING_OP_RECV:
    case IORING_OP_READ:
    case OPERATIONS_READ_MANY: return OPERATIONS_RECEIVE;
    case IORING_OP_WRITEV:
    case IORING_OP_WRITE_FIXED:
    case IORING_OP_SENDMSG:
    case IORING_OP_SEND:
    case IORING_OP_WRITE: return OPERATIONS_SEND;
    case IORING_OP_POLL_ADD: return OPERATIONS_POLL;
    default: return OPERATIONS_OTHER;
    }
}

/* Those that have flags of sockets. */
static bool operations_has_socket_flags(const struct io_uring_sqe *e)
{
    return e->opcode == IORING_OP_RECVMSG || e->opcode == IORING_OP_RECV ||
           e->opcode == IORING_OP_SENDMSG || e->opcode == IORING_OP_SEND;
}

/* Completes as soon as it is submitted, whatever becomes of it. */
static bool operations_is_brief(const struct io_uring_sqe *e)
{
    switch (e->opcode) {
    case IORING_OP_NOP:
    case IORING_OP_ASYNC_CANCEL:
    case IORING_OP_POLL_REMOVE:
    case IORING_OP_TIMEOUT_REMOVE:
    case IORING_OP_FILES_UPDATE:
    case IORING_OP_PROVIDE_BUFFERS:
    case IORING_OP_REMOVE_BUFFERS: return true;
    default: return false;
    }
}

/* Goes on after it has completed once. */
static bool operations_is_many(const struct io_uring_sqe *e)
{
    return e->opcode == OPERATIONS_READ_MANY ||
           ((e->opcode == IORING_OP_RECVMSG || e->opcode == IORING_OP_RECV) &&
            (e->ioprio & IORING_RECV_MULTISHOT));
}

/* Does not wait in the kernel: a receive or a send says so itself, a read or a write goes by what
 * its file says. */
static bool operations_is_at_once(struct hold *h, struct hold_socket *s,
                                  const struct io_uring_sqe *e)
{
    if (operations_kind(e) == OPERATIONS_POLL)
        return false;
    if (operations_has_socket_flags(e))
        return e->msg_flags & MSG_DONTWAIT;
    return fcntl(sockets_copy(h, s), F_GETFL) & O_NONBLOCK;
}

/* ---- what has completed ---- */

static void operations_received(struct hold *h, struct hold_thread *t, struct hold_ring *r,
                                const struct hold_operation *o, const struct io_uring_cqe *c)
{
    unsigned index;

    if (!o->many && o->group >= 0 && (c->flags & IORING_CQE_F_BUFFER))
        r->groups[o->group].taken++;
    if (c->res < 0)
        return;
    if (o->many && !foresee_check(r, c->user_data))
        rings_bypass(h, "a receive of its io_uring that goes on has taken what was not foreseen");
    else if (!o->many && sockets_index(h, o->socket, &index))
        clients_received(h, t, index);
}

/* Of several that were submitted with the same data any is as good: they differ in nothing that is
 * looked at, but for who gives different operations one number. */
static void operations_complete(struct hold *h, struct hold_thread *t, struct hold_ring *r,
                                const struct io_uring_cqe *c)
{
    struct hold_operation *o = r->operations;

    while (o < r->operations + r->operation_count && o->user_data != c->user_data)
        o++;
    if (o == r->operations + r->operation_count)
        return;
    if ((o->events & POLLIN) && !o->polls)
        operations_received(h, t, r, o, c);
    if (!(c->flags & IORING_CQE_F_MORE))
        *o = r->operations[--r->operation_count];
}

/* In the order of completions, which is that of the receives. */
void operations_look(struct hold *h, struct hold_thread *t)
{
    for (unsigned i = 0; i < h->ring_count && !h->over; i++) {
        struct hold_ring *r = &h->rings[i];

        while (r->process == t->process && r->seen != atomic_load(r->completed) && !h->over)
            operations_complete(h, t, r, &r->completions[r->seen++ & r->completion_mask]);
        if (r->process != t->process || r->foreseen_of != t)
            continue;
        if (!foresee_finish(r))
            rings_bypass(h, "a receive of its io_uring that goes on takes less than was foreseen");
        clients_catch_up(h);
    }
}

/* ---- what is submitted ---- */

static void operations_await(struct hold *h, struct hold_ring *r, const struct io_uring_sqe *e,
                             struct hold_socket *s, short events)
{
    const struct hold_group *g = e->flags & IOSQE_BUFFER_SELECT ? rings_group(r, e->buf_group)
                                                                : NULL;

    if (r->operation_count == HOLD_OPERATIONS || (!g && (e->flags & IOSQE_BUFFER_SELECT))) {
        rings_bypass(h, "more operations of its io_uring are under way than are followed");
        return;
    }
    r->operations[r->operation_count++] = (struct hold_operation){
        .user_data = e->user_data,
        .socket = s,
        .events = events,
        .polls = operations_kind(e) == OPERATIONS_POLL,
        .at_once = operations_is_at_once(h, s, e),
        .many = operations_is_many(e) && g,
        .fresh = true,
        .group = g ? (int)(g - r->groups) : -1};
}

/* The kernel makes the receive, so that an error cannot be put in its place. */
static void operations_submit_receive(struct hold *h, struct hold_ring *r,
                                      const struct io_uring_sqe *e, struct hold_socket *s)
{
    if (operations_has_socket_flags(e) && (e->ioprio & OPERATIONS_BUNDLE))
        rings_bypass(h, "a receive of its io_uring fills several buffers at once");
    else if (foresee_is_possible(h, s))
        operations_await(h, r, e, s, POLLIN);
}

/* Of the scenario's; NULL: the operation is none on such a socket. */
static struct hold_socket *operations_socket(struct hold *h, const struct hold_thread *t,
                                             const struct io_uring_sqe *e)
{
    struct hold_socket *s = sockets_find(h, t->process, rings_descriptor(t->ring, e));
    unsigned index;

    return s && sockets_index(h, s, &index) ? s : NULL;
}

/* What is cancelled takes nothing more; that it has ended its completion says. */
static void operations_cancel(struct hold_ring *r, const struct hold_socket *s,
                              const struct io_uring_sqe *e)
{
    for (unsigned i = 0; i < r->operation_count; i++) {
        struct hold_operation *o = &r->operations[i];
        bool meant = e->cancel_flags & IORING_ASYNC_CANCEL_FD ? o->socket == s
                                                              : o->user_data == e->addr;

        o->ended |= meant || (e->cancel_flags & IORING_ASYNC_CANCEL_ANY);
    }
}

/* Buffers that are given one by one, descriptors to a table, an end to others: done as soon as
 * submitted. */
static void operations_submit_other(struct hold *h, struct hold_thread *t,
                                    const struct io_uring_sqe *e)
{
    struct hold_group *g;

    t->at_once |= operations_is_brief(e);
    if (e->opcode == IORING_OP_ASYNC_CANCEL) {
        operations_cancel(t->ring, operations_socket(h, t, e), e);
    } else if (e->opcode == IORING_OP_FILES_UPDATE) {
        rings_note_files(t->ring, t, e->off, e->len, e->addr);
    } else if (e->opcode == IORING_OP_PROVIDE_BUFFERS || e->opcode == IORING_OP_REMOVE_BUFFERS) {
        g = rings_group(t->ring, e->buf_group);
        if (!g)
            rings_bypass(h, "its io_uring has more groups of buffers than are followed");
        else
            g->given = (uint16_t)(e->opcode == IORING_OP_PROVIDE_BUFFERS ? g->given + e->fd
                                                                         : g->given - e->fd);
    }
}

static void operations_submit(struct hold *h, struct hold_thread *t, const struct io_uring_sqe *e)
{
    enum operations_kind kind = operations_kind(e);
    struct hold_socket *s = kind == OPERATIONS_OTHER ? NULL : operations_socket(h, t, e);

    if (kind == OPERATIONS_OTHER)
        operations_submit_other(h, t, e);
    else if (rings_descriptor(t->ring, e) < 0 && (e->flags & IOSQE_FIXED_FILE))
        rings_bypass(h, "its io_uring names a socket by a table that is not known");
    else if (s && kind == OPERATIONS_SEND)
        operations_await(h, t->ring, e, s, POLLOUT);
    else if (s && kind == OPERATIONS_POLL)
        operations_await(h, t->ring, e, s, (short)e->poll32_events);
    else if (s)
        operations_submit_receive(h, t->ring, e, s);
}

static void operations_submit_all(struct hold *h, struct hold_thread *t)
{
    for (unsigned i = 0; i < rings_submitted(t->ring, t) && !h->over; i++)
        operations_submit(h, t, rings_entry(t->ring, i));
}

/* ---- sends ---- */

/* Beyond the limit: one that does not wait is given a full socket to send by, and so refused by the
 * kernel, in the middle of whatever it is a part of. */
static void operations_refuse(struct hold *h, struct hold_thread *t, struct io_uring_sqe *e,
                              struct hold_socket *s)
{
    int full = operations_is_at_once(h, s, e) ? refuse_descriptor(h, t) : -1;

    if (full < 0) {
        hold_cannot(h, "io_uring: it submits more sends together than are to pass");
        return;
    }
    e->fd = full;
    e->flags &= (uint8_t)~IOSQE_FIXED_FILE;
    engine_refused(&h->page->engine);
}

/* Not before the call goes on: until then the send of another thread may be awaited.  One that the
 * kernel does not take at once stays in it, as a blocking one would, and is made when there is
 * room.  False: it is refused, or waits. */
static bool operations_send(struct hold *h, struct hold_thread *t, struct io_uring_sqe *e,
                            struct hold_socket *s)
{
    bool passes = !s->blocked && s->sends_left != 0;

    h->sender = t;
    if (clients_fail_once(h, ENGINE_SEND))
        hold_cannot(h, "io_uring: no error can be put in a send's place");
    else if (s->blocked)
        engine_refused(&h->page->engine);
    else if (s->sends_left == 0)
        operations_refuse(h, t, e, s);
    else
        sends_foresee(h, t, s, e->opcode == IORING_OP_SENDMSG ? e->addr : 0,
                      e->opcode == IORING_OP_SEND ? e->addr2 : 0);
    return passes;
}

/* What is linked to one that is refused or waits is not tried. */
static void operations_send_all(struct hold *h, struct hold_thread *t)
{
    bool linked = false, stopped = false;

    for (unsigned i = 0; i < rings_submitted(t->ring, t) && !h->over; i++) {
        struct io_uring_sqe *e = rings_entry(t->ring, i);
        struct hold_socket *s = operations_kind(e) == OPERATIONS_SEND ? operations_socket(h, t, e)
                                                                      : NULL;

        stopped &= linked;
        linked = e->flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK);
        if (s && !stopped)
            stopped = !operations_send(h, t, e, s);
    }
}

/* ---- going on ---- */

/* By the sockets themselves: that a ring has completions is not said before somebody enters it. */
static unsigned operations_ready_ones(struct hold *h, const struct hold_thread *t)
{
    unsigned ready = 0;

    for (unsigned i = 0; i < t->ring->operation_count; i++) {
        const struct hold_operation *o = &t->ring->operations[i];
        struct pollfd one = {.fd = sockets_copy(h, o->socket), .events = o->events};

        if (o->group >= 0)
            ready += foresee_completions(h, t, o);
        else
            ready += o->at_once || (one.fd >= 0 && poll(&one, 1, 0) == 1);
    }
    return ready;
}

static bool operations_ready(struct hold *h, struct hold_thread *t)
{
    const struct hold_ring *r = t->ring;
    unsigned there = atomic_load(r->completed) - atomic_load(r->taken);

    return there + operations_ready_ones(h, t) >= (t->arguments[2] ? t->arguments[2] : 1);
}

/* Held as long as it would wait in the kernel: what it submits is not made before, which nobody
 * sees but by the order of receives. */
static void operations_go(struct hold *h, struct hold_thread *t)
{
    if (!t->at_once && !operations_ready(h, t)) {
        t->state = HOLD_WAITS;
        return;
    }
    if (h->sender) {
        t->state = HOLD_QUEUES;
        return;
    }
    if (t->turn.woken)
        foresee_order(h, t);
    foresee_receives(h, t);
    operations_send_all(h, t);
    notify_continue(h, t);
}

static const struct hold_kind operations_entered = {
    .ready = operations_ready, .go = operations_go, .takes_turns = true};

/* An enter that neither submits nor finds anything is a look in vain. */
static void operations_count(struct hold *h, struct hold_thread *t)
{
    struct engine *e = &h->page->engine;

    engine_called(e, ENGINE_CALL_io_uring_enter);
    clock_tick(h);
    engine_thread(e, t->tid);
    if (t->arguments[3] & IORING_ENTER_GETEVENTS)
        engine_waits(e, false);
    if (t->at_once && t->arguments[1] == 0 && !operations_ready(h, t))
        engine_empty_wait(e);
}

void operations_take(struct hold *h, struct hold_thread *t)
{
    int error = t->arguments[1] == 0 ? clients_fail_once(h, ENGINE_WAIT) : 0;

    t->ring = rings_of(h, t, t->arguments[3] & IORING_ENTER_REGISTERED_RING);
    if (!t->ring) {
        rings_bypass(h, "its io_uring cannot be looked into");
        return;
    }
    if (!t->again) {
        t->at_once = t->arguments[2] == 0 || !(t->arguments[3] & IORING_ENTER_GETEVENTS);
        operations_submit_all(h, t);
        operations_count(h, t);
    }
    if (h->over || hold_check_spin(h))
        return;
    if (error) {
        notify_answer(h, t, 0, error);
        return;
    }
    t->kind = &operations_entered;
    asks_turn(h, t, false, TURN_OF_WAIT);
}
