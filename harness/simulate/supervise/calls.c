#include "simulate/supervise/calls.h"

#include "simulate/supervise/clients.h"
#include "simulate/supervise/clock.h"
#include "simulate/supervise/filter.h"
#include "simulate/supervise/flows.h"
#include "simulate/supervise/notify.h"
#include "simulate/supervise/operations.h"
#include "simulate/supervise/receives.h"
#include "simulate/supervise/rings.h"
#include "simulate/supervise/sends.h"
#include "simulate/supervise/sockets.h"
#include "simulate/supervise/timers.h"
#include "simulate/supervise/tree.h"
#include "simulate/supervise/upstream.h"
#include "simulate/supervise/vdso.h"
#include "simulate/supervise/waits.h"

#include <errno.h>
#include <linux/close_range.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

/* ---- descriptors ---- */

static void calls_close(struct hold *h, struct hold_thread *t)
{
    sockets_forget(h, t->process, (int)t->arguments[0]);
    rings_forget(h, t->process, (int)t->arguments[0]);
    notify_continue(h, t);
}

/* Closes what the new number meant. */
static void calls_dup(struct hold *h, struct hold_thread *t)
{
    if (t->arguments[0] != t->arguments[1])
        sockets_forget(h, t->process, (int)t->arguments[1]);
    notify_continue(h, t);
}

static void calls_close_range(struct hold *h, struct hold_thread *t)
{
    if (!(t->arguments[2] & CLOSE_RANGE_CLOEXEC))
        sockets_forget_range(h, t->process, (unsigned)t->arguments[0], (unsigned)t->arguments[1]);
    notify_continue(h, t);
}

static void calls_bind(struct hold *h, struct hold_thread *t)
{
    t->binds = sockets_find(h, t->process, (int)t->arguments[0]);
    notify_continue(h, t);
}

static void calls_set_option(struct hold *h, struct hold_thread *t)
{
    struct hold_socket *s = sockets_find(h, t->process, (int)t->arguments[0]);

    if (s && (int)t->arguments[1] == SOL_SOCKET)
        s->has_program = true;
    notify_continue(h, t);
}

/* Noted before the kernel has done it, since what a call that goes on returns is never seen: one
 * that fails (EEXIST, ENOENT) counts here as if it had not. */
static void calls_epoll_ctl(struct hold *h, struct hold_thread *t)
{
    struct hold_socket *s = sockets_find(h, t->process, (int)t->arguments[2]);
    struct epoll_event event = {0};
    unsigned index;

    if (s) {
        if (sockets_index(h, s, &index))
            engine_called(&h->page->engine, ENGINE_CALL_epoll_ctl);
        if (t->arguments[1] == EPOLL_CTL_ADD)
            sockets_note_watcher(h, t->process, (int)t->arguments[0]);
        s->wants_write = t->arguments[1] != EPOLL_CTL_DEL &&
                         notify_read(t, t->arguments[3], &event, sizeof event) &&
                         (event.events & EPOLLOUT);
    } else {
        sockets_called_other(h, t->process, (int)t->arguments[2]);
        if (t->arguments[1] == EPOLL_CTL_ADD &&
            sockets_is_watcher(h, t->process, (int)t->arguments[2]))
            sockets_note_watcher(h, t->process, (int)t->arguments[0]);
    }
    notify_continue(h, t);
}

/* ---- threads and processes ---- */

/* The new one exists once the call has returned, and may call before that is seen.  It is looked
 * for when this thread, and no other of its process, comes again: before, it may not exist yet. */
static void calls_clone(struct hold *h, struct hold_thread *t)
{
    t->starts = true;
    h->many = true;
    timers_take(h);
    engine_begin_turns(&h->page->engine);
    notify_continue(h, t);
}

/* A program begins: what was open across exec may have been closed. */
static void calls_start(struct hold *h, struct hold_thread *t)
{
    sockets_forget_all(h, t->process);
    vdso_replace(t->process->pid);
    notify_continue(h, t);
}

/* ---- all ---- */

/* What the thread's last call has left to do. */
static void calls_come_back(struct hold *h, struct hold_thread *t)
{
    sends_finish(h, t);
    notify_mend(t);
    operations_look(h, t);
    if (t->starts)
        tree_refresh(h);
    t->starts = false;
    if (!t->binds)
        return;
    sockets_look_at_address(h, t->binds);
    flows_unsettle(h, t->binds);
    t->binds = NULL;
    if (sockets_bound(h) < h->page->engine.sockets || h->page->engine.bound)
        return;
    tree_pin(h);
    engine_bound(&h->page->engine, clients_begin(h));
}

void calls_take(struct hold *h, struct hold_thread *t)
{
    calls_come_back(h, t);
    upstream_serve(h);
    if (h->over)
        return;
    switch (t->number) {
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_read:
    case SYS_readv: receives_take(h, t); break;
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg:
    case SYS_write:
    case SYS_writev: sends_take(h, t); break;
#ifdef SYS_poll
    case SYS_poll:
    case SYS_select:
    case SYS_epoll_wait:
#endif
    case SYS_ppoll:
    case SYS_pselect6:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2: waits_take(h, t); break;
    case SYS_close: calls_close(h, t); break;
    case SYS_close_range: calls_close_range(h, t); break;
#ifdef SYS_dup2
    case SYS_dup2:
#endif
    case SYS_dup3: calls_dup(h, t); break;
    case SYS_bind: calls_bind(h, t); break;
    case SYS_setsockopt: calls_set_option(h, t); break;
    case SYS_epoll_ctl: calls_epoll_ctl(h, t); break;
#ifdef SYS_fork
    case SYS_fork:
    case SYS_vfork:
#endif
    case SYS_clone:
    case SYS_clone3: calls_clone(h, t); break;
    case SYS_io_uring_setup: rings_set_up(h, t); break;
    case SYS_io_uring_register: rings_register(h, t); break;
    case SYS_io_uring_enter: operations_take(h, t); break;
    case FILTER_START: calls_start(h, t); break;
#ifdef SYS_time
    case SYS_time:
#endif
    case SYS_clock_gettime:
    case SYS_gettimeofday: clock_take_look(h, t); break;
    case SYS_nanosleep:
    case SYS_clock_nanosleep: clock_take_sleep(h, t); break;
    case SYS_futex: clock_take_futex(h, t); break;
    case SYS_timerfd_settime: clock_take_timer(h, t); break;
    default: notify_continue(h, t); break;
    }
}
