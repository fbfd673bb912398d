#include "simulate/preload/quiet.h"

#include "simulate/preload/network.h"
#include "simulate/preload/real.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

pid_t quiet_own_thread(void)
{
    return (pid_t)real()->syscall(SYS_gettid);
}

/* What two looks by the same thread compare: equal sums of context switches of all others mean that
 * none ran in between. */
struct look {
    pid_t self;
    unsigned others;
    uint64_t switches;
    bool asleep;
    pid_t awake; /* one that is not asleep */
};

static bool read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : real()->read(fd, text, size - 1);

    if (fd >= 0)
        real()->close(fd);
    text[n < 0 ? 0 : n] = '\0';
    return n > 0;
}

static uint64_t number_after(const char *text, const char *word)
{
    const char *found = strstr(text, word);

    return found ? strtoull(found + strlen(word), NULL, 10) : 0;
}

/* A thread that has just ended is gone, which is as good as asleep. */
static void look_at_thread(struct look *l, pid_t pid, const char *tid)
{
    char path[64], status[2048];
    const char *state;

    snprintf(path, sizeof path, "/proc/%d/task/%.12s/status", pid, tid);
    if (!read_text(path, status, sizeof status) || !(state = strstr(status, "\nState:\t")))
        return;
    l->others++;
    l->switches += number_after(status, "\nvoluntary_ctxt_switches:\t") +
                   number_after(status, "nonvoluntary_ctxt_switches:\t");
    if (!strchr("SZXtT", state[8])) {
        l->asleep = false;
        l->awake = atoi(tid);
    }
}

static void look_at_process(struct look *l, atomic_int *slot, pid_t self)
{
    pid_t pid = *slot;
    char path[32];
    struct dirent *entry;
    DIR *threads;

    snprintf(path, sizeof path, "/proc/%d/task", pid);
    threads = opendir(path);
    if (!threads && errno == ENOENT) /* it has ended: its place is another's */
        atomic_compare_exchange_strong(slot, &pid, 0);
    while (threads && (entry = readdir(threads)) != NULL) {
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != self)
            look_at_thread(l, pid, entry->d_name);
    }
    if (threads)
        closedir(threads);
}

static struct look look_around(pid_t self)
{
    struct sim_page *page = net_page();
    struct look l = {.self = self, .asleep = page->napping == 0 && page->forking == 0};

    for (unsigned i = 0; i < SIM_PROCESSES_MAX; i++) {
        if (page->processes[i] != 0)
            look_at_process(&l, &page->processes[i], self);
    }
    return l;
}

static bool is_same(const struct look *a, const struct look *b)
{
    return a->self == b->self && a->others == b->others && a->switches == b->switches;
}

/* Sound because whoever wakes another makes it runnable at once: "all asleep, and nobody ran in
 * between" cannot hide a wake-up that is under way.  Who looks is elected, so that the last look
 * has one user. */
bool quiet_now(pid_t *awake)
{
    static struct look last;
    struct look first = look_around(quiet_own_thread()), second;
    bool unchanged = is_same(&first, &last);

    *awake = first.awake;
    if (!first.asleep)
        return false;
    last = first;
    if (first.others == 0 || unchanged)
        return true;
    second = look_around(first.self);
    *awake = second.awake;
    return second.asleep && is_same(&first, &second);
}

void quiet_tell(pid_t thread, char *text, size_t size)
{
    char path[64], call[256];

    snprintf(path, sizeof path, "/proc/%d/syscall", thread);
    if (read_text(path, call, sizeof call) && call[0] >= '0' && call[0] <= '9')
        snprintf(text, size, "is in system call %d", atoi(call));
    else
        snprintf(text, size, "computes");
}

bool quiet_alone(void)
{
    return look_around(quiet_own_thread()).others == 0;
}
