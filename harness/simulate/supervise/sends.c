#include "simulate/supervise/sends.h"

#include "base/clock.h"
#include "simulate/supervise/asks.h"
#include "simulate/supervise/clients.h"
#include "simulate/supervise/clock.h"
#include "simulate/supervise/notify.h"
#include "simulate/supervise/sockets.h"
#include "simulate/supervise/upstream.h"

#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>

#define SENDS_UDP_MAX 65507
#define SENDS_PARTS_MAX 1024 /* UIO_MAXIOV */
/* An answer that has not come by then will not: the call failed for a reason of its own. */
#define SENDS_AWAIT_MS 50

static enum engine_call sends_name(int number)
{
    switch (number) {
    case SYS_sendto: return ENGINE_CALL_sendto;
    case SYS_sendmsg: return ENGINE_CALL_sendmsg;
    case SYS_sendmmsg: return ENGINE_CALL_sendmmsg;
    case SYS_write: return ENGINE_CALL_write;
    default: return ENGINE_CALL_writev;
    }
}

static int sends_flags(const struct hold_thread *t)
{
    switch (t->number) {
    case SYS_sendto:
    case SYS_sendmmsg: return (int)t->arguments[3];
    case SYS_sendmsg: return (int)t->arguments[2];
    default: return 0;
    }
}

/* The kernel takes no more of a batch either: sendmmsg(2) caps vlen at UIO_MAXIOV. */
static unsigned sends_count(const struct hold_thread *t)
{
    unsigned count = t->number == SYS_sendmmsg ? (unsigned)t->arguments[2] : 1;

    return count < SENDS_PARTS_MAX ? count : SENDS_PARTS_MAX;
}

/* ---- what is sent ---- */

/* Where the message is whose header is an argument; 0: the call has none. */
static uint64_t sends_message(const struct hold_thread *t, unsigned i)
{
    return t->number == SYS_sendmsg || t->number == SYS_sendmmsg
               ? t->arguments[1] + i * sizeof(struct mmsghdr)
               : 0;
}

/* False: no destination is named, as on a connected socket, or it cannot be read, which the kernel
 * will refuse with EFAULT. */
static bool sends_read_name(const struct hold_thread *t, uint64_t message, uint64_t name,
                            union address *to)
{
    struct msghdr header;

    *to = (union address){0};
    if (message) {
        if (!notify_read(t, message, &header, sizeof header))
            return false;
        name = (uintptr_t)header.msg_name;
    }
    return name != 0 && notify_read(t, name, to, sizeof to->in);
}

/* What goes to somebody else is seen nowhere; it is misrouted, as the engine counts. */
void sends_foresee(struct hold *h, struct hold_thread *t, struct hold_socket *s, uint64_t message,
                   uint64_t name)
{
    const struct engine_tag none = {0};
    union address to;
    unsigned index;
    bool named;

    if (s->sends_left > 0 && --s->sends_left == 0)
        t->fills = s;
    if (!sockets_index(h, s, &index))
        return;
    named = sends_read_name(t, message, name, &to);
    if (named && upstream_is(h, &to))
        hold_cannot(h, "it asks its upstream by the socket that it serves");
    else if (named && !clients_is_client(h, &to))
        engine_sent(&h->page->engine, clients_begin(h), index, ENGINE_CLIENTS, &none);
    else
        h->expected++;
}

/* ---- what follows ---- */

/* What a send that goes on returns is never seen: its datagram at a client's socket is the only
 * sign that it has been made.  At the limit all that is expected is dropped: who waited for it
 * again would lose as much time at every later send. */
static void sends_await(struct hold *h)
{
    int64_t limit_ns;

    clients_collect(h);
    if (h->expected == 0)
        return;
    limit_ns = clock_now_ns() + SENDS_AWAIT_MS * NS_PER_MS;
    while (h->expected > 0 && clock_now_ns() < limit_ns) {
        sched_yield();
        clients_collect(h);
    }
    h->expected = 0;
}

void sends_finish(struct hold *h, struct hold_thread *t)
{
    if (h->sender != t)
        return;
    h->sender = NULL;
    sends_await(h);
    if (t->fills)
        clients_block(h, t->fills);
    t->fills = NULL;
    notify_mend(t);
    if (!t->cuts)
        return;
    t->cuts = false;
    engine_refused(&h->page->engine);
    hold_check_spin(h);
}

/* One send at a time: else two threads would get more through than the scenario lets pass. */
static bool sends_let_queued_go(struct hold *h)
{
    for (unsigned i = 0; i < h->thread_count && !h->sender; i++) {
        if (h->threads[i].tid != 0 && h->threads[i].state == HOLD_QUEUES) {
            h->threads[i].kind->go(h, &h->threads[i]);
            return true;
        }
    }
    return false;
}

bool sends_settle(struct hold *h)
{
    if (h->sender && h->sender->state == HOLD_RUNS)
        sends_finish(h, h->sender);
    return sends_let_queued_go(h);
}

/* ---- going on ---- */

/* A batch that goes beyond the limit: the kernel sends what precedes a message with too many parts,
 * and gives their number, as it does when the next one is refused. */
static void sends_cut(struct hold_thread *t, unsigned count)
{
    uint64_t many = SENDS_PARTS_MAX + 1;

    notify_spoil(t, sends_message(t, count) + offsetof(struct msghdr, msg_iovlen), &many,
                 sizeof many);
    t->cuts = true;
}

/* A send that is refused leaves no trace at a client, so that it must be known beforehand which
 * ones will be: all as long as the buffer is full of ballast, and none else. */
static void sends_pass(struct hold *h, struct hold_thread *t)
{
    struct hold_socket *s = t->socket;
    unsigned count = sends_count(t);

    if (s->sends_left >= 0 && (unsigned)s->sends_left < count) {
        count = (unsigned)s->sends_left;
        sends_cut(t, count);
    }
    for (unsigned i = 0; i < count; i++)
        sends_foresee(h, t, s, sends_message(t, i), t->number == SYS_sendto ? t->arguments[4] : 0);
    h->sender = t;
    notify_continue(h, t);
}

/* A blocking send is not let go on into a full buffer: it would sleep in the kernel, and come out
 * of it whenever there is room, while another thread has its turn. */
static void sends_refuse(struct hold *h, struct hold_thread *t)
{
    engine_refused(&h->page->engine);
    if (hold_check_spin(h))
        return;
    if (t->at_once)
        notify_continue(h, t);
    else
        t->state = HOLD_WAITS;
}

static void sends_go(struct hold *h, struct hold_thread *t)
{
    if (h->sender)
        t->state = HOLD_QUEUES;
    else if (t->socket->blocked)
        sends_refuse(h, t);
    else
        sends_pass(h, t);
}

/* Room for a datagram is not enough: the kernel wakes a blocked sender, as it says POLLOUT, when
 * half of the buffer is free (sock_writeable). */
static bool sends_ready(struct hold *h, struct hold_thread *t)
{
    struct pollfd one = {.fd = sockets_copy(h, t->socket), .events = POLLOUT};

    return poll(&one, 1, 0) != 0;
}

static const struct hold_kind sends_kind = {.ready = sends_ready, .go = sends_go};

/* ---- to the upstream ---- */

static bool sends_to_upstream(struct hold *h, const struct hold_thread *t, struct hold_socket *s,
                              unsigned i)
{
    union address to;
    socklen_t length = sizeof to;

    if (!sends_read_name(t, sends_message(t, i), t->number == SYS_sendto ? t->arguments[4] : 0,
                         &to) &&
        getpeername(sockets_copy(h, s), &to.any, &length) < 0)
        return false;
    return upstream_is(h, &to);
}

/* What leaves another socket than the scenario's is the kernel's alone. */
static void sends_elsewhere(struct hold *h, struct hold_thread *t, struct hold_socket *s)
{
    unsigned count = s && h->upstream >= 0 ? sends_count(t) : 0;

    for (unsigned i = 0; i < count; i++) {
        if (sends_to_upstream(h, t, s, i))
            upstream_expect(h, s);
    }
    notify_continue(h, t);
}

/* ---- by number ---- */

static bool sends_blocks(struct hold *h, const struct hold_thread *t)
{
    int mode = sends_flags(t) & MSG_DONTWAIT ? -1 : fcntl(sockets_copy(h, t->socket), F_GETFL);

    return mode >= 0 && !(mode & O_NONBLOCK);
}

void sends_take(struct hold *h, struct hold_thread *t)
{
    struct hold_socket *s = sockets_find(h, t->process, (int)t->arguments[0]);
    unsigned index;
    int error;

    if (!s)
        sockets_called_other(h, t->process, (int)t->arguments[0]);
    if (!s || !sockets_index(h, s, &index)) {
        sends_elsewhere(h, t, s);
        return;
    }
    engine_called(&h->page->engine, sends_name(t->number));
    clock_tick(h);
    error = clients_fail_once(h, ENGINE_SEND);
    if (error) {
        notify_answer(h, t, 0, error);
        return;
    }
    t->kind = &sends_kind;
    t->socket = s;
    t->at_once = !sends_blocks(h, t);
    asks_to_send(h, t, index);
}
