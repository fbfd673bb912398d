#include "simulate/supervise/tree.h"

#include "simulate/supervise/borrow.h"
#include "simulate/supervise/sockets.h"
#include "target/platform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- processes ---- */

static struct hold_process *tree_find_process(struct hold *h, pid_t pid)
{
    for (unsigned i = 0; i < HOLD_PROCESSES; i++) {
        if (h->processes[i].pid == pid)
            return &h->processes[i];
    }
    return NULL;
}

static struct hold_process *tree_add_process(struct hold *h, pid_t pid,
                                             const struct hold_process *parent)
{
    struct hold_process *p = tree_find_process(h, 0);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

    if (!p || pidfd < 0) {
        if (pidfd >= 0)
            close(pidfd);
        if (!p)
            hold_give_up(h, "more than %d processes", HOLD_PROCESSES);
        return NULL;
    }
    *p = (struct hold_process){
        .pid = pid, .pidfd = pidfd, .meaning = calloc(HOLD_FDS, sizeof *p->meaning)};
    if (!p->meaning)
        hold_give_up(h, "no memory");
    else if (parent)
        sockets_inherit(h, parent, p);
    return p;
}

/* Also when it has ended while its send was expected: nobody would come back to finish it. */
static void tree_forget_thread(struct hold *h, struct hold_thread *t)
{
    borrow_drop(t);
    if (t->stat_fd >= 0)
        close(t->stat_fd);
    if (t->run_fd >= 0)
        close(t->run_fd);
    if (h->sender == t)
        h->sender = NULL;
    *t = (struct hold_thread){0};
}

static void tree_forget_process(struct hold *h, struct hold_process *p)
{
    for (unsigned i = 0; i < h->thread_count; i++) {
        if (h->threads[i].tid != 0 && h->threads[i].process == p)
            tree_forget_thread(h, &h->threads[i]);
    }
    sockets_forget_all(h, p);
    close(p->pidfd);
    free(p->meaning);
    *p = (struct hold_process){0};
}

/* ---- threads ---- */

static struct hold_thread *tree_find_thread(struct hold *h, pid_t tid)
{
    for (unsigned i = 0; i < h->thread_count; i++) {
        if (h->threads[i].tid == tid)
            return &h->threads[i];
    }
    return NULL;
}

static struct hold_thread *tree_add_thread(struct hold *h, struct hold_process *p, pid_t tid)
{
    struct hold_thread *t = tree_find_thread(h, 0);

    if (!t && h->thread_count < HOLD_THREADS)
        t = &h->threads[h->thread_count++];
    if (!t) {
        hold_give_up(h, "more than %d threads", HOLD_THREADS);
        return NULL;
    }
    *t = (struct hold_thread){.tid = tid, .process = p, .stat_fd = -1, .run_fd = -1, .passes = -1};
    return t;
}

/* A notification names the thread alone. */
static pid_t tree_process_of(pid_t tid)
{
    char path[64], line[128];
    pid_t pid = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", tid);
    file = fopen(path, "re");
    while (file && pid == 0 && fgets(line, sizeof line, file))
        sscanf(line, "Tgid: %d", &pid);
    if (file)
        fclose(file);
    return pid;
}

struct hold_thread *tree_thread(struct hold *h, pid_t tid)
{
    struct hold_thread *t = tree_find_thread(h, tid);
    struct hold_process *p;
    pid_t pid;

    if (t)
        return t;
    pid = tree_process_of(tid);
    p = pid > 0 ? tree_find_process(h, pid) : NULL;
    if (!p && pid > 0) {
        /* A child that came first: its parent has told that it forks. */
        tree_refresh(h);
        p = tree_find_process(h, pid);
        if (!p)
            p = tree_add_process(h, pid, NULL);
    }
    t = tree_find_thread(h, tid);
    return t ? t : p ? tree_add_thread(h, p, tid) : NULL;
}

/* ---- looking again ---- */

/* A child exists before its parent's fork() returns, and may call first: whoever comes unknown is
 * looked for here. */
static void tree_add_children(struct hold *h, struct hold_process *p, pid_t tid)
{
    char path[64], text[1024];
    char *at = text, *end;
    size_t n;
    FILE *file;
    pid_t pid;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", p->pid, tid);
    file = fopen(path, "re");
    if (!file)
        return;
    n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    while ((pid = (pid_t)strtol(at, &end, 10)) > 0 && end != at) {
        if (!tree_find_process(h, pid))
            tree_add_process(h, pid, p);
        at = end;
    }
}

static void tree_list_thread(struct hold *h, struct hold_process *p, pid_t tid)
{
    struct hold_thread *t = tree_find_thread(h, tid);

    if (!t)
        t = tree_add_thread(h, p, tid);
    if (t)
        t->listed = true;
    tree_add_children(h, p, tid);
}

/* A server may have a thread for each datagram: their entries are free for others again. */
static void tree_forget_unlisted(struct hold *h, const struct hold_process *p)
{
    for (unsigned i = 0; i < h->thread_count; i++) {
        if (h->threads[i].tid != 0 && h->threads[i].process == p && !h->threads[i].listed)
            tree_forget_thread(h, &h->threads[i]);
    }
}

static void tree_unlist(struct hold *h, const struct hold_process *p)
{
    for (unsigned i = 0; i < h->thread_count; i++) {
        if (h->threads[i].process == p)
            h->threads[i].listed = false;
    }
}

static bool tree_refresh_process(struct hold *h, struct hold_process *p)
{
    char path[32];
    struct dirent *entry;
    bool alive = false;
    DIR *threads;

    tree_unlist(h, p);
    snprintf(path, sizeof path, "/proc/%d/task", p->pid);
    threads = opendir(path);
    while (threads && (entry = readdir(threads)) != NULL) {
        pid_t tid = (pid_t)atoi(entry->d_name);

        if (tid == 0)
            continue;
        alive = true;
        tree_list_thread(h, p, tid);
    }
    if (threads)
        closedir(threads);
    if (alive)
        tree_forget_unlisted(h, p);
    return alive;
}

void tree_refresh(struct hold *h)
{
    for (unsigned i = 0; i < HOLD_PROCESSES; i++) {
        struct hold_process *p = &h->processes[i];

        if (p->pid != 0 && !tree_refresh_process(h, p))
            tree_forget_process(h, p);
    }
}

bool tree_take_started(struct hold *h)
{
    bool any = false;

    for (unsigned i = 0; i < h->thread_count; i++) {
        any |= h->threads[i].starts;
        h->threads[i].starts = false;
    }
    if (any)
        tree_refresh(h);
    return any;
}

void tree_pin(struct hold *h)
{
    struct platform_place before;
    cpu_set_t own;

    if (platform_stay(&before) < 0 || sched_getaffinity(0, sizeof own, &own) < 0)
        return;
    tree_refresh(h);
    for (unsigned i = 0; i < h->thread_count; i++) {
        if (h->threads[i].tid != 0)
            sched_setaffinity(h->threads[i].tid, sizeof own, &own);
    }
}

/* By pidfd: a number may have become another process's, a pidfd never does (pidfd_open(2)). */
void tree_kill(const struct hold *h)
{
    for (unsigned i = 0; i < HOLD_PROCESSES; i++) {
        if (h->processes[i].pid != 0)
            syscall(SYS_pidfd_send_signal, h->processes[i].pidfd, SIGKILL, NULL, 0);
    }
}
