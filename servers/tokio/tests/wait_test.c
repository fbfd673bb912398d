/* A future on a thread of its own, notified by others. */
#include "ground.h"

#include <pthread.h>

#define THREADS 8
#define NOTIFIES 20000

struct storm {
    struct tokio_future future;
    atomic_uint sent;
    unsigned seen;
    struct tokio_notify *notify; /* held until all threads have ended */
    pthread_t threads[THREADS];
};

static void *notify_often(void *context)
{
    struct storm *storm = context;

    for (int i = 0; i < NOTIFIES; i++) {
        atomic_fetch_add(&storm->sent, 1);
        tokio_notify(storm->notify);
    }
    return NULL;
}

static int wait_test_look(struct tokio_future *future, struct tokio_context *context)
{
    struct storm *storm = (struct storm *)future;

    (void)context;
    storm->seen = atomic_load(&storm->sent);
    return storm->seen == THREADS * NOTIFIES ? TOKIO_READY : TOKIO_PENDING;
}

static int start_the_storm(struct tokio_future *future, struct tokio_context *context)
{
    struct storm *storm = (struct storm *)future;

    storm->notify = tokio_notify_retain(context->notify);
    future->poll = wait_test_look;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&storm->threads[i], NULL, notify_often, storm), 0);
    return wait_test_look(future, context);
}

/* A lost wake-up would leave the waiting thread asleep for ever: the test's own deadline is
 * ctest's. */
static void no_notify_of_eight_threads_is_lost(void **state)
{
    (void)state;
    for (struct rounds rounds = rounds_begin(1); rounds_go_on(&rounds);) {
        struct storm storm = {.future = {.poll = start_the_storm}};

        assert_int_equal(tokio_wait(&storm.future), TOKIO_READY);
        assert_int_equal(storm.seen, THREADS * NOTIFIES);
        for (int i = 0; i < THREADS; i++)
            pthread_join(storm.threads[i], NULL);
        tokio_notify_release(storm.notify);
    }
}

static void *wait_test_notify_and_release(void *notify)
{
    tokio_notify(notify);
    tokio_notify_release(notify);
    return NULL;
}

/* As future-notify does it, without the second's sleep. */
struct handed {
    struct tokio_future future;
    unsigned polls, notifies;
};

static int hand_the_task_to_a_thread(struct tokio_future *future, struct tokio_context *context)
{
    struct handed *handed = (struct handed *)future;
    pthread_t thread;

    if (++handed->polls == 10)
        return TOKIO_READY;
    handed->notifies++;
    assert_int_equal(pthread_create(&thread, NULL, wait_test_notify_and_release,
                                    tokio_notify_retain(context->notify)),
                     0);
    pthread_detach(thread);
    return TOKIO_PENDING;
}

static void ten_polls_take_nine_notifies(void **state)
{
    struct handed handed = {.future = {.poll = hand_the_task_to_a_thread}};

    (void)state;
    assert_int_equal(tokio_wait(&handed.future), TOKIO_READY);
    assert_int_equal(handed.polls, 10);
    assert_int_equal(handed.notifies, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_notify_of_eight_threads_is_lost),
        cmocka_unit_test(ten_polls_take_nine_notifies),
    };

    return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
