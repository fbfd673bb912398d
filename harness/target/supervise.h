/* The supervisor: a small process between the harness and a target, which ends the target's whole
 * tree when the harness dies.
 *
 * Harness and supervisor hold the two ends of a socket pair.  The supervisor reports events on it;
 * what comes from the harness is one byte, "stop", or the end of file, which means the same.  It
 * drains the target's output all the time, so that no target ever blocks on a full pipe.
 * Parent-death signals would not do: they are bound to a thread, reset by exec of a privileged
 * program, and do not reach grandchildren. */
#ifndef EDGEWISE_TARGET_SUPERVISE_H
#define EDGEWISE_TARGET_SUPERVISE_H

#include "target/target.h"

#include <regex.h>

/* What to run. */
struct launch {
    char **argv;
    char **env; /* NULL-terminated "NAME=value" additions */
    /* reports EVENT_MATCHED once its standard output matches; NULL: no matter */
    const regex_t *ready;
    const int *keep_fds; /* inherited by the target, -1 at the end */
    int cpu;             /* the number plus one; 0: not pinned */
    unsigned nofile;     /* 0: as it is */
    int stop_ms;         /* from SIGTERM to SIGKILL */
    /* The child's last step before exec: 0, or -1 with errno, and it is not started.  May be
     * NULL. */
    int (*prepare)(void *context);
    void *context;
};

enum event_kind {
    EVENT_STARTED,     /* `pid` runs the program */
    EVENT_NOT_STARTED, /* `err`: why exec or what precedes it failed */
    EVENT_MATCHED,
    /* the main process ended of its own accord; everything of `end` but `stop_ns` is known */
    EVENT_ENDED,
    EVENT_REPORT, /* the last: everything has ended */
};

struct supervisor_event {
    enum event_kind kind;
    pid_t pid;
    int err;
    struct target_end end;
};

/* Starts a supervisor and through it the target.  Returns its pid and the harness's end of the
 * socket pair, or -1 with errno. */
pid_t supervise(const struct launch *launch, int *control);

/* Ends the current process, a fresh child, in favour of the program; reports errno on `status_fd`
 * when that fails. */
_Noreturn void launch_exec(const struct launch *launch, int status_fd);

/* Closes everything above the standard streams except `keep` (-1 at the end). */
void launch_close_others(const int *keep);

#endif
