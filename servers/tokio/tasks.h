/* Tasks: futures that are polled only when they were notified, each by a notify of its own.
 *
 * A set of them is what an executor's turn runs and what FuturesUnordered is made of.  One thread
 * owns the set and polls; notifies come from any thread, coalesce, and may come when the task or
 * the set is long gone.
 *
 * A task costs one allocation when it is pushed; polling and notifying cost none. */
#ifndef EDGEWISE_TOKIO_TASKS_H
#define EDGEWISE_TOKIO_TASKS_H

#include "tokio/future.h"

#include <stddef.h>

/* what tasks and set share, and what outlives the set while notifies of its tasks are kept */
struct tokio_home;
struct tokio_task;

struct tokio_tasks {
    struct tokio_home *home;
    struct tokio_task *all; /* doubly linked */
    size_t length;          /* futures that have not finished */
    unsigned budget;        /* steps for each poll of a task, see tokio_may_step(); 0: no limit */
};

/* -ENOMEM.  tokio_tasks_fini() is safe after a failure. */
int tokio_tasks_init(struct tokio_tasks *tasks);

/* Drops all futures that have not finished.  A future's drop may push: that gives -EPIPE. */
void tokio_tasks_fini(struct tokio_tasks *tasks);

/* Takes a future, to be polled soon; notifies nobody, so that it may be called from inside a poll.
 * -ENOMEM: not taken. */
int tokio_tasks_push(struct tokio_tasks *tasks, struct tokio_future *future);

/* Who is notified, once, when next a task is. */
void tokio_tasks_register(struct tokio_tasks *tasks, struct tokio_notify *parent);

/* Is a task waiting to be polled? */
bool tokio_tasks_waiting(const struct tokio_tasks *tasks);

/* Makes those that wait, in the order in which they were notified, the ones that
 * tokio_tasks_poll_next() goes through; does nothing while some of an earlier call are left. */
void tokio_tasks_collect(struct tokio_tasks *tasks);

/* Polls the next of the collected tasks.  False when none is left.  A future that finished is
 * handed back, to be dropped by the caller, with its result; else *finished is NULL.  `budget`
 * stands in for the set's own unless NULL. */
bool tokio_tasks_poll_next(struct tokio_tasks *tasks, unsigned *budget,
                           struct tokio_future **finished, int *result);

/* An executor's turn: polls once each task that was waiting when it began, drops those that
 * finished, errors included, and gives the number of polls.  What is notified or pushed meanwhile
 * has its turn in the next. */
size_t tokio_tasks_turn(struct tokio_tasks *tasks);

/* The same for those that an earlier tokio_tasks_collect() found, and no others. */
size_t tokio_tasks_run(struct tokio_tasks *tasks);

/* Polls one future until it is ready, and sleeps meanwhile; gives its result, or -ENOMEM.  Any
 * thread. */
int tokio_wait(struct tokio_future *future);

#endif
