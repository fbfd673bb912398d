#include "simulate/supervise/scan.h"

#include "simulate/supervise/tree.h"

#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What two looks compare: equal sums of times on a processor mean that none ran in between. */
struct scan_look {
    uint64_t runs;
    bool asleep;
    pid_t awake;
};

static int scan_open(const struct hold_thread *t, const char *file)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", t->process->pid, t->tid, file);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* The files stay open and are read again from their beginning: opening costs more than reading. */
static bool scan_read(int fd, char *text, size_t size)
{
    ssize_t n = fd < 0 ? -1 : pread(fd, text, size - 1, 0);

    text[n < 0 ? 0 : n] = '\0';
    return n > 0;
}

/* "running", or the number of the call that it sleeps in; -1 for a page that is being fetched.
 * Source: proc(5), /proc/pid/syscall.  False: it has ended. */
static bool scan_read_call(struct hold_thread *t, char *text, size_t size)
{
    if (t->call_fd < 0)
        t->call_fd = scan_open(t, "syscall");
    return scan_read(t->call_fd, text, size);
}

/* Cheaper than status, whose counts of context switches preload compares, by a factor of ten.
 * The third number of schedstat: how often it has got a processor. */
static bool scan_read_runs(struct hold_thread *t, uint64_t *runs)
{
    char text[96];
    const char *at;

    if (t->run_fd < 0)
        t->run_fd = scan_open(t, "schedstat");
    if (!scan_read(t->run_fd, text, sizeof text))
        return false;
    at = strrchr(text, ' ');
    *runs = at ? strtoull(at + 1, NULL, 10) : 0;
    return true;
}

static bool scan_is_asleep(const char *call)
{
    return isdigit((unsigned char)call[0]);
}

/* One that has ended is as good as asleep. */
static void scan_look_at(struct hold_thread *t, struct scan_look *l)
{
    char call[128];
    uint64_t runs = 0;

    if (!scan_read_call(t, call, sizeof call) || !scan_read_runs(t, &runs))
        return;
    l->runs += runs;
    if (!scan_is_asleep(call)) {
        l->asleep = false;
        l->awake = t->tid;
    }
}

/* Threads whose calls are held are left out: they sleep for certain, until we let them go on. */
static struct scan_look scan_look_around(struct hold *h)
{
    struct scan_look l = {.asleep = true};

    for (unsigned i = 0; i < h->thread_count; i++) {
        if (h->threads[i].tid != 0 && h->threads[i].state == HOLD_RUNS)
            scan_look_at(&h->threads[i], &l);
    }
    return l;
}

/* Who sleeps in a call that has not been taken yet looks as if it had no more to do. */
static bool scan_calls_wait(const struct hold *h)
{
    struct pollfd one = {.fd = h->listener, .events = POLLIN};

    return poll(&one, 1, 0) != 0;
}

/* Sound because whoever wakes another makes it runnable at once: "all asleep, and nobody ran in
 * between" cannot hide a wake-up that is under way.  Who has started another sleeps only when that
 * one exists: from then on he is looked at, too. */
bool scan_is_quiet(struct hold *h, pid_t *awake)
{
    struct scan_look first, second;

    *awake = 0;
    if (h->looked || !h->many)
        return h->looked || scan_look_around(h).asleep;
    first = scan_look_around(h);
    *awake = first.awake;
    if (!first.asleep)
        return false;
    if (tree_take_started(h))
        return false;
    second = scan_look_around(h);
    *awake = second.awake;
    if (!second.asleep || second.runs != first.runs || scan_calls_wait(h))
        return false;
    h->looked = true;
    return true;
}

bool scan_look_once(struct hold *h, uint64_t *runs)
{
    struct scan_look l = scan_look_around(h);

    *runs = l.runs;
    return l.asleep && !scan_calls_wait(h);
}

void scan_tell(struct hold *h, pid_t tid, char *text, size_t size)
{
    struct hold_thread *t = tree_thread(h, tid);
    char call[128];

    if (t && scan_read_call(t, call, sizeof call) && scan_is_asleep(call))
        snprintf(text, size, "is in system call %d", atoi(call));
    else
        snprintf(text, size, "computes");
}
