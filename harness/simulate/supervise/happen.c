#include "simulate/supervise/happen.h"

#include "base/clock.h"
#include "edgewise/server.h"
#include "simulate/supervise/notify.h"
#include "simulate/supervise/timers.h"
#include "target/platform.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Loopback delivers at once, but for when the kernel puts that off. */
#define HAPPEN_SHOWN_MS 1000

bool happen_begin(struct hold *h)
{
    const struct sim_beside *b = &h->page->beside;

    h->beside_fd = h->beside_end = h->beside_last = -1;
    if (b->fd >= 0)
        h->beside_fd = platform_borrow(h->share->pid, b->fd);
    if (b->end >= 0)
        h->beside_end = platform_borrow(h->share->pid, b->end);
    return (b->fd < 0 || h->beside_fd >= 0) && (b->end < 0 || h->beside_end >= 0);
}

/* ---- descriptors ---- */

/* The listener was opened outside the target's network and stays there (network_namespaces(7)), as
 * this process does.  A connection is closed with the next: the target has long accepted it. */
static int happen_connect(struct hold *h)
{
    union address to;
    socklen_t length = sizeof to;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (h->beside_last >= 0)
        close(h->beside_last);
    h->beside_last = fd;
    return fd < 0 || getsockname(h->beside_fd, &to.any, &length) < 0 ? -1
                                                                     : connect(fd, &to.any, length);
}

/* What was there is taken off by the target alone, so that what poll() sees here it would see. */
static void happen_make_readable(struct hold *h)
{
    struct pollfd shown = {.fd = h->beside_fd, .events = POLLIN};
    int done = h->beside_end >= 0 ? (int)write(h->beside_end, "!", 1) - 1 : happen_connect(h);

    if (done < 0)
        hold_give_up(h, "what it waits for beside datagrams cannot be made readable: %s",
                     strerror(errno));
    else if (poll(&shown, 1, HAPPEN_SHOWN_MS) != 1)
        hold_give_up(h, "the kernel does not show what it waits for beside datagrams");
}

/* ---- a signal ---- */

/* Who has received or, where all is quiet, who is held: it is the process that preload would be
 * in. */
static struct hold_process *happen_process(struct hold *h)
{
    if (h->receiver)
        return h->receiver->process;
    for (unsigned i = 0; i < h->thread_count; i++) {
        if (h->threads[i].tid != 0 && h->threads[i].state != HOLD_RUNS)
            return h->threads[i].process;
    }
    return NULL;
}

static struct hold_thread *happen_leader(struct hold *h, const struct hold_process *p)
{
    for (unsigned i = 0; i < h->thread_count; i++) {
        if (h->threads[i].tid == p->pid)
            return &h->threads[i];
    }
    return NULL;
}

/* Signals that are pending for the process, and which of all its first thread blocks.  Source:
 * proc(5), masks of /proc/PID/status. */
static void happen_read_masks(pid_t pid, uint64_t *pending, uint64_t *blocked)
{
    char path[32], line[128];
    FILE *file;

    *pending = *blocked = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        sscanf(line, "ShdPnd: %" SCNx64, pending);
        sscanf(line, "SigBlk: %" SCNx64, blocked);
    }
    if (file)
        fclose(file);
}

static uint64_t happen_mask(const struct hold *h)
{
    return UINT64_C(1) << (h->page->beside.number - 1);
}

static bool happen_would_interrupt(const struct hold *h, pid_t pid)
{
    uint64_t pending, blocked;

    happen_read_masks(pid, &pending, &blocked);
    return (pending & ~blocked & happen_mask(h)) != 0;
}

bool happen_ends_wait(const struct hold *h, const struct hold_thread *t, uint64_t mask)
{
    uint64_t pending, blocked;

    if (h->page->beside.kind != EW_CAN_SIGNAL || t->tid != t->process->pid)
        return false;
    happen_read_masks(t->process->pid, &pending, &blocked);
    return (pending & ~mask & happen_mask(h)) != 0;
}

/* The kernel gives it to the first thread unless that one blocks it (signal(7)).  The handler runs
 * at the end of the receive that is about to be made, or of a call that runs; where one is held,
 * which no signal ends (filter.c), it runs first, and the call is made as if it had come after
 * that: what the handler writes to the loop is seen by the wait, as under preload. */
static void happen_raise(struct hold *h)
{
    struct hold_process *p = happen_process(h);
    struct hold_thread *leader = p ? happen_leader(h, p) : NULL;
    int number = h->page->beside.number;

    if (!p || kill(p->pid, number) < 0)
        hold_give_up(h, "signal %d cannot be sent to it: %s", number, strerror(errno));
    else if (leader && leader != h->receiver && leader->state != HOLD_RUNS &&
             happen_would_interrupt(h, p->pid))
        notify_make_again(h, leader);
}

/* ---- a timer ---- */

/* It is due twice over: loops round up and remember the time.  Of several threads one may be in a
 * wait that lasts until then. */
static void happen_pass(struct hold *h, int64_t ns)
{
    h->jumped = true;
    h->passed_ns += 2 * ns;
    for (unsigned i = 0; i < h->thread_count; i++) {
        struct hold_thread *t = &h->threads[i];

        t->expired |= t->tid != 0 && t->limited && t->due_ns <= h->passed_ns;
    }
    timers_expire(h);
}

/* ---- all ---- */

void happen_now(struct hold *h)
{
    const struct sim_beside *b = &h->page->beside;

    if (b->fd >= 0)
        happen_make_readable(h);
    else if (b->kind == EW_CAN_SIGNAL)
        happen_raise(h);
    else
        happen_pass(h, NS_PER_MS * b->number);
}
