/* What the files of Linux's platform share. */
#ifndef EDGEWISE_TARGET_PLATFORM_LINUX_H
#define EDGEWISE_TARGET_PLATFORM_LINUX_H

#include <stdbool.h>
#include <sys/types.h>

/* A tree of more processes is cut off here; no server is meant that way. */
#define TREE_MAX 1024

/* State (a letter) and parent from a file /proc/.../stat of a process or thread; false when it is
 * gone (proc(5)). */
bool platform_linux_stat(const char *path, char *state, pid_t *parent);

#endif
