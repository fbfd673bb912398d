/* Linux: who descends from whom (proc(5)). */
#include "target/platform.h"
#include "target/platform_linux.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room for the numbers of all children of a process; of more, some are not seen. */
#define CHILDREN_SIZE 8192
/* A process whose children change at every look is taken as it was seen last. */
#define LOOKS_MOST 10

/* What follows the name of a process, which stands in parentheses and may itself hold some: it
 * begins after the last one.  Empty: it is gone. */
static const char *after_name(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    const char *after;
    size_t n = 0;

    if (file) {
        n = fread(text, 1, size - 1, file);
        fclose(file);
    }
    text[n] = '\0';
    after = strrchr(text, ')');
    return after ? after : "";
}

bool platform_linux_stat(const char *path, char *state, pid_t *parent)
{
    char text[512];
    long ppid = -1;

    if (sscanf(after_name(path, text, sizeof text), ") %c %ld", state, &ppid) != 2)
        return false;
    *parent = (pid_t)ppid;
    return true;
}

int64_t platform_linux_children_faults(const char *path)
{
    char text[512];
    long long faults;

    if (sscanf(after_name(path, text, sizeof text), ") %*c %*d %*d %*d %*d %*d %*u %*u %lld",
               &faults) != 1)
        return 0;
    return faults;
}

/* ---- where the kernel lists children ---- */

static size_t append_children(const char *pid, const char *thread, char *text, size_t size)
{
    char path[64];
    size_t length = 0;
    ssize_t n = 1;
    int fd;

    snprintf(path, sizeof path, "/proc/%s/task/%.12s/children", pid, thread);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && length < size && (n = read(fd, text + length, size - length)) > 0)
        length += (size_t)n;
    if (fd >= 0)
        close(fd);
    return length;
}

/* Of all its threads, as text: a child belongs to the thread that made it. */
static void read_children(pid_t pid, char *text)
{
    char path[32], number[16];
    struct dirent *entry;
    size_t length = 0;
    DIR *threads;

    snprintf(number, sizeof number, "%ld", (long)pid);
    snprintf(path, sizeof path, "/proc/%s/task", number);
    threads = opendir(path);
    while (threads && (entry = readdir(threads)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0]))
            length += append_children(number, entry->d_name, text + length,
                                      CHILDREN_SIZE - 1 - length);
    }
    if (threads)
        closedir(threads);
    text[length] = '\0';
}

/* The kernel skips a child when one before it ends during the reading (proc(5)).  That one stands
 * in what was read then, and in no later reading: two that are equal skipped nobody. */
static void read_steady_children(pid_t pid, char *text)
{
    char again[CHILDREN_SIZE];

    read_children(pid, text);
    for (int look = 1; look < LOOKS_MOST; look++) {
        read_children(pid, again);
        if (strcmp(text, again) == 0)
            return;
        memcpy(text, again, sizeof again);
    }
}

static int descend(pid_t root, pid_t *pids, int room)
{
    int found = 0;

    /* Breadth first; index -1 is the root itself. */
    for (int next = -1; next < found; next++) {
        char text[CHILDREN_SIZE], *at = text, *end;

        read_steady_children(next < 0 ? root : pids[next], text);
        for (long pid; found < room && (pid = strtol(at, &end, 10)) > 0; at = end)
            pids[found++] = (pid_t)pid;
    }
    return found;
}

/* ---- where it does not (CONFIG_PROC_CHILDREN) ---- */

struct kin {
    pid_t pid, parent;
};

static pid_t read_parent(pid_t pid)
{
    char path[64], state;
    pid_t parent;

    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    return platform_linux_stat(path, &state, &parent) ? parent : -1;
}

static struct kin *read_all(size_t *count)
{
    DIR *dir = opendir("/proc");
    struct kin *all = NULL;
    struct dirent *entry;
    size_t room = 0;

    *count = 0;
    while (dir && (entry = readdir(dir)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        if (*count == room) {
            struct kin *more = realloc(all, (room = room ? 2 * room : 256) * sizeof *all);

            if (!more)
                break;
            all = more;
        }
        all[*count].pid = (pid_t)atol(entry->d_name);
        all[*count].parent = read_parent(all[*count].pid);
        ++*count;
    }
    if (dir)
        closedir(dir);
    return all;
}

static int scan_for_descendants(pid_t root, pid_t *pids, int room)
{
    size_t count;
    struct kin *all = read_all(&count);
    int found = 0;

    /* Breadth first; index -1 is the root itself. */
    for (int next = -1; all && next < found; next++) {
        pid_t parent = next < 0 ? root : pids[next];

        for (size_t i = 0; i < count && found < room; i++) {
            if (all[i].parent == parent)
                pids[found++] = all[i].pid;
        }
    }
    free(all);
    return all ? found : -1;
}

int platform_descendants(pid_t root, pid_t *pids, int room)
{
    return access("/proc/thread-self/children", R_OK) == 0 ? descend(root, pids, room)
                                                           : scan_for_descendants(root, pids, room);
}
