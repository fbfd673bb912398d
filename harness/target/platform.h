/* What only one operating system can do or tell; platform_linux.c and platform_other.c implement
 * it.  What a platform does not tell is -1. */
#ifndef EDGEWISE_TARGET_PLATFORM_H
#define EDGEWISE_TARGET_PLATFORM_H

#include "target/target.h"

/* Memory that a child can map through an inherited descriptor; the descriptor or -1 with errno. */
int platform_shared_memory(size_t size);

/* From now on orphaned descendants become children of this process; 0 or -1. */
int platform_adopt_orphans(void);

/* From now on this process, a child, is killed when the thread that forked it ends.  For helpers
 * only: see supervise.h. */
void platform_die_with_parent(void);

/* Pins the calling process; 0, or -1 with errno. */
int platform_pin(int cpu);

/* Where a thread may run. */
struct platform_place {
    unsigned char mask[128]; /* a cpu_set_t */
};

/* Keeps the calling thread on the processor that it is on, until platform_roam() gives back what it
 * might before; 0, or -1 with errno.  What one processor sends through lo is delivered in the order
 * in which it was sent. */
int platform_stay(struct platform_place *before);
void platform_roam(const struct platform_place *before);

/* Lists the descendants of `root` without itself; their number, at most `room`, or -1. */
int platform_descendants(pid_t root, pid_t *pids, int room);

/* The threads of all descendants of `root`, by state. */
struct platform_threads {
    int running; /* or would, had they a processor */
    int sleeping;
    int stopped; /* SIGSTOP */
};

/* Counts them; 0, or -1: not told. */
int platform_threads(pid_t root, struct platform_threads *threads);

/* How many threads of all descendants of `root` are in a call that sends; -1: not told. */
int platform_threads_sending(pid_t root);

/* One thread and what it has computed. */
struct platform_thread_time {
    pid_t thread;
    int64_t cpu_ns;
};

/* Those of all descendants of `root` that live; their number, at most `room`, or -1: not told. */
int platform_thread_times(pid_t root, struct platform_thread_time *times, int room);

/* The number of the last process or thread that anybody has started, and after which `limit` they
 * begin anew; -1: not told. */
int64_t platform_last_task(int64_t *limit);

/* What is left of the children of a tree's processes that have ended.  Those of a process that
 * ignores SIGCHLD leave nothing (wait(2), NOTES). */
struct platform_offspring {
    int64_t faults; /* minor page faults of those waited for: some for each */
    bool disowned;  /* some process ignores SIGCHLD */
};
int platform_offspring(pid_t root, struct platform_offspring *offspring);

/* Moves this process, while it is single-threaded, into a network namespace of its own, whose one
 * interface is lo; -1 with errno where that is not allowed. */
int platform_private_network(void);

/* Sums over the descendants of `root`. */
int platform_usage(pid_t root, struct target_usage *usage);

/* A UDP socket of a target, or of somebody else. */
struct platform_socket {
    uint64_t inode;
    union address local;
    bool connected; /* takes only what its one peer sends */
    int64_t drops;  /* SO_MEMINFO, else /proc/net/udp */
    pid_t pid;      /* who of the tree has it, and as which descriptor; 0: nobody of the tree */
    int fd;
};

/* Fills `sockets` with the UDP sockets of the descendants of `root`, and with `others` with those
 * of others, too, as far as they are seen; without it there may be some of others, or none.  Their
 * number, or -1.  The caller frees.  The kernel's table of all sockets, in which others are looked
 * up, takes time with the square of their number: each read(2) of a page of it counts from the
 * first (udp_get_idx(), Linux's net/ipv4/udp.c). */
int platform_sockets(pid_t root, bool others, struct platform_socket **sockets);

/* Duplicates descriptor `fd` of process `pid` into this one; -1 where that cannot be had. */
int platform_borrow(pid_t pid, int fd);

/* What the kernel dropped at socket `fd`; -1: not told. */
int64_t platform_socket_drops(int fd);

#endif
