/* Is a thread asleep, by what /proc tells of it?  One answer for all carriers. */
#ifndef EDGEWISE_SIMULATE_ASLEEP_H
#define EDGEWISE_SIMULATE_ASLEEP_H

#include <stdbool.h>
#include <string.h>

/* By the text of /proc/PID/task/TID/stat, in which the letter of the state follows the command's
 * name in brackets.  S sleeps, Z and X have ended, T and t are stopped; D, a sleep in a system call
 * that will soon be over, counts as at work.  One that is being woken on another processor has R,
 * but is still in its call: /proc/PID/syscall, which is quicker to read, will not do.  Source:
 * proc(5). */
static inline bool stat_says_asleep(const char *stat)
{
    const char *name_end = strrchr(stat, ')');

    return name_end && name_end[1] == ' ' && name_end[2] != '\0' &&
           strchr("SZXtT", name_end[2]) != NULL;
}

#endif
