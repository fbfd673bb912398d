#include "mio/registration.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

static const struct mio_selector_type *const selector_types[] = {
#ifdef MIO_EPOLL
    &mio_selector_epoll,
#endif
#ifdef MIO_KQUEUE
    &mio_selector_kqueue,
#endif
    &mio_selector_poll,
};
#define SELECTOR_COUNT (sizeof selector_types / sizeof *selector_types)

struct mio_poll {
    const struct mio_selector_type *type;
    void *selector;
    struct mio_queue *queue;
    struct mio_source awakener;
    /* Concurrent calls of mio_poll take turns. */
    atomic_bool busy;
    atomic_uint waiters;
    pthread_mutex_t lock;
    pthread_cond_t free;
};

const char *const *mio_selectors(void)
{
    static const char *const names[] = {
#ifdef MIO_EPOLL
        "epoll",
#endif
#ifdef MIO_KQUEUE
        "kqueue",
#endif
        "poll", NULL};

    return names;
}

struct mio_queue *mio_poll_queue(struct mio_poll *poll)
{
    return poll->queue;
}

uint64_t mio_poll_wakeups(const struct mio_poll *poll)
{
    return atomic_load(&poll->queue->wakeups);
}

void mio_poll_on_wakeup(struct mio_poll *poll, void (*on_wakeup)(void *context), void *context)
{
    poll->queue->on_wakeup = on_wakeup;
    poll->queue->context = context;
}

/* ---- life cycle ---- */

static const struct mio_selector_type *find_type(const char *name)
{
    for (size_t i = 0; i < SELECTOR_COUNT; i++)
        if (!name || strcmp(selector_types[i]->name, name) == 0)
            return selector_types[i];
    return NULL;
}

static int open_parts(struct mio_poll *poll, const struct mio_options *options)
{
    int err;

    poll->queue = queue_new();
    if (!poll->queue)
        return -ENOMEM;
    poll->queue->fault_785 = options->fault_785;
    err = awakener_init(&poll->queue->awakener, options->awakener);
    if (err)
        return err;
    err = poll->type->open(&poll->selector);
    if (err) {
        poll->selector = NULL;
        return err;
    }
    mio_source_init(&poll->awakener, poll->queue->awakener.read_fd);
    poll->awakener.poll = poll;
    return poll->type->add(poll->selector, poll->awakener.fd, MIO_TOKEN_RESERVED, MIO_READABLE, MIO_EDGE);
}

int mio_poll_new(struct mio_poll **out, const struct mio_options *options)
{
    static const struct mio_options defaults;
    const struct mio_options *chosen = options ? options : &defaults;
    const struct mio_selector_type *type = find_type(chosen->selector);
    struct mio_poll *poll = type ? calloc(1, sizeof *poll) : NULL;
    int err;

    *out = NULL;
    if (!poll)
        return type ? -ENOMEM : -ENOENT;
    poll->type = type;
    pthread_mutex_init(&poll->lock, NULL);
    pthread_cond_init(&poll->free, NULL);
    err = open_parts(poll, chosen);
    if (err)
        mio_poll_free(poll);
    else
        *out = poll;
    return err;
}

void mio_poll_free(struct mio_poll *poll)
{
    if (!poll)
        return;
    if (poll->selector)
        poll->type->close(poll->selector);
    if (poll->queue) {
        registration_close(poll->queue);
        queue_unref(poll->queue);
    }
    pthread_cond_destroy(&poll->free);
    pthread_mutex_destroy(&poll->lock);
    free(poll);
}

/* ---- sources ---- */

void mio_source_init(struct mio_source *source, int fd)
{
    *source = (struct mio_source){.fd = fd};
}

int mio_register(struct mio_poll *poll, struct mio_source *source, uintptr_t token, unsigned interest, unsigned options)
{
    int err = mio_check(token, interest, options);

    if (!err && source->poll && source->poll != poll)
        err = -EINVAL;
    if (!err)
        err = poll->type->add(poll->selector, source->fd, token, interest, options);
    if (!err)
        source->poll = poll;
    return err;
}

int mio_reregister(struct mio_poll *poll, struct mio_source *source, uintptr_t token, unsigned interest, unsigned options)
{
    int err = mio_check(token, interest, options);

    if (!err && source->poll != poll)
        err = source->poll ? -EINVAL : -ENOENT;
    return err ? err : poll->type->modify(poll->selector, source->fd, token, interest, options);
}

int mio_deregister(struct mio_poll *poll, struct mio_source *source)
{
    if (source->poll != poll)
        return source->poll ? -EINVAL : -ENOENT;
    return poll->type->remove(poll->selector, source->fd);
}

void mio_would_block(struct mio_source *source, unsigned ready)
{
    if (source->poll && source->poll->type->would_block)
        source->poll->type->would_block(source->poll->selector, source->fd, ready);
}

ssize_t mio_recv_from(struct mio_source *source, void *buffer, size_t size, struct sockaddr *peer, socklen_t *length)
{
    ssize_t n = recvfrom(source->fd, buffer, size, 0, peer, length);
    int err = n < 0 ? -errno : 0;

    if (err == -EAGAIN)
        mio_would_block(source, MIO_READABLE);
    return err ? err : n;
}

ssize_t mio_send_to(struct mio_source *source, const void *data, size_t size, const struct sockaddr *peer, socklen_t length)
{
    ssize_t n = sendto(source->fd, data, size, 0, peer, length);
    int err = n < 0 ? -errno : 0;

    if (err == -EAGAIN)
        mio_would_block(source, MIO_WRITABLE);
    return err ? err : n;
}

/* ---- taking turns ---- */

static bool try_enter(struct mio_poll *poll)
{
    return !atomic_exchange(&poll->busy, true);
}

/* The condition's clock is the wall clock: the monotonic one cannot be chosen everywhere. */
static struct timespec wall_time_in(int64_t timeout_ns)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += (time_t)(timeout_ns / NS_PER_S);
    t.tv_nsec += (long)(timeout_ns % NS_PER_S);
    if (t.tv_nsec >= NS_PER_S) {
        t.tv_sec++;
        t.tv_nsec -= (long)NS_PER_S;
    }
    return t;
}

static bool enter(struct mio_poll *poll, int64_t timeout_ns)
{
    struct timespec end;
    bool entered = try_enter(poll);
    int err = 0;

    if (entered || timeout_ns == 0)
        return entered;
    end = wall_time_in(timeout_ns > 0 ? timeout_ns : 0);
    pthread_mutex_lock(&poll->lock);
    atomic_fetch_add(&poll->waiters, 1);
    while (!(entered = try_enter(poll)) && err != ETIMEDOUT)
        err = timeout_ns < 0 ? pthread_cond_wait(&poll->free, &poll->lock)
                             : pthread_cond_timedwait(&poll->free, &poll->lock, &end);
    atomic_fetch_sub(&poll->waiters, 1);
    pthread_mutex_unlock(&poll->lock);
    return entered;
}

static void leave(struct mio_poll *poll)
{
    atomic_store(&poll->busy, false);
    if (atomic_load(&poll->waiters) == 0)
        return;
    pthread_mutex_lock(&poll->lock);
    pthread_cond_signal(&poll->free);
    pthread_mutex_unlock(&poll->lock);
}

/* ---- polling ---- */

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int64_t time_left(int64_t end_ns)
{
    int64_t left = end_ns - now_ns();

    return left > 0 ? left : 0;
}

/* A signal only costs the time that has passed. */
static int wait_for_system(struct mio_poll *poll, struct mio_batch *batch, int64_t timeout_ns)
{
    int64_t end = timeout_ns > 0 ? now_ns() + timeout_ns : 0;
    int err;

    while ((err = poll->type->wait(poll->selector, batch, timeout_ns)) == -EINTR)
        if (timeout_ns > 0)
            timeout_ns = time_left(end);
    return err;
}

/* The steps and their order are the original's: the system is always asked, even when registrations are ready. */
static int poll_in_turn(struct mio_poll *poll, struct mio_batch *batch, int64_t timeout_ns)
{
    bool announced = timeout_ns != 0 && queue_announce_sleep(poll->queue);
    int err = wait_for_system(poll, batch, announced ? timeout_ns : 0);

    if (announced)
        queue_awake(poll->queue);
    if (err)
        return err;
    if (batch->awoken) {
        awakener_drain(&poll->queue->awakener);
        mio_would_block(&poll->awakener, MIO_READABLE);
    }
    if (registration_drain(poll->queue, batch) && poll->queue->fault_785)
        atomic_store(&poll->queue->sleep, AWAKE);
    return 0;
}

int mio_poll(struct mio_poll *poll, struct mio_event *events, unsigned capacity, int64_t timeout_ns)
{
    struct mio_batch batch = {.events = events, .capacity = capacity};
    int64_t end = timeout_ns > 0 ? now_ns() + timeout_ns : 0;
    int err;

    if (capacity == 0)
        return -EINVAL;
    if (!try_enter(poll)) {
        if (!enter(poll, timeout_ns))
            return 0;
        if (timeout_ns > 0)
            timeout_ns = time_left(end); /* waiting for the turn counts */
    }
    err = poll_in_turn(poll, &batch, timeout_ns);
    leave(poll);
    return err ? err : (int)batch.count;
}
