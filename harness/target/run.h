/* A target that runs; between run.c, ready.c and watch.c. */
#ifndef EDGEWISE_TARGET_RUN_H
#define EDGEWISE_TARGET_RUN_H

#include "base/address.h"
#include "target/arguments.h"
#include "target/supervise.h"
#include "target/upstream.h"

struct target_run {
    const struct target *target;
    pid_t supervisor;
    int control; /* to the supervisor; -1 once it has said its last */
    pid_t pid;
    bool started, matched, ended, reported;
    bool port_taken; /* somebody else has its port, and is meant to */
    int start_errno;
    struct target_end end;
    int page_fd;
    struct ew_page *page;
    size_t page_size;
    unsigned sockets, asked;
    union address *addresses; /* `sockets` of them */
    struct upstream upstream;
};

/* Takes in what the supervisor has to say, waiting for it up to `timeout_ms`; false when there was
 * nothing. */
bool run_take_event(struct target_run *run, int timeout_ms);

/* Waits until it is ready, as its target says, and its sockets are known to be its own; longer than
 * `ready_ms` (six times at most) while it waits for a processor itself. */
int run_wait_ready(struct target_run *run, int ready_ms, struct error *error);

/* Runs what the target wants done before it is started, to its end; 0, or -1 with `error` when that
 * did not end well, or not within `limit_ms`.  Nothing of it is left running. */
int run_setup(const struct target *target, const struct arguments_values *values, int limit_ms,
              struct error *error);

/* Ends what runs, and takes in how it did; nothing when it has ended before. */
void run_end(struct target_run *run);

/* Ends it, and fills `error` with what happened, how it ended if it did so by itself, and the tail
 * of its standard error. */
int run_error(struct target_run *run, const char *what, struct error *error);

#endif
