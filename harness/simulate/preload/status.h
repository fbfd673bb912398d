/* What /proc tells of the target's threads, read again and again.
 *
 * Each look at a target asks for all of them.  To open the files each time was most of what a look
 * cost, so they stay open as long as the thread is there, with high numbers (SIM_FD_FIRST).  One
 * thread of a process at a time; a child may go on with what it has from its parent. */
#ifndef EDGEWISE_PRELOAD_STATUS_H
#define EDGEWISE_PRELOAD_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A thread.  Two looks between which it has run have other `runs`. */
struct status {
    bool asleep; /* or it has been stopped, or has ended */
    uint64_t runs;
};

/* The file `path` as a text, opened for this once; false: it is empty, or cannot be read. */
bool status_read_once(const char *path, char *text, size_t size);

/* False: the thread has ended. */
bool status_look(pid_t process, pid_t thread, struct status *status);

/* After a look at all of them: closes what belongs to threads that have ended. */
void status_end_look(void);

#endif
