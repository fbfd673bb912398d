/* The core among threads: no wake-up is lost, and what is spawned from elsewhere is polled or
 * dropped, once.
 *
 * Normally a few rounds; EDGEWISE_STRESS_SECONDS=10 makes each of them last. */
#include "ground.h"

#include "tokio/core_internal.h"
#include "tokio/udp.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define THREADS 8
#define NOTIFIES 500
#define SPAWNS 500
#define DEADLINE_S 30

static struct timespec deadline(void)
{
    const char *scale = getenv("EDGEWISE_TIMEOUT_SCALE");
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += DEADLINE_S * (scale && atoi(scale) > 0 ? atoi(scale) : 1);
    return at;
}

/* ---- notifies ---- */

struct mailbox {
    atomic_uint sent;
    unsigned seen;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

/* Sees all mailboxes at each poll. */
struct looking {
    struct tokio_future future;
    struct mailbox boxes[THREADS];
    struct tokio_notify *task;
    unsigned polls;
};

struct notifier {
    struct looking *looking;
    struct mailbox *box;
    unsigned lost;
};

/* Each notify waits until it was seen: a lost one would be waited for in vain. */
static void *notify_and_wait(void *argument)
{
    struct notifier *n = argument;
    struct timespec limit = deadline();

    for (unsigned i = 1; i <= NOTIFIES && n->lost == 0; i++) {
        atomic_store(&n->box->sent, i);
        tokio_notify(n->looking->task);
        pthread_mutex_lock(&n->box->lock);
        while (n->box->seen < i && n->lost == 0)
            n->lost = pthread_cond_timedwait(&n->box->changed, &n->box->lock, &limit) != 0;
        pthread_mutex_unlock(&n->box->lock);
    }
    return NULL;
}

static int stress_test_look(struct tokio_future *future, struct tokio_context *context)
{
    struct looking *l = (struct looking *)future;
    unsigned all = 0;

    (void)context;
    l->polls++;
    for (int i = 0; i < THREADS; i++) {
        struct mailbox *box = &l->boxes[i];

        pthread_mutex_lock(&box->lock);
        box->seen = atomic_load(&box->sent);
        pthread_cond_signal(&box->changed);
        pthread_mutex_unlock(&box->lock);
        all += box->seen == NOTIFIES;
    }
    return all == THREADS ? TOKIO_READY : TOKIO_PENDING;
}

static int begin_to_look(struct tokio_future *future, struct tokio_context *context)
{
    struct looking *l = (struct looking *)future;

    l->task = tokio_notify_retain(context->notify);
    future->poll = stress_test_look;
    return TOKIO_PENDING;
}

static void no_notify_from_eight_threads_is_lost_and_each_is_one_write_at_most(void **state)
{
    (void)state;
    for (struct rounds rounds = rounds_begin(3); rounds_go_on(&rounds);) {
        struct looking l = {.future.poll = begin_to_look};
        struct notifier notifiers[THREADS];
        pthread_t threads[THREADS];
        struct mio_counters counters;
        struct tokio_core *core;

        assert_int_equal(tokio_core_new(NULL, &core), 0);
        assert_int_equal(tokio_core_poll_main(core, &l.future), TOKIO_PENDING);
        for (int i = 0; i < THREADS; i++) {
            pthread_mutex_init(&l.boxes[i].lock, NULL);
            pthread_cond_init(&l.boxes[i].changed, NULL);
            notifiers[i] = (struct notifier){.looking = &l, .box = &l.boxes[i]};
            assert_int_equal(pthread_create(&threads[i], NULL, notify_and_wait, &notifiers[i]), 0);
        }
        assert_int_equal(tokio_core_run(core, &l.future), TOKIO_READY);
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(notifiers[i].lost, 0);
        }
        mio_poll_counters(tokio_core_poll(core), &counters);
        assert_in_range(counters.wakeups_written, 0, THREADS * NOTIFIES);
        assert_in_range(l.polls, NOTIFIES, 1 + THREADS * NOTIFIES);
        tokio_notify_release(l.task);
        tokio_core_free(core);
    }
}

/* ---- remote spawn ---- */

struct account {
    atomic_uint taken, polled, dropped;
};

struct parcel {
    struct tokio_future future;
    struct account *account;
};

static int poll_parcel(struct tokio_future *future, struct tokio_context *context)
{
    (void)context;
    atomic_fetch_add(&((struct parcel *)future)->account->polled, 1);
    return TOKIO_READY;
}

static void drop_parcel(struct tokio_future *future)
{
    atomic_fetch_add(&((struct parcel *)future)->account->dropped, 1);
    free(future);
}

struct spawner {
    struct tokio_remote *remote;
    struct account *account;
};

static void *spawn_until_refused(void *argument)
{
    struct spawner *s = argument;

    for (int i = 0; i < SPAWNS; i++) {
        struct parcel *p = malloc(sizeof *p);

        if (!p)
            break;
        *p = (struct parcel){.future = {.poll = poll_parcel, .drop = drop_parcel},
                             .account = s->account};
        if (tokio_remote_spawn(s->remote, &p->future) < 0) {
            free(p); /* not taken: the core is gone */
            break;
        }
        atomic_fetch_add(&s->account->taken, 1);
    }
    tokio_remote_release(s->remote);
    return NULL;
}

/* The core ends under the spawners' hands, each round a little later. */
static void what_threads_spawn_is_polled_at_most_once_and_dropped_exactly_once(void **state)
{
    unsigned round = 0;

    (void)state;
    for (struct rounds rounds = rounds_begin(3); rounds_go_on(&rounds); round++) {
        struct account account = {0};
        struct spawner spawner = {.account = &account};
        pthread_t threads[THREADS];
        struct tokio_core *core;

        assert_int_equal(tokio_core_new(NULL, &core), 0);
        spawner.remote = tokio_core_remote(core);
        for (int i = 1; i < THREADS; i++)
            /* a reference for each thread */
            assert_ptr_equal(tokio_core_remote(core), spawner.remote);
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, spawn_until_refused, &spawner), 0);
        while (atomic_load(&account.polled) < 100 * (round % 10))
            assert_true(tokio_core_turn(core, MIO_FOREVER) >= 0);
        tokio_core_free(core);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(account.dropped, account.taken);
        assert_in_range(account.polled, 100 * (round % 10), account.taken);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_notify_from_eight_threads_is_lost_and_each_is_one_write_at_most),
        cmocka_unit_test(what_threads_spawn_is_polled_at_most_once_and_dropped_exactly_once),
    };

    return cmocka_run_group_tests_name("tokio stress", tests, NULL, NULL);
}
