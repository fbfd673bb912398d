/* Which calls of the target wait for the supervisor: a seccomp filter. */
#ifndef EDGEWISE_SUPERVISE_FILTER_H
#define EDGEWISE_SUPERVISE_FILTER_H

#include <linux/filter.h>
#include <stddef.h>
#include <sys/syscall.h>

#define FILTER_ROOM 192

/* What every program does first, and once: on x86 it sets the base of thread-local storage
 * (arch_prctl(2), ARCH_SET_FS); elsewhere, where that is no system call, its first thread says
 * where its number is to be cleared (set_tid_address(2); glibc's __tls_init_tp(), musl's
 * __init_tp()). */
#ifdef SYS_arch_prctl
#define FILTER_START SYS_arch_prctl
#else
#define FILTER_START SYS_set_tid_address
#endif

/* Writes the program into `code`, which has FILTER_ROOM places; how many it takes. */
size_t filter_build(struct sock_filter *code);

/* The same for `count` calls, 64 at most, by their numbers, and for the one by which a program
 * begins; of read(), write() and their like, those on standard streams are not held. */
size_t filter_build_of(struct sock_filter *code, const int *calls, size_t count);

/* Puts the calling thread, and whatever it execs and forks, under such a filter for good.  The
 * descriptor that the supervisor listens on, or -1 with errno: ENOSYS and EINVAL where the kernel
 * is older than 5.19, EBUSY where somebody else listens already.  Source: seccomp_unotify(2). */
int filter_install(struct sock_filter *code, size_t length);

#endif
