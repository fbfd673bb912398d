#include "tokio/oneshot.h"

#include <pthread.h>
#include <stdlib.h>

enum value_state { NO_VALUE_YET, HAS_VALUE, NO_VALUE_EVER };

/* One block for both ends, which are its address under two names; freed with the second. */
struct shared {
    pthread_mutex_t lock;
    enum value_state state;
    void *value;
    bool closed; /* by the receiver */
    bool one_gone;
    struct tokio_notify *receiver_waiting;
    struct tokio_notify *sender_waiting;
};

int tokio_oneshot_new(struct tokio_oneshot_sender **sender,
                      struct tokio_oneshot_receiver **receiver)
{
    struct shared *s = malloc(sizeof *s);

    if (!s)
        return -ENOMEM;
    *s = (struct shared){.lock = PTHREAD_MUTEX_INITIALIZER};
    *sender = (struct tokio_oneshot_sender *)s;
    *receiver = (struct tokio_oneshot_receiver *)s;
    return 0;
}

/* Lets go of the lock and of one end, if `leaves`, and tells the other. */
static void unlock_and_tell(struct shared *s, struct tokio_notify **other, bool leaves)
{
    struct tokio_notify *notify = *other;
    bool last = leaves && s->one_gone;

    *other = NULL;
    s->one_gone = s->one_gone || leaves;
    pthread_mutex_unlock(&s->lock);
    if (notify) {
        tokio_notify(notify);
        tokio_notify_release(notify);
    }
    if (!last)
        return;
    tokio_notify_release(s->receiver_waiting);
    tokio_notify_release(s->sender_waiting);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* Lets go of the lock, and keeps the task in `place`. */
static int unlock_and_wait(struct shared *s, struct tokio_notify **place,
                           struct tokio_context *context)
{
    struct tokio_notify *before = *place;

    *place = tokio_notify_retain(context->notify);
    pthread_mutex_unlock(&s->lock);
    tokio_notify_release(before);
    return TOKIO_PENDING;
}

int tokio_oneshot_send(struct tokio_oneshot_sender *sender, void *value)
{
    struct shared *s = (struct shared *)sender;
    int result;

    pthread_mutex_lock(&s->lock);
    result = s->closed ? -EPIPE : 0;
    s->state = result < 0 ? NO_VALUE_EVER : HAS_VALUE;
    s->value = value;
    unlock_and_tell(s, &s->receiver_waiting, true);
    return result;
}

void tokio_oneshot_sender_free(struct tokio_oneshot_sender *sender)
{
    struct shared *s = (struct shared *)sender;

    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->state = NO_VALUE_EVER;
    unlock_and_tell(s, &s->receiver_waiting, true);
}

int tokio_oneshot_poll_cancel(struct tokio_oneshot_sender *sender, struct tokio_context *context)
{
    struct shared *s = (struct shared *)sender;

    pthread_mutex_lock(&s->lock);
    if (!s->closed)
        return unlock_and_wait(s, &s->sender_waiting, context);
    pthread_mutex_unlock(&s->lock);
    return TOKIO_READY;
}

int tokio_oneshot_poll(struct tokio_oneshot_receiver *receiver, struct tokio_context *context,
                       void **value)
{
    struct shared *s = (struct shared *)receiver;
    bool has_value;

    pthread_mutex_lock(&s->lock);
    if (s->state == NO_VALUE_YET && !s->closed)
        return unlock_and_wait(s, &s->receiver_waiting, context);
    has_value = s->state == HAS_VALUE;
    if (has_value)
        *value = s->value;
    s->state = NO_VALUE_EVER;
    pthread_mutex_unlock(&s->lock);
    return has_value ? TOKIO_READY : -ECANCELED;
}

void tokio_oneshot_close(struct tokio_oneshot_receiver *receiver)
{
    struct shared *s = (struct shared *)receiver;

    pthread_mutex_lock(&s->lock);
    s->closed = true;
    unlock_and_tell(s, &s->sender_waiting, false);
}

void tokio_oneshot_receiver_free(struct tokio_oneshot_receiver *receiver)
{
    struct shared *s = (struct shared *)receiver;

    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->closed = true;
    unlock_and_tell(s, &s->sender_waiting, true);
}
