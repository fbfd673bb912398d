/* Which calls of the target wait for the supervisor: a seccomp filter. */
#ifndef EDGEWISE_SUPERVISE_FILTER_H
#define EDGEWISE_SUPERVISE_FILTER_H

#include <linux/filter.h>
#include <stddef.h>

#define FILTER_ROOM 192

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
