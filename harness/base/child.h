/* Processes of our own. */
#ifndef EDGEWISE_BASE_CHILD_H
#define EDGEWISE_BASE_CHILD_H

#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

/* As fork(2), after what stands in buffers was written: else a runtime that flushes at the child's
 * end, as ThreadSanitizer's does even at _exit(2), writes it once more. */
static inline pid_t child_fork(void)
{
    fflush(NULL);
    return fork();
}

#endif
