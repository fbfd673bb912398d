/* The channel between threads: nothing lost, nothing out of order, nobody left asleep. */
#include "ground.h"

#include "tokio/mpsc.h"

#include <pthread.h>

#define SENDERS 8
#define ITEMS 5000

struct sending {
    struct tokio_future future;
    struct tokio_sender *sender;
    pthread_t thread;
    int id, next, result;
    bool asks; /* whether there is room, before it sends */
};

static int mpsc_threads_test_send_all(struct tokio_future *future, struct tokio_context *context)
{
    struct sending *s = (struct sending *)future;

    while (s->next < ITEMS) {
        int value = s->id * ITEMS + s->next;
        int result = s->asks ? tokio_sender_poll_ready(s->sender, context) : TOKIO_READY;

        if (result == TOKIO_READY)
            result = s->asks ? tokio_sender_try_send(s->sender, &value)
                             : tokio_sender_start_send(s->sender, context, &value);
        if (result != TOKIO_READY)
            return result;
        s->next++;
    }
    return TOKIO_READY;
}

static void *run_sender(void *context)
{
    struct sending *s = context;

    s->result = tokio_wait(&s->future);
    tokio_sender_free(s->sender);
    return NULL;
}

struct receiving {
    struct tokio_future future;
    struct tokio_receiver *receiver;
    int next[SENDERS];
    int total, stop_after;
};

static int receive_all(struct tokio_future *future, struct tokio_context *context)
{
    struct receiving *r = (struct receiving *)future;
    void *item = NULL;
    int result;

    while ((result = tokio_receiver_poll(r->receiver, context, &item)) == TOKIO_READY) {
        int value = *(int *)item;

        if (value % ITEMS != r->next[value / ITEMS]++)
            return -EBADMSG;
        if (++r->total == r->stop_after)
            return TOKIO_READY;
    }
    return result == TOKIO_DONE ? TOKIO_READY : result;
}

static void start_senders(struct sending *sending, struct tokio_sender *first)
{
    for (int i = 0; i < SENDERS; i++) {
        sending[i] = (struct sending){.future = {.poll = mpsc_threads_test_send_all},
                                      .id = i,
                                      .asks = i % 2,
                                      .sender = tokio_sender_clone(first)};
        assert_non_null(sending[i].sender);
    }
    tokio_sender_free(first);
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&sending[i].thread, NULL, run_sender, &sending[i]), 0);
}

/* The receiver is moved to another task, on the same thread, every now and then. */
static void eight_senders_lose_nothing(size_t capacity)
{
    struct sending sending[SENDERS];
    struct receiving r = {.future = {.poll = receive_all}};
    struct tokio_sender *first;

    assert_int_equal(tokio_mpsc_new(sizeof(int), capacity, NULL, &first, &r.receiver), 0);
    start_senders(sending, first);
    for (r.stop_after = 997; r.total < SENDERS * ITEMS; r.stop_after += 997) {
        r.future.finished = false;
        assert_int_equal(tokio_wait(&r.future), TOKIO_READY);
    }
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(sending[i].thread, NULL);
        assert_int_equal(sending[i].result, TOKIO_READY);
        assert_int_equal(r.next[i], ITEMS);
    }
    r.future.finished = false;
    assert_int_equal(tokio_wait(&r.future), TOKIO_READY); /* all senders have gone: the end */
    assert_int_equal(r.total, SENDERS * ITEMS);
    tokio_receiver_free(r.receiver);
}

static void threads_lose_nothing_at_any_capacity(void **state)
{
    static const size_t capacities[] = {0, 1, 8, 16, TOKIO_UNBOUNDED};

    (void)state;
    for (struct rounds rounds = rounds_begin(1); rounds_go_on(&rounds);) {
        for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++)
            eight_senders_lose_nothing(capacities[i]);
    }
}

static void a_receiver_that_closes_lets_all_threads_go(void **state)
{
    struct sending sending[SENDERS];
    struct receiving r = {.future = {.poll = receive_all}, .stop_after = ITEMS / 2};
    struct tokio_sender *first;

    (void)state;
    assert_int_equal(tokio_mpsc_new(sizeof(int), 1, NULL, &first, &r.receiver), 0);
    start_senders(sending, first);
    assert_int_equal(tokio_wait(&r.future), TOKIO_READY);
    tokio_receiver_free(r.receiver);
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(sending[i].thread, NULL);
        assert_int_equal(sending[i].result, -EPIPE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_lose_nothing_at_any_capacity),
        cmocka_unit_test(a_receiver_that_closes_lets_all_threads_go),
    };

    return cmocka_run_group_tests_name("mpsc threads", tests, NULL, NULL);
}
