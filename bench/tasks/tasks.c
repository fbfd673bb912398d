/* What our tokio's tasks cost: bench-tasks WHAT COUNT prints the nanoseconds that COUNT of them
 * took.
 *
 *     yield   a task gives way to nobody and is polled again
 *     notify  another thread wakes the sleeping task, which wakes that thread: there and back
 *     spawn   a future is spawned, polled once, ready and dropped, a thousand at a time
 *
 * bench/peers/rust/src/bin/tokio_tasks.rs does the same on Rust's tokio. */
#include "tokio/core.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 1000

struct work {
    struct tokio_future future;
    struct tokio_core *core;
    unsigned long left;
};

/* ---- yield ---- */

static int poll_yield(struct tokio_future *future, struct tokio_context *context)
{
    struct work *w = (struct work *)future;

    return w->left-- == 0 ? TOKIO_READY : tokio_yield(context);
}

/* ---- notify ---- */

struct waker {
    struct work work;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct tokio_notify *waiting; /* whom the thread is to notify; NULL: it sleeps */
    bool over;
};

static int poll_woken(struct tokio_future *future, struct tokio_context *context)
{
    struct waker *w = (struct waker *)future;
    bool over = w->work.left-- == 0;

    pthread_mutex_lock(&w->lock);
    w->over = over;
    if (!over)
        w->waiting = tokio_notify_retain(context->notify);
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    return over ? TOKIO_READY : TOKIO_PENDING;
}

static void *notify_whoever_waits(void *argument)
{
    struct waker *w = argument;

    for (;;) {
        struct tokio_notify *notify;

        pthread_mutex_lock(&w->lock);
        while (!w->waiting && !w->over)
            pthread_cond_wait(&w->changed, &w->lock);
        notify = w->waiting;
        w->waiting = NULL;
        pthread_mutex_unlock(&w->lock);
        if (!notify)
            return NULL;
        tokio_notify(notify);
        tokio_notify_release(notify);
    }
}

/* ---- spawn ---- */

static void free_spawned(struct tokio_future *future)
{
    free(future);
}

static int poll_spawned(struct tokio_future *future, struct tokio_context *context)
{
    (void)future, (void)context;
    return TOKIO_READY;
}

static int poll_spawning(struct tokio_future *future, struct tokio_context *context)
{
    struct work *w = (struct work *)future;

    if (w->left == 0)
        return TOKIO_READY;
    for (int i = 0; i < BATCH && w->left > 0; i++, w->left--) {
        struct tokio_future *spawned = malloc(sizeof *spawned);

        if (!spawned)
            return -ENOMEM;
        *spawned = (struct tokio_future){.poll = poll_spawned, .drop = free_spawned};
        if (tokio_core_spawn(w->core, spawned) < 0) {
            free(spawned);
            return -ENOMEM;
        }
    }
    return tokio_yield(context);
}

/* ---- running ---- */

static int run_notify(struct tokio_core *core, unsigned long count)
{
    struct waker w = {.work = {.future.poll = poll_woken, .left = count},
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .changed = PTHREAD_COND_INITIALIZER};
    pthread_t thread;
    int result = -pthread_create(&thread, NULL, notify_whoever_waits, &w);

    if (result < 0)
        return result;
    result = tokio_core_run(core, &w.work.future);
    pthread_join(thread, NULL);
    return result;
}

static int run(struct tokio_core *core, const char *what, unsigned long count)
{
    struct work w = {.core = core, .left = count};

    if (strcmp(what, "notify") == 0)
        return run_notify(core, count);
    w.future.poll = strcmp(what, "yield") == 0   ? poll_yield
                    : strcmp(what, "spawn") == 0 ? poll_spawning
                                                 : NULL;
    return w.future.poll ? tokio_core_run(core, &w.future) : -EINVAL;
}

int main(int argc, char **argv)
{
    unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    struct timespec begin = {0}, end = {0};
    struct tokio_core *core;
    int err = tokio_core_new(NULL, &core);

    if (err == 0) {
        clock_gettime(CLOCK_MONOTONIC, &begin);
        err = argc == 3 ? run(core, argv[1], count) : -EINVAL;
        clock_gettime(CLOCK_MONOTONIC, &end);
        tokio_core_free(core);
    }
    if (err < 0) {
        fprintf(stderr, "usage: bench-tasks yield|notify|spawn COUNT (%s)\n", strerror(-err));
        return err == -EINVAL ? 2 : 4;
    }
    printf("%lld\n",
           (long long)(end.tv_sec - begin.tv_sec) * 1000000000 + (end.tv_nsec - begin.tv_nsec));
    return 0;
}
