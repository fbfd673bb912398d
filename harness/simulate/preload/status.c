#include "simulate/preload/status.h"

#include "simulate/asleep.h"
#include "simulate/page.h"
#include "simulate/preload/real.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* As many as runtimes have, and few beside a usual limit of 1024 descriptors; further threads' are
 * opened each time. */
#define KEPT_MAX 64

/* Its state; and, as the third number, how often it has got a processor.  Both are had for half of
 * what status costs. */
enum { STAT, RUNS, FILES };
static const char *const names[FILES] = {"stat", "schedstat"};

/* A preloaded library has nothing but file scope to keep it in. */
static struct {
    struct kept {
        pid_t thread; /* 0: free */
        struct {
            int fd;
            dev_t device;
            ino_t inode;
        } files[FILES];
        bool seen; /* since the last look at all */
    } kept[KEPT_MAX];
} status;

/* open() is a hook as well, which only notes random devices; read() and close() would count as
 * calls of the target. */
static int open_to_read(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC);
}

static bool read_text(int fd, char *text, size_t size)
{
    ssize_t n = fd < 0 ? -1 : pread(fd, text, size - 1, 0);

    text[n < 0 ? 0 : n] = '\0';
    return n > 0;
}

static bool read_and_close(int fd, char *text, size_t size)
{
    bool found = read_text(fd, text, size);

    if (fd >= 0)
        real()->close(fd);
    return found;
}

bool status_read_once(const char *path, char *text, size_t size)
{
    return read_and_close(open_to_read(path), text, size);
}

static int open_of(pid_t process, pid_t thread, int file)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", process, thread, names[file]);
    return open_to_read(path);
}

/* ---- files that stay open ---- */

/* A free entry where the thread has none; NULL: there is no room. */
static struct kept *status_find(pid_t thread)
{
    struct kept *free_one = NULL;

    for (struct kept *k = status.kept; k < status.kept + KEPT_MAX; k++) {
        if (k->thread == thread)
            return k;
        if (k->thread == 0 && !free_one)
            free_one = k;
    }
    return free_one;
}

/* The target may have closed the descriptor past our hooks, and its number may be any file by now,
 * which is not ours to close. */
static bool is_still_ours(const struct kept *k, int file)
{
    struct stat now;

    return fstat(k->files[file].fd, &now) == 0 && now.st_dev == k->files[file].device &&
           now.st_ino == k->files[file].inode;
}

static void forget(struct kept *k)
{
    for (int i = 0; i < FILES; i++) {
        if (is_still_ours(k, i))
            real()->close(k->files[i].fd);
    }
    k->thread = 0;
}

/* False: it has ended, or descriptors so high are not to be had. */
static bool keep(struct kept *k, pid_t process, pid_t thread)
{
    bool all = true;

    *k = (struct kept){.thread = thread, .seen = true};
    for (int i = 0; i < FILES; i++) {
        struct stat file = {0};

        k->files[i].fd = real_raise(open_of(process, thread, i));
        all &= fstat(k->files[i].fd, &file) == 0;
        k->files[i].device = file.st_dev;
        k->files[i].inode = file.st_ino;
    }
    if (!all)
        forget(k);
    return all;
}

/* Not seen is also the one that looks. */
void status_end_look(void)
{
    char byte;

    for (struct kept *k = status.kept; k < status.kept + KEPT_MAX; k++) {
        if (k->thread != 0 && !k->seen && pread(k->files[STAT].fd, &byte, 1, 0) < 0 &&
            errno == ESRCH)
            forget(k);
        k->seen = false;
    }
}

/* ---- a look ---- */

static bool read_both(pid_t process, pid_t thread, char *stat, size_t size, char *runs,
                      size_t runs_size)
{
    struct kept *k = status_find(thread);

    if (k && k->thread != 0 && !(is_still_ours(k, STAT) && is_still_ours(k, RUNS)))
        forget(k);
    if (k && (k->thread != 0 || keep(k, process, thread))) {
        k->seen = true;
        return read_text(k->files[STAT].fd, stat, size) &&
               read_text(k->files[RUNS].fd, runs, runs_size);
    }
    return read_and_close(open_of(process, thread, STAT), stat, size) &&
           read_and_close(open_of(process, thread, RUNS), runs, runs_size);
}

bool status_look(pid_t process, pid_t thread, struct status *s)
{
    char stat[512], runs[96];
    const char *last;

    if (!read_both(process, thread, stat, sizeof stat, runs, sizeof runs) ||
        !(last = strrchr(runs, ' ')))
        return false;
    s->asleep = stat_says_asleep(stat);
    s->runs = strtoull(last + 1, NULL, 10);
    return true;
}
