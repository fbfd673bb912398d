/* What every file of hooks begins with. */
#ifndef EDGEWISE_PRELOAD_HOOK_H
#define EDGEWISE_PRELOAD_HOOK_H

#include "simulate/preload/network.h"
#include "simulate/preload/real.h"
#include "simulate/preload/step.h"

#include <errno.h>

/* Seen by the target in place of libc's function of that name. */
#define HOOK __attribute__((visibility("default")))

/* For the calls that are made in several ways; errors as theirs, -1 with errno.  They wait
 * themselves where the descriptor is in blocking mode, take turns where there are several threads,
 * and meet the errors that a scenario injects; the caller has counted the call by its name. */
ssize_t hook_receive(struct sim_socket *socket, int fd, struct msghdr *message, int flags);
ssize_t hook_send(struct sim_socket *socket, int fd, const struct msghdr *message, int flags);

/* Is `fd` in blocking mode?  Asked of the kernel each time, since any process that has the file may
 * change its mode (fcntl(2): it belongs to the open file description). */
bool hook_blocks(int fd);

/* futex(2), called by number.  Only the waits with a time as their limit are changed; the others
 * pass. */
long hook_futex(const long arguments[6]);

/* Fills the buffer if `fd` is a random device. */
bool hook_reads_random(int fd, void *buffer, size_t size);
void hook_forget_random(int fd);

#endif
