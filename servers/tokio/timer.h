/* Timers: a heap of deadlines, and futures that wait for them.  The loop's thread alone.
 *
 * Times are nanoseconds of whatever the clock counts. */
#ifndef EDGEWISE_TOKIO_TIMER_H
#define EDGEWISE_TOKIO_TIMER_H

#include "tokio/future.h"

#include <stddef.h>
#include <stdint.h>

/* Where the time comes from; a test has one of its own. */
struct tokio_clock {
    int64_t (*now_ns)(void *context);
    void *context;
};

/* CLOCK_MONOTONIC. */
struct tokio_clock tokio_clock_monotonic(void);

struct tokio_timer {
    int64_t deadline_ns;
    uint64_t order; /* of equal deadlines the one that came first is fired first */
    size_t place;   /* in the heap, from 1; 0: not in it */
    struct tokio_notify *waiting;
};

struct tokio_timers {
    struct tokio_clock clock;
    struct tokio_timer **heap; /* grows to the most that ever waited at once, and is kept */
    size_t count, room;
    uint64_t added;
};

void tokio_timers_init(struct tokio_timers *timers, struct tokio_clock clock);

/* Every timer must be out of it. */
void tokio_timers_fini(struct tokio_timers *timers);

/* The nearest deadline, or INT64_MAX. */
int64_t tokio_timers_next_ns(const struct tokio_timers *timers);

/* Notifies all that are due, the earliest first, and gives their number. */
size_t tokio_timers_fire(struct tokio_timers *timers);

/* A future that is ready once its time has come: at once and unregistered when it has already, else
 * polled twice in all. */
struct tokio_timeout {
    struct tokio_future future; /* -ENOMEM: the heap could not grow */
    struct tokio_timers *timers;
    struct tokio_timer timer;
};

void tokio_timeout_init(struct tokio_timeout *timeout, struct tokio_timers *timers,
                        int64_t deadline_ns);

/* Before its memory goes, finished or not. */
void tokio_timeout_fini(struct tokio_timeout *timeout);

/* A stream of ticks, the first at `first_ns`, then every `period_ns`; without items.  Keeps its
 * phase: ticks that were missed are skipped.  -EINVAL from its poll: the period is not positive. */
struct tokio_interval {
    struct tokio_stream stream;
    int64_t period_ns;
    struct tokio_timeout next;
};

void tokio_interval_init(struct tokio_interval *interval, struct tokio_timers *timers,
                         int64_t first_ns, int64_t period_ns);
void tokio_interval_fini(struct tokio_interval *interval);

/* The first tick of the phase of `previous_ns` that lies after `now_ns`; INT64_MAX where that
 * cannot be counted. */
int64_t tokio_interval_next(int64_t previous_ns, int64_t now_ns, int64_t period_ns);

#endif
