#include "tokio/timer.h"

#include <stdlib.h>
#include <time.h>

static int64_t monotonic_now(void *context)
{
    struct timespec t;

    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct tokio_clock tokio_clock_monotonic(void)
{
    return (struct tokio_clock){.now_ns = monotonic_now};
}

void tokio_timers_init(struct tokio_timers *timers, struct tokio_clock clock)
{
    *timers = (struct tokio_timers){.clock = clock};
}

void tokio_timers_fini(struct tokio_timers *timers)
{
    free(timers->heap);
    timers->heap = NULL;
}

static int64_t timer_now_ns(const struct tokio_timers *timers)
{
    return timers->clock.now_ns(timers->clock.context);
}

/* ---- the heap: heap[0] is the earliest, the children of place n are at 2n and 2n + 1 ---- */

static bool is_before(const struct tokio_timer *a, const struct tokio_timer *b)
{
    return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns : a->order < b->order;
}

static void timer_set(struct tokio_timers *timers, size_t place, struct tokio_timer *timer)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

static struct tokio_timer *at(const struct tokio_timers *timers, size_t place)
{
    return timers->heap[place - 1];
}

static void rise(struct tokio_timers *timers, size_t place, struct tokio_timer *timer)
{
    for (; place > 1 && is_before(timer, at(timers, place / 2)); place /= 2)
        timer_set(timers, place, at(timers, place / 2));
    timer_set(timers, place, timer);
}

static void sink(struct tokio_timers *timers, size_t place, struct tokio_timer *timer)
{
    for (size_t child; (child = 2 * place) <= timers->count; place = child) {
        if (child < timers->count && is_before(at(timers, child + 1), at(timers, child)))
            child++;
        if (!is_before(at(timers, child), timer))
            break;
        timer_set(timers, place, at(timers, child));
    }
    timer_set(timers, place, timer);
}

static int timer_add(struct tokio_timers *timers, struct tokio_timer *timer)
{
    if (timers->count == timers->room) {
        size_t room = timers->room ? 2 * timers->room : 8;
        struct tokio_timer **heap = realloc(timers->heap, room * sizeof *heap);

        if (!heap)
            return -ENOMEM;
        timers->heap = heap;
        timers->room = room;
    }
    timer->order = timers->added++;
    rise(timers, ++timers->count, timer);
    return 0;
}

static void remove_timer(struct tokio_timers *timers, struct tokio_timer *timer)
{
    size_t place = timer->place;
    struct tokio_timer *last;

    if (place == 0)
        return;
    last = at(timers, timers->count--);
    timer->place = 0;
    if (last == timer)
        return;
    if (place > 1 && is_before(last, at(timers, place / 2)))
        rise(timers, place, last);
    else
        sink(timers, place, last);
}

/* ---- firing ---- */

int64_t tokio_timers_next_ns(const struct tokio_timers *timers)
{
    return timers->count > 0 ? at(timers, 1)->deadline_ns : INT64_MAX;
}

size_t tokio_timers_fire(struct tokio_timers *timers)
{
    int64_t now = timer_now_ns(timers);
    size_t fired = 0;

    while (tokio_timers_next_ns(timers) <= now && timers->count > 0) {
        struct tokio_timer *timer = at(timers, 1);

        remove_timer(timers, timer);
        tokio_notify(timer->waiting);
        fired++;
    }
    return fired;
}

/* ---- timeout ---- */

static int timer_poll_timeout(struct tokio_future *future, struct tokio_context *context)
{
    struct tokio_timeout *t = (struct tokio_timeout *)future;
    struct tokio_notify *before = t->timer.waiting;

    if (t->timer.deadline_ns <= timer_now_ns(t->timers)) {
        remove_timer(t->timers, &t->timer);
        return TOKIO_READY;
    }
    t->timer.waiting = tokio_notify_retain(context->notify);
    tokio_notify_release(before);
    if (t->timer.place == 0 && timer_add(t->timers, &t->timer) < 0)
        return -ENOMEM;
    return TOKIO_PENDING;
}

void tokio_timeout_init(struct tokio_timeout *timeout, struct tokio_timers *timers,
                        int64_t deadline_ns)
{
    *timeout = (struct tokio_timeout){.future = {.poll = timer_poll_timeout},
                                      .timers = timers,
                                      .timer = {.deadline_ns = deadline_ns}};
}

void tokio_timeout_fini(struct tokio_timeout *timeout)
{
    remove_timer(timeout->timers, &timeout->timer);
    tokio_notify_release(timeout->timer.waiting);
    timeout->timer.waiting = NULL;
}

/* ---- interval ---- */

int64_t tokio_interval_next(int64_t previous_ns, int64_t now_ns, int64_t period_ns)
{
    int64_t missed = now_ns < previous_ns ? 0 : (now_ns - previous_ns) / period_ns;

    if (missed + 1 > (INT64_MAX - previous_ns) / period_ns)
        return INT64_MAX;
    return previous_ns + (missed + 1) * period_ns;
}

static int timer_poll_interval(struct tokio_stream *stream, struct tokio_context *context,
                               void **item)
{
    struct tokio_interval *i = (struct tokio_interval *)stream;
    struct tokio_timeout *next = &i->next;
    int result;

    *item = NULL;
    if (i->period_ns <= 0)
        return -EINVAL;
    result = tokio_poll(&next->future, context);
    if (result != TOKIO_READY)
        return result;
    next->future.finished = false;
    next->timer.deadline_ns = tokio_interval_next(next->timer.deadline_ns,
                                                  timer_now_ns(next->timers), i->period_ns);
    return TOKIO_READY;
}

void tokio_interval_init(struct tokio_interval *interval, struct tokio_timers *timers,
                         int64_t first_ns, int64_t period_ns)
{
    interval->stream.poll = timer_poll_interval;
    interval->period_ns = period_ns;
    tokio_timeout_init(&interval->next, timers, first_ns);
}

void tokio_interval_fini(struct tokio_interval *interval)
{
    tokio_timeout_fini(&interval->next);
}
