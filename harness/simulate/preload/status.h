/* What /proc tells of the target's threads, read again and again.
 *
 * Each look at a target asks for all of them.  To open the file each time was most of what a look
 * cost, so it stays open as long as the thread is there, with a high number (SIM_FD_FIRST).  One
 * thread of a process at a time; a child may go on with what it has from its parent. */
#ifndef EDGEWISE_PRELOAD_STATUS_H
#define EDGEWISE_PRELOAD_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The file `path` as a text, opened for this once; false: it is empty, or cannot be read. */
bool status_read_once(const char *path, char *text, size_t size);

/* /proc/PID/task/TID/status (proc(5)); false: the thread has ended. */
bool status_read(pid_t process, pid_t thread, char *text, size_t size);

/* After a look at all of them: closes what belongs to threads that have ended. */
void status_end_look(void);

#endif
