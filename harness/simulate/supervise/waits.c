#include "simulate/supervise/waits.h"

#include "base/clock.h"
#include "simulate/supervise/clients.h"
#include "simulate/supervise/clock.h"
#include "simulate/supervise/happen.h"
#include "simulate/supervise/notify.h"
#include "simulate/supervise/asks.h"
#include "simulate/supervise/borrow.h"
#include "simulate/supervise/sockets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

#define WAITS_MOST 4096
#define US_PER_S 1000000
/* A limit beyond is none. */
#define WAITS_LONGEST_S 100000000

/* What a call asks for. */
struct waits_call {
    enum engine_call name;
    bool simulated; /* a UDP socket takes part */
    bool write;     /* it asks whether that can be written */
};

/* ---- limits ---- */

/* Of a timespec, or of a timeval; negative: there is none, or it is not as it should be. */
static int64_t waits_read_limit(const struct hold_thread *t, uint64_t address, int64_t unit_ns)
{
    int64_t limit[2];

    if (address == 0 || !notify_read(t, address, limit, sizeof limit) || limit[0] < 0 ||
        limit[0] > WAITS_LONGEST_S || limit[1] < 0)
        return -1;
    return limit[0] * NS_PER_S + limit[1] * unit_ns;
}

/* Negative: none. */
static int64_t waits_limit_ns(const struct hold_thread *t, enum engine_call name)
{
    switch (name) {
    case ENGINE_CALL_poll: return (int)t->arguments[2] * NS_PER_MS;
    case ENGINE_CALL_ppoll: return waits_read_limit(t, t->arguments[2], 1);
    case ENGINE_CALL_select:
        return waits_read_limit(t, t->arguments[4],
                                t->number == SYS_pselect6 ? 1 : NS_PER_S / US_PER_S);
    case ENGINE_CALL_pselect: return waits_read_limit(t, t->arguments[4], 1);
    case ENGINE_CALL_epoll_pwait2: return waits_read_limit(t, t->arguments[3], 1);
    default: return (int)t->arguments[3] * NS_PER_MS;
    }
}

/* None passes but by what happens beside datagrams (happen.c): how long the flood was in coming is
 * no matter of the target's. */
static void waits_set_limit(struct hold *h, struct hold_thread *t, enum engine_call name)
{
    int64_t limit_ns = waits_limit_ns(t, name);

    t->at_once = limit_ns == 0;
    t->limited = limit_ns > 0;
    t->due_ns = h->passed_ns + limit_ns;
}

/* ---- what for ---- */

static void waits_add(struct hold *h, struct hold_thread *t, struct waits_call *call, int fd,
                      short events)
{
    bool udp = sockets_find(h, t->process, fd) != NULL;

    if (!t->waits_for)
        return;
    call->simulated |= udp || sockets_is_watcher(h, t->process, fd);
    call->write |= udp && (events & POLLOUT);
    t->waits_for[t->waits_count++] = (struct pollfd){.fd = fd, .events = events};
}

/* An epoll descriptor is itself readable when one of its files is ready (epoll(7)), so that one
 * poll() answers for all that it watches. */
static void waits_read_epoll(struct hold *h, struct hold_thread *t, struct waits_call *call)
{
    int fd = (int)t->arguments[0];

    call->simulated = sockets_is_watcher(h, t->process, fd);
    call->write = sockets_want_write(h);
    t->waits_for = malloc(sizeof *t->waits_for);
    if (t->waits_for)
        t->waits_for[t->waits_count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void waits_read_poll(struct hold *h, struct hold_thread *t, struct waits_call *call)
{
    struct pollfd fds[WAITS_MOST];
    uint64_t count = t->arguments[1] < WAITS_MOST ? t->arguments[1] : WAITS_MOST;

    if (!notify_read(t, t->arguments[0], fds, count * sizeof *fds))
        return;
    t->waits_for = calloc(count + 1, sizeof *t->waits_for);
    for (uint64_t i = 0; i < count; i++)
        waits_add(h, t, call, fds[i].fd, fds[i].events);
}

/* Sets are read in whole words of 64 bits, as the kernel does: a target's may end there. */
static void waits_read_select(struct hold *h, struct hold_thread *t, struct waits_call *call)
{
    static const short events[] = {POLLIN, POLLOUT, POLLPRI};
    unsigned count = t->arguments[0] < FD_SETSIZE ? (unsigned)t->arguments[0] : FD_SETSIZE;
    fd_set sets[3];

    memset(sets, 0, sizeof sets);
    for (int i = 0; i < 3; i++) {
        if (t->arguments[1 + i] != 0 &&
            !notify_read(t, t->arguments[1 + i], &sets[i], (count + 63) / 64 * 8))
            return;
    }
    t->waits_for = calloc(count + 1, sizeof *t->waits_for);
    for (unsigned fd = 0; fd < count; fd++) {
        short asked = 0;

        for (int i = 0; i < 3; i++)
            asked = (short)(asked | (FD_ISSET((int)fd, &sets[i]) ? events[i] : 0));
        if (asked)
            waits_add(h, t, call, (int)fd, asked);
    }
}

/* ---- going on ---- */

/* Where its mask stands; 0: it has none.  pselect6 is told that, and its length (select(2)). */
static uint64_t waits_mask_address(const struct hold_thread *t)
{
    uint64_t address = 0;

    switch (t->number) {
    case SYS_ppoll: return t->arguments[3];
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2: return t->arguments[4];
    case SYS_pselect6: notify_read(t, t->arguments[5], &address, sizeof address); return address;
    default: return 0;
    }
}

/* One that has a mask of its own is ended by a signal that else is blocked. */
static bool waits_is_interrupted(const struct hold *h, const struct hold_thread *t)
{
    uint64_t address = waits_mask_address(t), mask;

    return address != 0 && notify_read(t, address, &mask, sizeof mask) &&
           happen_ends_wait(h, t, mask);
}

/* Consumes nothing: an epoll's list of ready sockets stays as it is. */
static bool waits_ready(struct hold *h, struct hold_thread *t)
{
    struct pollfd *fds = calloc(t->waits_count + 1, sizeof *fds);
    bool ready = !fds || !borrow_all(t);

    for (unsigned i = 0; !ready && i < t->waits_count; i++) {
        fds[i] = t->waits_for[i];
        fds[i].fd = t->copies[i];
    }
    ready = ready || poll(fds, t->waits_count, 0) != 0 || waits_is_interrupted(h, t);
    free(fds);
    return ready;
}

static bool waits_ends(struct hold *h, struct hold_thread *t)
{
    return t->expired || waits_ready(h, t);
}

/* Architectures that came later have only the calls with more arguments (syscalls(2)). */
static enum engine_call waits_name(int number)
{
    switch (number) {
#ifdef SYS_poll
    case SYS_poll: return ENGINE_CALL_poll;
    case SYS_select: return ENGINE_CALL_select;
    case SYS_epoll_wait: return ENGINE_CALL_epoll_wait;
#endif
    case SYS_ppoll: return ENGINE_CALL_ppoll;
    case SYS_pselect6: return ENGINE_CALL_pselect;
    case SYS_epoll_pwait: return ENGINE_CALL_epoll_pwait;
    default: return ENGINE_CALL_epoll_pwait2;
    }
}

static bool is_poll(enum engine_call name)
{
    return name == ENGINE_CALL_poll || name == ENGINE_CALL_ppoll;
}

static bool is_select(enum engine_call name)
{
    return name == ENGINE_CALL_select || name == ENGINE_CALL_pselect;
}

/* What the kernel says when a limit has passed: of nothing that anything has happened (poll(2),
 * select(2)). */
static void waits_expire(struct hold *h, struct hold_thread *t)
{
    static const fd_set none;
    static const short no_events;
    const enum engine_call name = waits_name(t->number);
    size_t size = (t->arguments[0] < FD_SETSIZE ? t->arguments[0] + 63 : FD_SETSIZE) / 64 * 8;

    if (is_poll(name)) {
        for (unsigned i = 0; i < t->waits_count; i++)
            notify_write(
                t, t->arguments[0] + i * sizeof *t->waits_for + offsetof(struct pollfd, revents),
                &no_events, sizeof no_events);
    } else if (is_select(name)) {
        for (int i = 1; i <= 3; i++) {
            if (t->arguments[i] != 0)
                notify_write(t, t->arguments[i], &none, size);
        }
    }
    engine_empty_wait(&h->page->engine);
    notify_answer(h, t, 0, 0);
}

/* The real call is made in both cases: it finds at once what poll() on the copies has found, or
 * nothing if the target did not want to wait. */
static void waits_go(struct hold *h, struct hold_thread *t)
{
    if (!waits_ready(h, t)) {
        if (t->expired) {
            waits_expire(h, t);
            return;
        }
        if (!t->at_once) {
            t->state = HOLD_WAITS;
            return;
        }
        engine_empty_wait(&h->page->engine);
    }
    notify_continue(h, t);
}

static const struct hold_kind waits_kind = {
    .ready = waits_ends, .go = waits_go, .takes_turns = true};

/* ---- by number ---- */

static struct waits_call waits_read(struct hold *h, struct hold_thread *t)
{
    struct waits_call call = {.name = waits_name(t->number)};

    if (is_poll(call.name))
        waits_read_poll(h, t, &call);
    else if (is_select(call.name))
        waits_read_select(h, t, &call);
    else
        waits_read_epoll(h, t, &call);
    return call;
}

/* The error that it is to fail with; 0: none. */
static int waits_count(struct hold *h, const struct hold_thread *t, const struct waits_call *call)
{
    engine_called(&h->page->engine, call->name);
    clock_tick(h);
    engine_thread(&h->page->engine, t->tid);
    engine_waits(&h->page->engine, call->write);
    return clients_fail_once(h, ENGINE_WAIT);
}

/* A wait that no UDP socket takes part in is the kernel's alone. */
void waits_take(struct hold *h, struct hold_thread *t)
{
    struct waits_call call = waits_read(h, t);
    int error;

    if (!call.simulated) {
        if (call.name >= ENGINE_CALL_epoll_wait && t->arguments[0] < HOLD_FDS)
            t->passes = (int)t->arguments[0];
        notify_continue(h, t);
        return;
    }
    error = t->again ? 0 : waits_count(h, t, &call);
    if (hold_check_spin(h))
        return;
    if (error) {
        notify_answer(h, t, 0, error);
        return;
    }
    t->kind = &waits_kind;
    waits_set_limit(h, t, call.name);
    asks_turn(h, t, false, TURN_OF_WAIT);
}
