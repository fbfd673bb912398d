/* future-notify: a future that hands its task to a thread, which notifies it after a second.
 *
 * Ten polls and nine notifies: the first poll needs none, and the tenth is ready.  Nothing is
 * polled in between. */
#include "demos/demo.h"

#include "tokio/tasks.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define POLLS 10

static const struct demo demo = {
    .name = "future-notify",
    .summary = "a future that is polled when a thread notifies its task: ten polls, nine notifies",
    .help = "Try: strace -f -e trace=futex,clock_nanosleep future-notify   and see who wakes whom.",
    .interval_ms = 1000,
};

struct counting {
    struct tokio_future future;
    const struct demo_options *options;
    struct tokio_notify *task; /* the thread's, while it runs */
    struct timespec interval, begin;
    pthread_t thread;
    unsigned polls;
};

/* Since the start, so that two runs print the same but for the last digits. */
static double seconds_since(const struct timespec *begin)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

/* Keeps a reference of its own: the task may be gone before the notify comes. */
static void *sleep_and_notify(void *argument)
{
    struct counting *c = argument;
    struct tokio_notify *task = c->task;

    nanosleep(&c->interval, NULL);
    demo_tell(c->options, "notified.");
    tokio_notify(task);
    tokio_notify_release(task);
    return NULL;
}

/* A notify may come while this poll is still running: the task is then polled once more. */
static int poll_counting(struct tokio_future *future, struct tokio_context *context)
{
    struct counting *c = (struct counting *)future;
    int err;

    printf("future poll() count=%u time=%.3f\n", ++c->polls, seconds_since(&c->begin));
    if (c->polls > 1)
        pthread_join(c->thread, NULL);
    if (c->polls == POLLS) {
        demo_tell(c->options, "complete.");
        return TOKIO_READY;
    }
    demo_tell(c->options, "scheduled.");
    c->task = tokio_notify_retain(context->notify);
    err = pthread_create(&c->thread, NULL, sleep_and_notify, c);
    if (err == 0)
        return TOKIO_PENDING;
    tokio_notify_release(c->task);
    return -err;
}

int main(int argc, char **argv)
{
    struct counting c = {.future.poll = poll_counting};
    struct demo_options options;
    int status, result;

    if (!demo_begin(&demo, argc, argv, &options, &status))
        return status;
    c.options = &options;
    c.interval = (struct timespec){options.interval_ms / 1000,
                                   options.interval_ms % 1000 * 1000000L};
    clock_gettime(CLOCK_MONOTONIC, &c.begin);
    /* sleeps between two polls, as long as nobody notifies */
    result = tokio_wait(&c.future);
    return result < 0 ? demo_failed(&demo, "cannot go on", result, "") : 0;
}
