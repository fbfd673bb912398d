/* What the files of Linux's platform share. */
#ifndef EDGEWISE_TARGET_PLATFORM_LINUX_H
#define EDGEWISE_TARGET_PLATFORM_LINUX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A tree of more processes is cut off here; no server is meant that way. */
#define TREE_MAX 1024

/* State (a letter) and parent from a file /proc/.../stat of a process or thread; false when it is
 * gone (proc(5)). */
bool platform_linux_stat(const char *path, char *state, pid_t *parent);

/* From the same file of a process: the minor page faults of its children that have ended and that
 * it has waited for (cminflt); 0 when it is gone. */
int64_t platform_linux_children_faults(const char *path);

#endif
