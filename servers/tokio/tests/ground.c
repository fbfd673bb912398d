#include "ground.h"

#include <stdlib.h>
#include <string.h>

static void count(struct tokio_notify *notify)
{
    atomic_fetch_add(&((struct counter *)notify)->notified, 1);
}

static void keep(struct tokio_notify *notify)
{
    (void)notify; /* the test's own */
}

static const struct tokio_notify_type counter_type = {.notify = count, .free = keep};

void counter_init(struct counter *counter)
{
    tokio_notify_init(&counter->notify, &counter_type);
    atomic_init(&counter->notified, 0);
    counter->context = (struct tokio_context){.notify = &counter->notify};
}

unsigned counter_take(struct counter *counter)
{
    return atomic_exchange(&counter->notified, 0);
}

void counter_assert_alone(const struct counter *counter)
{
    assert_int_equal(atomic_load(&counter->notify.references), 1);
}

static int poll_told(struct tokio_future *future, struct tokio_context *context)
{
    struct told *told = (struct told *)future;
    unsigned poll = told->polls++;
    struct tokio_notify *before = told->kept;

    told->kept = tokio_notify_retain(context->notify);
    tokio_notify_release(before);
    if (told->log)
        told->log[strlen(told->log)] = told->letter;
    if (told->during)
        told->during(told);
    for (unsigned i = 0; i < told->notifies_itself; i++)
        tokio_notify(context->notify);
    for (unsigned i = 0; i < told->steps; i++) {
        if (!tokio_may_step(context))
            return TOKIO_PENDING;
        told->stepped++;
    }
    return told->results[poll < TOLD_POLLS_MAX ? poll : TOLD_POLLS_MAX - 1];
}

static void drop_told(struct tokio_future *future)
{
    struct told *told = (struct told *)future;

    told->drops++;
    if (told->dropping)
        told->dropping(told);
}

void told_init(struct told *told)
{
    *told = (struct told){.future = {.poll = poll_told, .drop = drop_told}};
}

void told_fini(struct told *told)
{
    tokio_notify_release(told->kept);
    told->kept = NULL;
}

struct rounds rounds_begin(unsigned least)
{
    const char *seconds = getenv("EDGEWISE_STRESS_SECONDS");

    return (struct rounds){.least = least, .until = seconds ? time(NULL) + atoi(seconds) : 0};
}

bool rounds_go_on(struct rounds *r)
{
    return r->done++ < r->least || time(NULL) < r->until;
}
