#include "simulate/preload/status.h"

#include "simulate/page.h"
#include "simulate/preload/real.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* As many as runtimes have, and few beside a usual limit of 1024 descriptors; further threads' are
 * opened each time. */
#define KEPT_MAX 64

/* A preloaded library has nothing but file scope to keep it in. */
static struct {
    struct kept {
        pid_t thread; /* 0: free */
        int fd;
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

bool status_read_once(const char *path, char *text, size_t size)
{
    int fd = open_to_read(path);
    bool found = read_text(fd, text, size);

    if (fd >= 0)
        real()->close(fd);
    return found;
}

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
static bool read_kept(const struct kept *k, char *text, size_t size)
{
    char line[32];

    snprintf(line, sizeof line, "\nPid:\t%d\n", k->thread);
    return read_text(k->fd, text, size) && strstr(text, line);
}

/* Only of a thread that has ended can nothing be read (ESRCH): whatever says so is ours. */
static void close_if_ended(struct kept *k)
{
    char byte;

    if (pread(k->fd, &byte, 1, 0) < 0 && errno == ESRCH) {
        real()->close(k->fd);
        k->thread = 0;
    }
}

/* Where there is no room, or no descriptor so high, it is opened again next time. */
static void keep(struct kept *k, pid_t thread, int fd)
{
    int high = k ? real()->fcntl(fd, F_DUPFD_CLOEXEC, SIM_FD_FIRST) : -1;

    if (high >= 0)
        *k = (struct kept){.thread = thread, .fd = high, .seen = true};
}

bool status_read(pid_t process, pid_t thread, char *text, size_t size)
{
    struct kept *k = status_find(thread);
    char path[64];
    bool found;
    int fd;

    if (k && k->thread != 0) {
        k->seen = true;
        if (read_kept(k, text, size))
            return true;
        close_if_ended(k);
        k->thread = 0;
    }
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", process, thread);
    fd = open_to_read(path);
    found = read_text(fd, text, size);
    if (found)
        keep(k, thread, fd);
    if (fd >= 0)
        real()->close(fd);
    return found;
}

/* Not seen is also the one that looks. */
void status_end_look(void)
{
    for (struct kept *k = status.kept; k < status.kept + KEPT_MAX; k++) {
        if (k->thread != 0 && !k->seen)
            close_if_ended(k);
        k->seen = false;
    }
}
