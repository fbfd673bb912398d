#include "simulate/supervise/loop.h"

#include "base/clock.h"
#include "simulate/supervise/calls.h"
#include "simulate/supervise/clients.h"
#include "simulate/supervise/happen.h"
#include "simulate/supervise/notify.h"
#include "simulate/supervise/scan.h"
#include "simulate/supervise/sockets.h"
#include "simulate/supervise/timers.h"
#include "simulate/supervise/tree.h"
#include "simulate/supervise/turns.h"
#include "target/platform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

/* Between two looks whether all has become quiet. */
#define LOOP_LOOK_NS 100000
#define LOOP_LOOK_MOST_NS 2000000
#define LOOP_STILL_LOOK_NS 50000000
/* The part of the deadline for which it must not have run to count as asleep. */
#define LOOP_STILL_PART 10
/* And before it has waited at all, when it may still be on its way there. */
#define LOOP_START_PART 2

/* ---- beginning ---- */

static int loop_take(const struct hold *h, int fd)
{
    return fd < 0 ? -1 : platform_borrow(h->share->pid, fd);
}

static bool loop_take_all(struct hold *h)
{
    h->listener = loop_take(h, h->share->listener);
    h->netlink = loop_take(h, h->share->netlink);
    h->upstream = loop_take(h, h->share->upstream);
    h->answers = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned family = 0; family < SHARE_FAMILIES; family++) {
        h->sinks[family] = loop_take(h, h->share->sinks[family]);
        for (unsigned i = 0; i < ENGINE_CLIENTS; i++) {
            struct epoll_event event = {.events = EPOLLIN, .data.u32 = family * ENGINE_CLIENTS + i};

            h->clients[family][i] = loop_take(h, h->share->clients[family][i]);
            if (h->clients[family][i] >= 0)
                epoll_ctl(h->answers, EPOLL_CTL_ADD, h->clients[family][i], &event);
        }
    }
    if (h->upstream < 0 && h->share->upstream_port)
        return false;
    return happen_begin(h) && h->listener >= 0 && h->answers >= 0 &&
           h->clients[SHARE_IPV4][ENGINE_CLIENTS - 1] >= 0;
}

/* Every wait of the target may need copies of all its descriptors. */
static void loop_raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* The child must not exec before its listener has been taken: exec closes it, and without one every
 * call that is to be held fails with ENOSYS. */
static bool loop_begin(struct hold *h)
{
    struct share *share = h->share;

    loop_raise_limit();
    if (!share_await_entry(share))
        return false;
    if (!loop_take_all(h)) {
        snprintf(share->trouble, sizeof share->trouble,
                 "the target's descriptors cannot be had: %s", strerror(errno));
        share_set_stage(share, SHARE_REFUSED);
        return false;
    }
    atomic_store(&h->page->state, SIM_HELLO);
    hold_note_progress(h);
    notify_hasten(h->listener);
    share_set_stage(share, SHARE_TAKEN);
    return true;
}

/* ---- the loop ---- */

static bool loop_holds(const struct hold *h)
{
    for (unsigned i = 0; i < h->thread_count; i++) {
        if (h->threads[i].tid != 0 && h->threads[i].state != HOLD_RUNS)
            return true;
    }
    return false;
}

/* Nobody is held; who has not run for many looks either has stopped waiting for datagrams.  Looks
 * are counted and not time: on a loaded machine we may be the ones who got no processor.  A thread
 * that is just being made has made no call yet by which it would be known. */
static void loop_watch_stillness(struct hold *h)
{
    int part = h->page->state == SIM_RUNNING ? LOOP_STILL_PART : LOOP_START_PART;
    bool asleep = !loop_holds(h);
    uint64_t runs = h->still_runs;

    tree_refresh(h);
    asleep = asleep && scan_look_once(h, &runs);
    h->still_looks = asleep && runs == h->still_runs ? h->still_looks + 1 : 0;
    h->still_runs = runs;
    if (asleep && h->page->state != SIM_RUNNING) /* it may begin with a tick */
        timers_jump(h);
    if (h->still_looks * LOOP_STILL_LOOK_NS <= h->page->deadline_ms * NS_PER_MS / part)
        return;
    if (h->page->engine.bound)
        engine_closed(&h->page->engine, h->page->engine.sockets - sockets_bound(h));
    atomic_store(&h->share->asleep, true);
}

/* Somebody is held, and others go on: looks again soon; else only a call is news. */
static int64_t loop_pause_ns(const struct hold *h, int64_t last_ns)
{
    if (!loop_holds(h))
        return LOOP_STILL_LOOK_NS;
    return last_ns < LOOP_LOOK_MOST_NS ? last_ns + LOOP_LOOK_NS : LOOP_LOOK_MOST_NS;
}

/* False: a call came before.  ppoll() for its nanoseconds: poll()'s least limit is a whole
 * millisecond. */
static bool loop_sleep(const struct hold *h, int64_t pause_ns)
{
    struct pollfd one = {.fd = h->listener, .events = POLLIN};
    struct timespec limit = {.tv_nsec = pause_ns};

    return ppoll(&one, 1, &limit, NULL) == 0;
}

/* Calls first: only when none is left to be taken may one look whether all is quiet. */
static void loop_serve(struct hold *h)
{
    struct hold_thread *t;
    int64_t pause_ns = 0;

    while (!h->over) {
        t = notify_take(h);
        if (t) {
            calls_take(h, t);
            pause_ns = 0;
            h->still_looks = 0;
        } else if (!h->over && !turns_progress(h)) {
            pause_ns = loop_pause_ns(h, pause_ns);
            if (loop_sleep(h, pause_ns) && pause_ns == LOOP_STILL_LOOK_NS)
                loop_watch_stillness(h);
        }
    }
}

void loop_run(void *page, struct share *share)
{
    struct hold *h = calloc(1, sizeof *h);

    if (!h)
        return;
    h->page = page;
    h->full = -1;
    h->share = share;
    if (loop_begin(h)) {
        loop_serve(h);
        tree_kill(h);
    }
    free(h);
    atomic_store(&share->finished, true);
}
