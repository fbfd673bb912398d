#include "simulate/supervise/scan.h"

#include "simulate/asleep.h"
#include "simulate/supervise/tree.h"

#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct scan_look {
    uint64_t runs; /* how long all have been on a processor, as far as it has been written down */
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

/* The first number of schedstat: nanoseconds on a processor, written down when it leaves one at the
 * latest. */
static bool scan_read_runs(struct hold_thread *t, uint64_t *runs)
{
    char text[96];

    if (t->run_fd < 0)
        t->run_fd = scan_open(t, "schedstat");
    if (!scan_read(t->run_fd, text, sizeof text))
        return false;
    *runs = strtoull(text, NULL, 10);
    return true;
}

/* One that has ended is as good as asleep. */
static void scan_look_at(struct hold_thread *t, struct scan_look *l)
{
    uint64_t runs = 0;
    char stat[512];

    if (t->stat_fd < 0)
        t->stat_fd = scan_open(t, "stat");
    if (!scan_read(t->stat_fd, stat, sizeof stat) || !scan_read_runs(t, &runs))
        return;
    l->runs += runs;
    if (!stat_says_asleep(stat)) {
        l->asleep = false;
        l->awake = t->tid;
    }
}

/* Those that are held sleep for certain, until we let them go on. */
static bool scan_is_asked(const struct hold_thread *t)
{
    return t->tid != 0 && t->state == HOLD_RUNS;
}

static uint64_t scan_sum_runs(struct hold *h)
{
    uint64_t sum = 0, runs;

    for (unsigned i = 0; i < h->thread_count; i++) {
        if (scan_is_asked(&h->threads[i]) && scan_read_runs(&h->threads[i], &runs))
            sum += runs;
    }
    return sum;
}

/* Ends at one that is awake. */
static struct scan_look scan_look_around(struct hold *h)
{
    struct scan_look l = {.asleep = true};

    for (unsigned i = 0; i < h->thread_count && l.asleep; i++) {
        if (scan_is_asked(&h->threads[i]))
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

/* Sound because whoever is awake between the two looks and asleep at the second has been on a
 * processor since the first: then his time is another, so that at one moment between them all
 * slept.  Who has started another sleeps only when that one exists: from then on he is looked at,
 * too. */
bool scan_is_quiet(struct hold *h, pid_t *awake)
{
    struct scan_look look;
    uint64_t before;

    *awake = 0;
    if (h->looked || !h->many)
        return h->looked || scan_look_around(h).asleep;
    before = scan_sum_runs(h);
    look = scan_look_around(h);
    *awake = look.awake;
    if (!look.asleep || look.runs != before || tree_take_started(h) || scan_calls_wait(h))
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

/* /proc/PID/syscall begins with the number of the call, or with "running" (proc(5)). */
void scan_tell(struct hold *h, pid_t tid, char *text, size_t size)
{
    const struct hold_thread *t = tree_thread(h, tid);
    int fd = t ? scan_open(t, "syscall") : -1;
    char call[128];

    if (scan_read(fd, call, sizeof call) && isdigit((unsigned char)call[0]))
        snprintf(text, size, "is in system call %d", atoi(call));
    else
        snprintf(text, size, "computes");
    if (fd >= 0)
        close(fd);
}
