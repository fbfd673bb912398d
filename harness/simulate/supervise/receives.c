#include "simulate/supervise/receives.h"

#include "simulate/supervise/asks.h"
#include "simulate/supervise/clients.h"
#include "simulate/supervise/clock.h"
#include "simulate/supervise/notify.h"
#include "simulate/supervise/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

static enum engine_call receives_name(int number)
{
    switch (number) {
    case SYS_recvfrom: return ENGINE_CALL_recvfrom;
    case SYS_recvmsg: return ENGINE_CALL_recvmsg;
    case SYS_recvmmsg: return ENGINE_CALL_recvmmsg;
    case SYS_read: return ENGINE_CALL_read;
    default: return ENGINE_CALL_readv;
    }
}

static int receives_flags(const struct hold_thread *t)
{
    switch (t->number) {
    case SYS_recvfrom:
    case SYS_recvmmsg: return (int)t->arguments[3];
    case SYS_recvmsg: return (int)t->arguments[2];
    default: return 0;
    }
}

/* All others take one datagram, whatever the size of their buffers (udp(7)). */
static unsigned receives_most(const struct hold_thread *t)
{
    return t->number == SYS_recvmmsg ? (unsigned)t->arguments[2] : 1;
}

/* ---- going on ---- */

/* A pending error counts: a blocking receive returns with it, as the kernel's would (udp(7)). */
static bool receives_ready(struct hold *h, struct hold_thread *t)
{
    int error;

    return clients_head(h, t->socket, &error) != CLIENTS_NOTHING;
}

/* One by one, so that the scenario can act between two datagrams of a batch, too. */
static void receives_count(struct hold *h, struct hold_thread *t)
{
    struct engine *e = &h->page->engine;
    unsigned index, most = receives_most(t);

    if (!sockets_index(h, t->socket, &index) || (receives_flags(t) & MSG_PEEK))
        return;
    for (unsigned i = 0; i < most && (i == 0 || e->injected[index] > e->received[index]); i++)
        clients_received(h, t, index);
}

/* Where the target has asked not to wait, the call goes on and the kernel itself says EAGAIN, but
 * for an EAGAIN that the scenario has put into the queue: behind it there may be a datagram. */
static void receives_nothing(struct hold *h, struct hold_thread *t, int error)
{
    if (!t->at_once) {
        t->state = HOLD_WAITS;
        return;
    }
    engine_empty_receive(&h->page->engine);
    if (hold_check_spin(h))
        return;
    if (error)
        notify_answer(h, t, 0, error);
    else
        notify_continue(h, t);
}

/* What the receive will take is counted before it is made, so that the scenario's answer to it, the
 * next datagram, is queued when the target looks again. */
static void receives_go(struct hold *h, struct hold_thread *t)
{
    int error = 0;
    enum clients_head head;

    clients_collect(h);
    head = clients_head(h, t->socket, &error);
    if (head == CLIENTS_ERROR)
        clients_take_error(h, t->socket);
    if (head == CLIENTS_NOTHING || (head == CLIENTS_ERROR && error == EAGAIN)) {
        receives_nothing(h, t, error);
    } else if (head == CLIENTS_ERROR) {
        notify_answer(h, t, 0, error);
    } else {
        if (head == CLIENTS_DATAGRAM)
            receives_count(h, t);
        notify_continue(h, t);
    }
}

static const struct hold_kind receives_kind = {
    .ready = receives_ready, .go = receives_go, .takes_turns = true};

/* ---- by number ---- */

/* O_NONBLOCK belongs to the open file, not to the descriptor (fcntl(2)): our copy has the flag of
 * the target's, as it is at this moment. */
static bool receives_blocks(struct hold *h, const struct hold_thread *t, int flags)
{
    int mode = flags & MSG_DONTWAIT ? -1 : fcntl(sockets_copy(h, t->socket), F_GETFL);

    return mode >= 0 && !(mode & O_NONBLOCK);
}

/* The error that it is to fail with; 0: none. */
static int receives_begin(struct hold *h, const struct hold_thread *t)
{
    engine_called(&h->page->engine, receives_name(t->number));
    clock_tick(h);
    return clients_fail_once(h, ENGINE_RECEIVE);
}

/* What is no socket of the scenario is the kernel's alone. */
void receives_take(struct hold *h, struct hold_thread *t)
{
    struct hold_socket *s = sockets_find(h, t->process, (int)t->arguments[0]);
    int error, flags = receives_flags(t);
    unsigned index;

    if (!s)
        sockets_called_other(h, t->process, (int)t->arguments[0]);
    if (!s || !sockets_index(h, s, &index)) {
        notify_continue(h, t);
        return;
    }
    error = t->again ? 0 : receives_begin(h, t);
    if (error || (flags & MSG_ERRQUEUE)) {
        if (error)
            notify_answer(h, t, 0, error);
        else
            notify_continue(h, t);
        return;
    }
    t->kind = &receives_kind;
    t->socket = s;
    t->turn.rank = index;
    t->at_once = !receives_blocks(h, t, flags);
    if (!t->at_once && !receives_ready(h, t))
        t->state = HOLD_WAITS;
    else
        asks_turn(h, t, false, index);
}
