/* Linux: the tree of a target as /proc tells it (proc(5)), and what only Linux can do. */
#include "target/platform.h"
#include "target/platform_linux.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* In memory, without a name: nothing is left when all have ended, however they did. */
int platform_shared_memory(size_t size)
{
    int fd = memfd_create("edgewise-page", MFD_CLOEXEC);

    if (fd >= 0 && ftruncate(fd, (off_t)size) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int platform_adopt_orphans(void)
{
    return prctl(PR_SET_CHILD_SUBREAPER, 1L);
}

void platform_die_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL);
}

int platform_pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set);
}

int platform_stay(struct platform_place *before)
{
    cpu_set_t all;

    if (sched_getaffinity(0, sizeof all, &all) < 0)
        return -1;
    memcpy(before->mask, &all, sizeof before->mask);
    return platform_pin(sched_getcpu());
}

void platform_roam(const struct platform_place *before)
{
    cpu_set_t all;

    memcpy(&all, before->mask, sizeof all);
    sched_setaffinity(0, sizeof all, &all); /* it was allowed before */
}

/* ---- a network of one's own ---- */

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? write(fd, text, strlen(text)) : -1;

    if (fd >= 0)
        close(fd);
    return n < 0 ? -1 : 0;
}

/* Who is not root becomes it in a user namespace, where only what is mapped exists
 * (user_namespaces(7)). */
static int become_root(void)
{
    char uid[64], gid[64];

    snprintf(uid, sizeof uid, "0 %u 1", (unsigned)geteuid());
    snprintf(gid, sizeof gid, "0 %u 1", (unsigned)getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 || write_text("/proc/self/setgroups", "deny") < 0)
        return -1;
    return write_text("/proc/self/uid_map", uid) < 0 ? -1 : write_text("/proc/self/gid_map", gid);
}

int platform_private_network(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd, result;

    if (unshare(CLONE_NEWNET) < 0 && (errno != EPERM || become_root() < 0))
        return -1;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    result = ioctl(fd, SIOCSIFFLAGS, &lo);
    close(fd);
    return result;
}

/* ---- threads of the tree ---- */

/* Calls `visit` with the folder of each thread; what `visit` returns is added up. */
static int for_each_thread(pid_t pid, int (*visit)(const char *folder, void *context),
                           void *context)
{
    char path[64];
    struct dirent *entry;
    DIR *dir;
    int sum = 0;

    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    dir = opendir(path);
    while (dir && (entry = readdir(dir)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(path, sizeof path, "/proc/%ld/task/%ld", (long)pid, atol(entry->d_name));
        sum += visit(path, context);
    }
    if (dir)
        closedir(dir);
    return sum;
}

/* What is dead (Z, X) or in a debugger's hands (t) counts nowhere.  D counts as running: it is a
 * sleep that will soon be over and does not hear signals.  I is the kernel's own idle threads
 * (proc(5)). */
static int count_state(const char *folder, void *context)
{
    struct platform_threads *threads = context;
    char path[128], state;
    pid_t parent;

    snprintf(path, sizeof path, "%s/stat", folder);
    if (!platform_linux_stat(path, &state, &parent))
        return 0;
    threads->running += state == 'R' || state == 'D';
    threads->sleeping += state == 'S' || state == 'I';
    threads->stopped += state == 'T';
    return 1;
}

int platform_threads(pid_t root, struct platform_threads *threads)
{
    pid_t pids[TREE_MAX];
    int n = platform_descendants(root, pids, TREE_MAX);

    *threads = (struct platform_threads){0};
    for (int i = 0; i < n; i++)
        for_each_thread(pids[i], count_state, threads);
    return n < 0 ? -1 : 0;
}

/* The first figure of syscall is the call that a sleeping thread is in (proc(5)). */
static int is_sending(const char *folder, void *context)
{
    char path[128];
    long call = -1;
    FILE *file;

    (void)context;
    snprintf(path, sizeof path, "%s/syscall", folder);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%ld", &call) != 1)
        call = -1;
    fclose(file);
    return call == SYS_sendto || call == SYS_sendmsg || call == SYS_sendmmsg;
}

int platform_threads_sending(pid_t root)
{
    pid_t pids[TREE_MAX];
    int n = platform_descendants(root, pids, TREE_MAX), sending = 0;

    for (int i = 0; i < n; i++)
        sending += for_each_thread(pids[i], is_sending, NULL);
    return n < 0 ? -1 : sending;
}

/* ---- usage ---- */

/* Less "." and "..". */
static int64_t platform_linux_count_entries(const char *folder)
{
    DIR *dir = opendir(folder);
    int64_t n = 0;

    if (!dir)
        return 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n - 2;
}

static int64_t cpu_ns(pid_t pid)
{
    struct timespec t;
    clockid_t clock;

    /* The process's clock counts the threads that have ended, too; a process that is gone meanwhile
     * counts nothing. */
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
        return 0;
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* /proc/PID/status counts the switches of the first thread only. */
static int add_thread(const char *folder, void *context)
{
    struct target_usage *usage = context;
    char path[128], line[256];
    long long n;
    FILE *file;

    snprintf(path, sizeof path, "%s/status", folder);
    file = fopen(path, "re");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "voluntary_ctxt_switches: %lld", &n) == 1)
            usage->voluntary_switches += n;
        else if (sscanf(line, "nonvoluntary_ctxt_switches: %lld", &n) == 1)
            usage->involuntary_switches += n;
    }
    fclose(file);
    return 1;
}

struct thread_times {
    struct platform_thread_time *items;
    int count, room;
};

/* The first figure of schedstat: nanoseconds on a processor (Documentation/scheduler). */
static int add_thread_time(const char *folder, void *context)
{
    struct thread_times *times = context;
    const char *number = strrchr(folder, '/') + 1;
    char path[128];
    long long ns;
    FILE *file;

    snprintf(path, sizeof path, "%s/schedstat", folder);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (times->count < times->room && fscanf(file, "%lld", &ns) == 1)
        times->items[times->count++] = (struct platform_thread_time){atoi(number), ns};
    fclose(file);
    return 1;
}

int platform_thread_times(pid_t root, struct platform_thread_time *items, int room)
{
    struct thread_times times = {items, 0, room};
    pid_t pids[TREE_MAX];
    int n = platform_descendants(root, pids, TREE_MAX);

    for (int i = 0; i < n; i++)
        for_each_thread(pids[i], add_thread_time, &times);
    return n < 0 ? -1 : times.count;
}

/* The number that `format` finds in a file of one line; -1: none. */
static int64_t read_number_in(const char *path, const char *format)
{
    FILE *file = fopen(path, "re");
    char line[128] = "";
    long long number = -1;

    if (!file)
        return -1;
    if (!fgets(line, sizeof line, file) || sscanf(line, format, &number) != 1)
        number = -1;
    fclose(file);
    return number;
}

int64_t platform_last_task(int64_t *limit)
{
    *limit = read_number_in("/proc/sys/kernel/pid_max", "%lld");
    return read_number_in("/proc/loadavg", "%*s %*s %*s %*s %lld");
}

static bool ignores_sigchld(pid_t pid)
{
    unsigned long long ignored = 0;
    char path[64], line[256];
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file) && sscanf(line, "SigIgn: %llx", &ignored) != 1)
        ;
    if (file)
        fclose(file);
    return ignored >> (SIGCHLD - 1) & 1;
}

int platform_offspring(pid_t root, struct platform_offspring *offspring)
{
    pid_t pids[TREE_MAX];
    int n = platform_descendants(root, pids, TREE_MAX);
    char path[64];

    *offspring = (struct platform_offspring){0};
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "/proc/%ld/stat", (long)pids[i]);
        offspring->faults += platform_linux_children_faults(path);
        offspring->disowned |= ignores_sigchld(pids[i]);
    }
    return n < 0 ? -1 : 0;
}

/* Resident memory in pages from statm, which costs the kernel less than adding up smaps; shared
 * pages count with each process. */
static void add_process(pid_t pid, struct target_usage *usage)
{
    long long resident = 0, writable = 0;
    char path[64];
    FILE *file;

    usage->cpu_ns += cpu_ns(pid);
    usage->threads += for_each_thread(pid, add_thread, usage);
    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    usage->descriptors += platform_linux_count_entries(path);
    snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
    file = fopen(path, "re");
    if (!file)
        return;
    if (fscanf(file, "%*d %lld %*d %*d %*d %lld", &resident, &writable) == 2) {
        usage->resident_bytes += resident * sysconf(_SC_PAGESIZE);
        usage->writable_bytes += writable * sysconf(_SC_PAGESIZE);
    }
    fclose(file);
}

int platform_usage(pid_t root, struct target_usage *usage)
{
    pid_t pids[TREE_MAX];
    int n = platform_descendants(root, pids, TREE_MAX);

    *usage = (struct target_usage){0};
    for (int i = 0; i < n; i++)
        add_process(pids[i], usage);
    return n > 0 ? 0 : -1;
}
