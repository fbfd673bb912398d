/* The channel for one value. */
#include "ground.h"

#include "tokio/oneshot.h"

#include <pthread.h>

#define ROUNDS 2000

struct pair {
    struct counter sending, receiving;
    struct tokio_oneshot_sender *sender;
    struct tokio_oneshot_receiver *receiver;
};

static int oneshot_test_setup(void **state)
{
    static struct pair p;

    counter_init(&p.sending);
    counter_init(&p.receiving);
    *state = &p;
    return tokio_oneshot_new(&p.sender, &p.receiver);
}

/* Ends that a test has given away are NULL by then. */
static int oneshot_test_teardown(void **state)
{
    struct pair *p = *state;

    tokio_oneshot_sender_free(p->sender);
    tokio_oneshot_receiver_free(p->receiver);
    counter_assert_alone(&p->sending);
    counter_assert_alone(&p->receiving);
    return 0;
}

static int oneshot_test_send(struct pair *p, void *value)
{
    struct tokio_oneshot_sender *sender = p->sender;

    p->sender = NULL;
    return tokio_oneshot_send(sender, value);
}

static int oneshot_test_receive(struct pair *p, void **value)
{
    return tokio_oneshot_poll(p->receiver, &p->receiving.context, value);
}

static void a_value_sent_is_received_and_wakes_who_waits(void **state)
{
    struct pair *p = *state;
    void *value = NULL;
    int sent;

    assert_int_equal(oneshot_test_receive(p, &value), TOKIO_PENDING);
    assert_int_equal(oneshot_test_send(p, &sent), 0);
    assert_int_equal(counter_take(&p->receiving), 1);
    assert_int_equal(oneshot_test_receive(p, &value), TOKIO_READY);
    assert_ptr_equal(value, &sent);
}

static void after_delivery_there_is_no_more(void **state)
{
    struct pair *p = *state;
    void *value;

    oneshot_test_send(p, p);
    assert_int_equal(oneshot_test_receive(p, &value), TOKIO_READY);
    assert_int_equal(oneshot_test_receive(p, &value), -ECANCELED);
}

static void a_sender_that_goes_without_sending_cancels(void **state)
{
    struct pair *p = *state;
    void *value;

    assert_int_equal(oneshot_test_receive(p, &value), TOKIO_PENDING);
    tokio_oneshot_sender_free(p->sender);
    p->sender = NULL;
    assert_int_equal(counter_take(&p->receiving), 1);
    assert_int_equal(oneshot_test_receive(p, &value), -ECANCELED);
}

static void a_receiver_that_closes_or_goes_wakes_the_sender_and_refuses(void **state)
{
    struct pair *p = *state;

    assert_int_equal(tokio_oneshot_poll_cancel(p->sender, &p->sending.context), TOKIO_PENDING);
    tokio_oneshot_close(p->receiver);
    assert_int_equal(counter_take(&p->sending), 1);
    assert_int_equal(tokio_oneshot_poll_cancel(p->sender, &p->sending.context), TOKIO_READY);
    tokio_oneshot_receiver_free(p->receiver);
    p->receiver = NULL;
    assert_int_equal(tokio_oneshot_poll_cancel(p->sender, &p->sending.context), TOKIO_READY);
    assert_int_equal(oneshot_test_send(p, p), -EPIPE);
}

static void a_closed_receiver_has_nothing_unless_it_was_sent_before(void **state)
{
    struct pair *p = *state;
    struct tokio_oneshot_sender *sender;
    struct tokio_oneshot_receiver *receiver;
    void *value = NULL;

    oneshot_test_send(p, p);
    tokio_oneshot_close(p->receiver);
    assert_int_equal(oneshot_test_receive(p, &value), TOKIO_READY);

    assert_int_equal(tokio_oneshot_new(&sender, &receiver), 0);
    tokio_oneshot_close(receiver);
    assert_int_equal(tokio_oneshot_poll(receiver, &p->receiving.context, &value), -ECANCELED);
    tokio_oneshot_sender_free(sender);
    tokio_oneshot_receiver_free(receiver);
}

struct crossing {
    struct tokio_future future;
    struct tokio_oneshot_receiver *receiver;
    void *value;
};

static int poll_crossing(struct tokio_future *future, struct tokio_context *context)
{
    struct crossing *c = (struct crossing *)future;

    return tokio_oneshot_poll(c->receiver, context, &c->value);
}

static void *send_itself(void *sender)
{
    tokio_oneshot_send(sender, sender);
    return NULL;
}

static void no_value_is_lost_between_threads(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct crossing c = {.future = {.poll = poll_crossing}};
        struct tokio_oneshot_sender *sender;
        pthread_t thread;

        assert_int_equal(tokio_oneshot_new(&sender, &c.receiver), 0);
        assert_int_equal(pthread_create(&thread, NULL, send_itself, sender), 0);
        assert_int_equal(tokio_wait(&c.future), TOKIO_READY);
        assert_ptr_equal(c.value, sender);
        tokio_oneshot_receiver_free(c.receiver);
        pthread_join(thread, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_value_sent_is_received_and_wakes_who_waits,
                                        oneshot_test_setup, oneshot_test_teardown),
        cmocka_unit_test_setup_teardown(after_delivery_there_is_no_more, oneshot_test_setup,
                                        oneshot_test_teardown),
        cmocka_unit_test_setup_teardown(a_sender_that_goes_without_sending_cancels,
                                        oneshot_test_setup, oneshot_test_teardown),
        cmocka_unit_test_setup_teardown(a_receiver_that_closes_or_goes_wakes_the_sender_and_refuses,
                                        oneshot_test_setup, oneshot_test_teardown),
        cmocka_unit_test_setup_teardown(a_closed_receiver_has_nothing_unless_it_was_sent_before,
                                        oneshot_test_setup, oneshot_test_teardown),
        cmocka_unit_test(no_value_is_lost_between_threads),
    };

    return cmocka_run_group_tests_name("oneshot", tests, NULL, NULL);
}
