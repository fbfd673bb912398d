/* A future on a thread of its own: polled, and slept for in between. */
#include "tokio/tasks.h"

#include <pthread.h>
#include <stdlib.h>

struct sleeper {
    struct tokio_notify notify;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool notified;
};

static void wait_wake(struct tokio_notify *notify)
{
    struct sleeper *s = (struct sleeper *)notify;

    pthread_mutex_lock(&s->lock);
    s->notified = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void free_sleeper(struct tokio_notify *notify)
{
    struct sleeper *s = (struct sleeper *)notify;

    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static const struct tokio_notify_type sleeper_type = {.notify = wait_wake, .free = free_sleeper};

static void sleep_until_notified(struct sleeper *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->notified)
        pthread_cond_wait(&s->changed, &s->lock);
    s->notified = false;
    pthread_mutex_unlock(&s->lock);
}

int tokio_wait(struct tokio_future *future)
{
    struct sleeper *s = malloc(sizeof *s);
    int result;

    if (!s)
        return -ENOMEM;
    *s = (struct sleeper){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    tokio_notify_init(&s->notify, &sleeper_type);
    while ((result = tokio_poll(future, &(struct tokio_context){.notify = &s->notify})) ==
           TOKIO_PENDING)
        sleep_until_notified(s);
    tokio_notify_release(&s->notify);
    return result;
}
