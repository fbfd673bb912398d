/* What every file of hooks begins with. */
#ifndef EDGEWISE_PRELOAD_HOOK_H
#define EDGEWISE_PRELOAD_HOOK_H

#include "simulate/preload/network.h"
#include "simulate/preload/real.h"
#include "simulate/preload/step.h"

#include <errno.h>

/* Seen by the target in place of libc's function of that name. */
#define HOOK __attribute__((visibility("default")))

/* For the calls that are made in several ways; errors as theirs, -1 with errno. */
ssize_t hook_receive(struct sim_socket *socket, int fd, struct msghdr *message, int flags);
ssize_t hook_send(struct sim_socket *socket, int fd, const struct msghdr *message, int flags);

/* Is `fd` in blocking mode? */
bool hook_blocks(int fd);

/* futex(2), called by number. */
long hook_futex(const long arguments[6]);

/* Fills the buffer if `fd` is a random device. */
bool hook_reads_random(int fd, void *buffer, size_t size);
void hook_forget_random(int fd);

#endif
