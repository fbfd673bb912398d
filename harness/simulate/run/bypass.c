#include "simulate/run/bypass.h"

#include "simulate/run/runtime.h"
#include "target/platform.h"

#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* Looks at which a thread must be found in the same wait, some hundred milliseconds in all: the
 * library's own end after two. */
#define BYPASS_LOOKS 6
#define BYPASS_POLLED_MOST 1024

enum bypass_watches { BYPASS_ONE, BYPASS_EPOLL, BYPASS_LIST, BYPASS_SETS };

static const struct bypass_wait {
    long number;
    const char *name;
    enum bypass_watches watches;
} waits[] = {
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait", BYPASS_EPOLL},
    {SYS_poll, "poll", BYPASS_LIST},
    {SYS_select, "select", BYPASS_SETS},
#endif
    {SYS_epoll_pwait, "epoll_pwait", BYPASS_EPOLL},
    {SYS_epoll_pwait2, "epoll_pwait2", BYPASS_EPOLL},
    {SYS_ppoll, "ppoll", BYPASS_LIST},
    {SYS_pselect6, "pselect", BYPASS_SETS},
    {SYS_recvfrom, "recvfrom", BYPASS_ONE},
    {SYS_recvmsg, "recvmsg", BYPASS_ONE},
    {SYS_recvmmsg, "recvmmsg", BYPASS_ONE},
};

/* The wait that a thread sleeps in, and its first two arguments; NULL: it is in none.  Source:
 * proc(5), /proc/pid/syscall, which says "running" of one that is not in a call. */
static const struct bypass_wait *bypass_wait_of(pid_t pid, pid_t tid, unsigned long long *arguments)
{
    char path[64], text[128] = "";
    FILE *file;
    long number;

    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
    file = fopen(path, "re");
    if (!file)
        return NULL;
    if (!fgets(text, sizeof text, file) ||
        sscanf(text, "%ld %llx %llx", &number, &arguments[0], &arguments[1]) != 3)
        number = -1;
    fclose(file);
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        if (waits[i].number == number)
            return &waits[i];
    }
    return NULL;
}

/* ---- whether it is one for datagrams ---- */

/* A descriptor that the library has put in a socket's place. */
static bool bypass_is_socket(const struct sim_page *page, pid_t pid, int fd)
{
    for (unsigned i = 0; i < page->socket_count; i++) {
        const struct sim_socket *s = &page->sockets[i];

        if (s->references > 0 && s->bound && s->owner == pid && s->near == fd)
            return true;
    }
    return false;
}

/* A line "tfd: N" for each descriptor that is watched (proc(5), /proc/pid/fdinfo). */
static bool bypass_watches(const struct sim_page *page, pid_t pid, int epoll)
{
    char path[64], line[256];
    bool found = false;
    FILE *file;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", pid, epoll);
    file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, "tfd: %d", &fd) == 1 && bypass_is_socket(page, pid, fd);
    if (file)
        fclose(file);
    return found;
}

static bool bypass_lists(const struct sim_page *page, pid_t pid, const unsigned long long *list)
{
    struct pollfd fds[BYPASS_POLLED_MOST];
    size_t count = list[1] < BYPASS_POLLED_MOST ? list[1] : BYPASS_POLLED_MOST;
    struct iovec own = {fds, count * sizeof *fds};
    struct iovec other = {(void *)(uintptr_t)list[0], own.iov_len};
    bool found = false;

    if (process_vm_readv(pid, &own, 1, &other, 1, 0) != (ssize_t)own.iov_len)
        return false;
    for (size_t i = 0; i < count && !found; i++)
        found = bypass_is_socket(page, pid, fds[i].fd);
    return found;
}

/* Of a select nothing is told here: who makes it past libc is found when all of it is still. */
static bool bypass_is_for_datagrams(const struct sim_page *page, pid_t pid,
                                    const struct bypass_wait *wait,
                                    const unsigned long long *arguments)
{
    switch (wait->watches) {
    case BYPASS_ONE: return bypass_is_socket(page, pid, (int)arguments[0]);
    case BYPASS_EPOLL: return bypass_watches(page, pid, (int)arguments[0]);
    case BYPASS_LIST: return bypass_lists(page, pid, arguments);
    case BYPASS_SETS: break;
    }
    return false;
}

/* ---- threads ---- */

/* The third number of schedstat (proc(5)). */
static uint64_t bypass_runs(pid_t pid, pid_t tid)
{
    char path[64], text[96] = "";
    unsigned long long runs = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", pid, tid);
    file = fopen(path, "re");
    if (file && fgets(text, sizeof text, file))
        sscanf(text, "%*s %*s %llu", &runs);
    if (file)
        fclose(file);
    return runs;
}

/* The first of its threads that waits; with `page`, for datagrams. */
static const struct bypass_wait *bypass_waiting(pid_t pid, const struct sim_page *page, pid_t *tid)
{
    const struct bypass_wait *found = NULL;
    unsigned long long arguments[2] = {0};
    struct dirent *entry;
    char folder[32];
    DIR *dir;

    snprintf(folder, sizeof folder, "/proc/%d/task", pid);
    dir = opendir(folder);
    while (dir && !found && (entry = readdir(dir)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        *tid = atoi(entry->d_name);
        found = bypass_wait_of(pid, *tid, arguments);
        if (found && page && !bypass_is_for_datagrams(page, pid, found, arguments))
            found = NULL;
    }
    if (dir)
        closedir(dir);
    return found;
}

bool bypass_waits_in(pid_t pid, char *name, size_t size)
{
    pid_t tid;
    const struct bypass_wait *found = bypass_waiting(pid, NULL, &tid);

    snprintf(name, size, "%s", found ? found->name : "");
    return found != NULL;
}

/* Who has the first of the sockets. */
static pid_t bypass_owner(const struct sim_page *page)
{
    for (unsigned i = 0; i < page->socket_count; i++) {
        if (page->sockets[i].references > 0 && page->sockets[i].bound)
            return page->sockets[i].owner;
    }
    return 0;
}

/* It has bound all ports, and a thread of it sleeps for datagrams and has not run for some looks,
 * while the library knows of no wait: the kernel's own would not end by a datagram.  Other threads
 * may wake now and then. */
static bool bypass_waits_by_itself(const struct simulation *s, struct bypass *b, char *text,
                                   size_t size)
{
    pid_t pid = s->page->engine.bound ? bypass_owner(s->page) : 0, tid = 0;
    const struct bypass_wait *wait = pid ? bypass_waiting(pid, s->page, &tid) : NULL;
    uint64_t runs = wait ? bypass_runs(pid, tid) : 0;

    if (!wait || b->tid != tid || b->runs != runs)
        *b = (struct bypass){.tid = tid, .runs = runs};
    if (!wait || ++b->looks < BYPASS_LOOKS)
        return false;
    snprintf(text, size, "not interposable: it waits by a system call that goes past libc (%s)",
             wait->name);
    return true;
}

/* ---- all ---- */

/* A UDP socket of the target that the kernel knows is one that the library never saw. */
static bool bypass_has_real_socket(const struct simulation *s)
{
    struct platform_socket *all = NULL;
    int n = platform_sockets(s->run->supervisor, false, &all);
    bool real = false;

    for (int i = 0; i < n; i++)
        real |= all[i].pid != 0 && address_port(&all[i].local) == s->port;
    free(all);
    return real;
}

bool bypass_look(const struct simulation *s, struct bypass *b, char *text, size_t size)
{
    const char *how = NULL;

    if (s->page->state == SIM_RUNNING || s->page->state >= SIM_OVER)
        return false;
    if (runtime_uses_io_uring(s->run->pid))
        how = "it uses io_uring, which no library sees";
    else if (bypass_has_real_socket(s))
        how = s->page->state == SIM_EMPTY ? "the library was not loaded (static or privileged)"
                                          : "its sockets bypass libc (static, or as Go does)";
    if (!how)
        return bypass_waits_by_itself(s, b, text, size);
    snprintf(text, size, "not interposable: %s", how);
    return true;
}
