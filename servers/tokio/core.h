/* The reactor, after tokio-core 0.1.11: one thread that waits for sockets, timers and notifies, and
 * polls what they wake.
 *
 * A turn: wait (not at all if something was notified already); fire due timers; tell the tasks
 * whose sockets became ready; poll the spawned tasks that were notified before the wait ended; say
 * whether the main future was.  What is notified during the turn has its poll in the next.  So a
 * spawned task's first poll comes after the first look at the sockets, the main future's before.
 *
 * The loop's thread alone, but for tokio_remote_spawn() and notifies. */
#ifndef EDGEWISE_TOKIO_CORE_H
#define EDGEWISE_TOKIO_CORE_H

#include "tokio/tasks.h"
#include "tokio/timer.h"

#include "mio/mio.h"

struct tokio_core;

/* What a core tells of events: embedded in a socket. */
struct tokio_source {
    /* The loop's thread: `readiness` (enum mio_readiness_bit) has come. */
    void (*dispatch)(struct tokio_source *source, uint32_t readiness);
    size_t slot; /* its place in the core */
};

struct tokio_core_options {
    struct mio_options mio;
    struct tokio_clock clock; /* now_ns NULL: monotonic */
    /* steps of a task in one poll, see tokio_may_step(); 0: none, as in 2017 */
    unsigned budget;
};

/* `options` may be NULL.  What mio_poll_new() gives; *core is NULL then. */
int tokio_core_new(const struct tokio_core_options *options, struct tokio_core **core);

/* Drops all futures that were spawned and have not finished.  Sockets and timeouts of others must
 * be gone.  NULL is allowed. */
void tokio_core_free(struct tokio_core *core);

/* Polls `future` when it is notified, and turns, until it is ready; gives its result, or what the
 * wait failed with. */
int tokio_core_run(struct tokio_core *core, struct tokio_future *future);

/* One turn that waits at most so long (MIO_FOREVER).  1: the main future of tokio_core_poll_main()
 * was notified; 0; or what the wait failed with. */
int tokio_core_turn(struct tokio_core *core, int64_t max_wait_ns);

/* One poll of a main future, for those who drive turns by hand. */
int tokio_core_poll_main(struct tokio_core *core, struct tokio_future *future);

/* Takes a future as a task of its own, first polled in the next turn.  Its result is nobody's: an
 * error ends it alone. -ENOMEM, -EPIPE while the core ends: not taken. */
int tokio_core_spawn(struct tokio_core *core, struct tokio_future *future);

/* Where other threads spawn; outlives the core if it is kept.  Freed once by each who retained
 * it. */
struct tokio_remote;
struct tokio_remote *tokio_core_remote(struct tokio_core *core);
void tokio_remote_release(struct tokio_remote *remote);

/* Any thread.  Polled in the turn after the one that finds it.  -ENOMEM, -EPIPE: the core is gone;
 * not taken. */
int tokio_remote_spawn(struct tokio_remote *remote, struct tokio_future *future);

struct tokio_timers *tokio_core_timers(struct tokio_core *core);

struct tokio_core_counters {
    uint64_t turns;  /* each is one wait */
    uint64_t polls;  /* of spawned tasks and the main future */
    uint64_t events; /* of sockets */
};
void tokio_core_counters(const struct tokio_core *core, struct tokio_core_counters *counters);

/* What its awakener was written and read, mio_poll_counters(). */
void tokio_core_wakeups(const struct tokio_core *core, struct mio_counters *counters);

#endif
