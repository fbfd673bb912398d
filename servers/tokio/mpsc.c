#include "tokio/mpsc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct tokio_sender {
    struct tokio_channel *channel;
    struct tokio_sender *next_parked;
    struct tokio_notify *waiting; /* the task to tell when it is unparked */
    bool parked;
};

/* All under the lock; notifies are called after it is let go, since they may come back here. */
struct tokio_channel {
    pthread_mutex_t lock;
    size_t item_size;
    size_t capacity;
    void (*drop)(void *item);
    unsigned char *ring; /* grows to what was ever in it at once, and is kept */
    size_t room, head, count;
    size_t senders;
    struct tokio_sender *parked; /* the longest first */
    struct tokio_notify *receiver_waiting;
    bool closed;
    bool receiver_gone;
};

static void notify_taken(struct tokio_notify *notify)
{
    if (!notify)
        return;
    tokio_notify(notify);
    tokio_notify_release(notify);
}

static struct tokio_notify *mpsc_take(struct tokio_notify **place)
{
    struct tokio_notify *notify = *place;

    *place = NULL;
    return notify;
}

/* The one before is released by the caller, without the lock: that may free a task, whose drop may
 * use the channel. */
static struct tokio_notify *mpsc_replace(struct tokio_notify **place, struct tokio_context *context)
{
    struct tokio_notify *before = *place;

    *place = tokio_notify_retain(context->notify);
    return before;
}

static void free_channel(struct tokio_channel *c)
{
    pthread_mutex_destroy(&c->lock);
    tokio_notify_release(c->receiver_waiting);
    free(c->ring);
    free(c);
}

/* ---- the ring ---- */

static unsigned char *mpsc_slot(struct tokio_channel *c, size_t index)
{
    return c->ring + (c->head + index) % c->room * c->item_size;
}

static int mpsc_grow(struct tokio_channel *c)
{
    size_t room = c->room ? 2 * c->room : 8;
    unsigned char *ring;

    if (room > SIZE_MAX / c->item_size || !(ring = malloc(room * c->item_size)))
        return -ENOMEM;
    for (size_t i = 0; i < c->count; i++)
        memcpy(ring + i * c->item_size, mpsc_slot(c, i), c->item_size);
    free(c->ring);
    c->ring = ring;
    c->room = room;
    c->head = 0;
    return 0;
}

static int mpsc_put(struct tokio_channel *c, const void *item)
{
    if (c->count == c->room && mpsc_grow(c) < 0)
        return -ENOMEM;
    memcpy(mpsc_slot(c, c->count++), item, c->item_size);
    return 0;
}

static void mpsc_get(struct tokio_channel *c, void *item)
{
    memcpy(item, mpsc_slot(c, 0), c->item_size);
    c->head = (c->head + 1) % c->room;
    c->count--;
}

/* ---- making ---- */

static int poll_stream(struct tokio_stream *stream, struct tokio_context *context, void **item)
{
    return tokio_receiver_poll((struct tokio_receiver *)stream, context, item);
}

int tokio_mpsc_new(size_t item_size, size_t capacity, void (*drop)(void *item),
                   struct tokio_sender **sender, struct tokio_receiver **receiver)
{
    struct tokio_channel *c = malloc(sizeof *c);
    struct tokio_sender *s = calloc(1, sizeof *s);
    struct tokio_receiver *r = malloc(sizeof *r + item_size);

    if (!c || !s || !r) {
        free(c);
        free(s);
        free(r);
        return -ENOMEM;
    }
    *c = (struct tokio_channel){.lock = PTHREAD_MUTEX_INITIALIZER,
                                .item_size = item_size ? item_size : 1,
                                .capacity = capacity,
                                .drop = drop,
                                .senders = 1};
    s->channel = c;
    *r = (struct tokio_receiver){.stream = {.poll = poll_stream}, .channel = c, .item = r + 1};
    *sender = s;
    *receiver = r;
    return 0;
}

struct tokio_sender *tokio_sender_clone(struct tokio_sender *sender)
{
    struct tokio_sender *s = calloc(1, sizeof *s);
    struct tokio_channel *c = sender->channel;

    if (!s)
        return NULL;
    s->channel = c;
    pthread_mutex_lock(&c->lock);
    c->senders++;
    pthread_mutex_unlock(&c->lock);
    return s;
}

/* ---- parking ---- */

static void park(struct tokio_channel *c, struct tokio_sender *s)
{
    struct tokio_sender **end = &c->parked;

    while (*end)
        end = &(*end)->next_parked;
    *end = s;
    s->next_parked = NULL;
    s->parked = true;
}

static void leave_parking(struct tokio_channel *c, struct tokio_sender *s)
{
    struct tokio_sender **place = &c->parked;

    while (*place && *place != s)
        place = &(*place)->next_parked;
    if (*place)
        *place = s->next_parked;
    s->parked = false;
}

/* Gives the task to tell, or NULL. */
static struct tokio_notify *unpark_first(struct tokio_channel *c)
{
    struct tokio_sender *s = c->parked;

    if (!s)
        return NULL;
    leave_parking(c, s);
    return mpsc_take(&s->waiting);
}

/* ---- sending ---- */

/* Under the lock. */
static int readiness(const struct tokio_sender *s)
{
    return s->channel->closed ? -EPIPE : s->parked ? TOKIO_PENDING : TOKIO_READY;
}

/* `item` NULL only asks; `context` NULL waits for nothing. */
static int mpsc_send(struct tokio_sender *s, struct tokio_context *context, const void *item)
{
    struct tokio_channel *c = s->channel;
    struct tokio_notify *before = NULL, *receiver = NULL;
    int result;

    pthread_mutex_lock(&c->lock);
    result = readiness(s);
    if (result == TOKIO_PENDING && context)
        before = mpsc_replace(&s->waiting, context);
    if (result == TOKIO_READY && item)
        result = mpsc_put(c, item) < 0 ? -ENOMEM : TOKIO_READY;
    if (result == TOKIO_READY && item) {
        if (c->count > c->capacity)
            park(c, s);
        receiver = mpsc_take(&c->receiver_waiting);
    }
    pthread_mutex_unlock(&c->lock);
    tokio_notify_release(before);
    notify_taken(receiver);
    return result;
}

int tokio_sender_start_send(struct tokio_sender *sender, struct tokio_context *context,
                            const void *item)
{
    return mpsc_send(sender, context, item);
}

int tokio_sender_try_send(struct tokio_sender *sender, const void *item)
{
    return mpsc_send(sender, NULL, item);
}

int tokio_sender_poll_ready(struct tokio_sender *sender, struct tokio_context *context)
{
    return mpsc_send(sender, context, NULL);
}

void tokio_sender_free(struct tokio_sender *sender)
{
    struct tokio_channel *c;
    struct tokio_notify *receiver = NULL;
    bool last;

    if (!sender)
        return;
    c = sender->channel;
    pthread_mutex_lock(&c->lock);
    leave_parking(c, sender);
    if (--c->senders == 0)
        receiver = mpsc_take(&c->receiver_waiting);
    last = c->senders == 0 && c->receiver_gone;
    pthread_mutex_unlock(&c->lock);
    notify_taken(receiver);
    tokio_notify_release(sender->waiting);
    free(sender);
    if (last)
        free_channel(c);
}

/* ---- receiving ---- */

int tokio_receiver_poll(struct tokio_receiver *receiver, struct tokio_context *context, void **item)
{
    struct tokio_channel *c = receiver->channel;
    struct tokio_notify *before = NULL, *sender = NULL;
    int result = TOKIO_READY;

    pthread_mutex_lock(&c->lock);
    if (c->count > 0) {
        mpsc_get(c, receiver->item);
        sender = unpark_first(c);
        *item = receiver->item;
    } else if (c->closed || c->senders == 0) {
        result = TOKIO_DONE;
    } else {
        before = mpsc_replace(&c->receiver_waiting, context);
        result = TOKIO_PENDING;
    }
    pthread_mutex_unlock(&c->lock);
    tokio_notify_release(before);
    notify_taken(sender);
    return result;
}

/* True when there was a sender to unpark. */
static bool unpark_one(struct tokio_channel *c)
{
    struct tokio_notify *sender;
    bool found;

    pthread_mutex_lock(&c->lock);
    found = c->parked != NULL;
    sender = unpark_first(c);
    pthread_mutex_unlock(&c->lock);
    notify_taken(sender);
    return found;
}

void tokio_receiver_close(struct tokio_receiver *receiver)
{
    struct tokio_channel *c = receiver->channel;

    pthread_mutex_lock(&c->lock);
    c->closed = true;
    pthread_mutex_unlock(&c->lock);
    while (unpark_one(c)) /* nobody parks any more: each sender once */
        ;
}

void tokio_receiver_free(struct tokio_receiver *receiver)
{
    struct tokio_channel *c;
    struct tokio_notify *waiting;
    bool last;

    if (!receiver)
        return;
    c = receiver->channel;
    tokio_receiver_close(receiver);
    /* Closed: nobody puts anything in, and no lock is needed for what only the receiver takes
     * out. */
    while (c->count > 0) {
        mpsc_get(c, receiver->item);
        if (c->drop)
            c->drop(receiver->item);
    }
    pthread_mutex_lock(&c->lock);
    waiting = mpsc_take(&c->receiver_waiting);
    c->receiver_gone = true;
    last = c->senders == 0;
    pthread_mutex_unlock(&c->lock);
    tokio_notify_release(waiting);
    free(receiver);
    if (last)
        free_channel(c);
}
