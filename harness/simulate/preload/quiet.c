#include "simulate/preload/quiet.h"

#include "simulate/preload/network.h"
#include "simulate/preload/real.h"
#include "simulate/preload/status.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* Not gettid(3), which glibc has since 2.30 only. */
pid_t quiet_own_thread(void)
{
    return (pid_t)real()->syscall(SYS_gettid);
}

/* What two looks by the same thread compare: equal sums of how often all others have run mean that
 * none ran in between. */
struct look {
    pid_t self;
    unsigned others;
    uint64_t runs;
    bool asleep;
    pid_t awake; /* one that is not asleep */
};

/* A thread that has just ended is gone, which is as good as asleep. */
static void look_at_thread(struct look *l, pid_t pid, pid_t thread)
{
    struct status status;

    if (!status_look(pid, thread, &status))
        return;
    l->others++;
    l->runs += status.runs;
    if (!status.asleep) {
        l->asleep = false;
        l->awake = thread;
    }
}

static void count_thread(struct look *l, pid_t pid, pid_t thread)
{
    (void)pid, (void)thread;
    l->others++;
}

typedef void look_at(struct look *l, pid_t pid, pid_t thread);

static void look_at_process(struct look *l, atomic_int *slot, look_at *look)
{
    pid_t pid = *slot, thread;
    char path[32];
    struct dirent *entry;
    DIR *threads;

    snprintf(path, sizeof path, "/proc/%d/task", pid);
    threads = opendir(path);
    if (!threads && errno == ENOENT) /* it has ended: its place is another's */
        atomic_compare_exchange_strong(slot, &pid, 0);
    while (threads && l->awake == 0 && (entry = readdir(threads)) != NULL) {
        thread = atoi(entry->d_name); /* 0: a dot */
        if (thread != 0 && thread != l->self)
            look(l, pid, thread);
    }
    if (threads)
        closedir(threads);
}

/* A short sleep looks like any other in /proc: without the count of those, 998 of 1,000 rounds with
 * a worker in usleep() were judged too early. */
static struct look look_around(pid_t self, look_at *look)
{
    struct sim_page *page = net_page();
    struct look l = {.self = self, .asleep = page->napping == 0 && page->forking == 0};

    /* One that is awake is enough to know. */
    for (unsigned i = 0; i < SIM_PROCESSES_MAX && l.awake == 0; i++) {
        if (page->processes[i] != 0)
            look_at_process(&l, &page->processes[i], look);
    }
    return l;
}

static bool is_same(const struct look *a, const struct look *b)
{
    return a->self == b->self && a->others == b->others && a->runs == b->runs;
}

/* Sound because whoever wakes another makes it runnable at once: "all asleep, and nobody ran in
 * between" cannot hide a wake-up that is under way.  Who looks is elected, so that the last look
 * has one user. */
bool quiet_now(pid_t *awake)
{
    static struct look last;
    struct look first = look_around(quiet_own_thread(), look_at_thread), second;
    bool unchanged = is_same(&first, &last);

    *awake = first.awake;
    if (!first.asleep)
        return false;
    status_end_look();
    last = first;
    if (first.others == 0 || unchanged)
        return true;
    second = look_around(first.self, look_at_thread);
    *awake = second.awake;
    return second.asleep && is_same(&first, &second);
}

/* /proc/PID/syscall begins with the number of the call, or with "running" (proc(5)).  A number, not
 * a name: those differ from machine to machine, and no table of them is worth keeping for this
 * line. */
void quiet_tell(pid_t thread, char *text, size_t size)
{
    char path[64], call[256];

    snprintf(path, sizeof path, "/proc/%d/syscall", thread);
    if (status_read_once(path, call, sizeof call) && call[0] >= '0' && call[0] <= '9')
        snprintf(text, size, "is in system call %d", atoi(call));
    else
        snprintf(text, size, "computes");
}

/* Not elected, so that it must keep off the open files. */
bool quiet_alone(void)
{
    return look_around(quiet_own_thread(), count_thread).others == 0;
}
