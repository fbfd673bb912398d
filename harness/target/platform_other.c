/* Platforms without /proc: POSIX is all there is, and what it does not tell is unknown. */
#include "target/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int platform_shared_memory(size_t size)
{
    char name[32];
    int fd;

    snprintf(name, sizeof name, "/edgewise-%ld", (long)getpid());
    fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return -1;
    shm_unlink(name);
    if (ftruncate(fd, (off_t)size) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int platform_adopt_orphans(void)
{
    return -1;
}

void platform_die_with_parent(void)
{
}

int platform_pin(int cpu)
{
    (void)cpu;
    errno = ENOTSUP;
    return -1;
}

int platform_stay(struct platform_place *before)
{
    *before = (struct platform_place){{0}};
    errno = ENOTSUP;
    return -1;
}

void platform_roam(const struct platform_place *before)
{
    (void)before;
}

int platform_descendants(pid_t root, pid_t *pids, int room)
{
    (void)root, (void)pids, (void)room;
    return -1;
}

int platform_threads(pid_t root, struct platform_threads *threads)
{
    (void)root;
    *threads = (struct platform_threads){0};
    return -1;
}

int platform_threads_sending(pid_t root)
{
    (void)root;
    return -1;
}

int platform_private_network(void)
{
    errno = ENOTSUP;
    return -1;
}

int platform_thread_times(pid_t root, struct platform_thread_time *times, int room)
{
    (void)root, (void)times, (void)room;
    return -1;
}

int64_t platform_last_task(int64_t *limit)
{
    *limit = -1;
    return -1;
}

int platform_offspring(pid_t root, struct platform_offspring *offspring)
{
    (void)root;
    *offspring = (struct platform_offspring){0};
    return -1;
}

int platform_usage(pid_t root, struct target_usage *usage)
{
    (void)root;
    *usage = (struct target_usage){-1, -1, -1, -1, -1, -1, -1};
    return 0;
}

int platform_sockets(pid_t root, bool others, struct platform_socket **sockets)
{
    (void)root, (void)others;
    *sockets = NULL;
    return -1;
}

int platform_borrow(pid_t pid, int fd)
{
    (void)pid, (void)fd;
    return -1;
}

int64_t platform_socket_drops(int fd)
{
    (void)fd;
    return -1;
}
