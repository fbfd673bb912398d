/* 0.6 poll_channel: a channel made of a registration, which is what registrations were for. */
#include "ground.h"

#include <pthread.h>

struct channel {
    struct mio_registration *registration;
    struct mio_set_readiness *set;
    pthread_mutex_t lock;
    int unread;
};

static void channel_test_make(struct channel *channel)
{
    assert_int_equal(mio_registration_new(&channel->registration, &channel->set), 0);
    pthread_mutex_init(&channel->lock, NULL);
    channel->unread = 0;
}

static void unmake(struct channel *channel)
{
    mio_registration_free(channel->registration);
    mio_set_readiness_free(channel->set);
    pthread_mutex_destroy(&channel->lock);
}

/* Only the first unread message makes it ready, and reading the last one unmakes it. */
static void channel_test_add(struct channel *channel, int messages)
{
    pthread_mutex_lock(&channel->lock);
    channel->unread += messages;
    if (messages > 0 && channel->unread == messages)
        mio_set_readiness(channel->set, MIO_READABLE);
    if (messages < 0 && channel->unread == 0)
        mio_set_readiness(channel->set, 0);
    pthread_mutex_unlock(&channel->lock);
}

static void channel_test_watch(struct ground *g, struct channel *channel, uint32_t interest,
                               uint32_t options)
{
    channel_test_make(channel);
    assert_int_equal(
        mio_registration_register(g->poll, channel->registration, 3, interest, options), 0);
}

static int again(struct ground *g, struct channel *channel)
{
    return mio_registration_reregister(g->poll, channel->registration, 3, MIO_READABLE,
                                       MIO_EDGE | MIO_ONESHOT);
}

static void edge_gives_one_event_a_send_and_none_while_unread(void **state)
{
    struct ground *g = *state;
    struct channel channel;

    channel_test_watch(g, &channel, MIO_READABLE, MIO_EDGE);
    for (int round = 0; round < 2; round++) {
        channel_test_add(&channel, 1);
        assert_int_equal(await(g), 1);
        assert_int_equal(seen(g, 3), MIO_READABLE);
        channel_test_add(&channel, 1);
        assert_int_equal(look(g), 0);
        channel_test_add(&channel, -2);
        assert_int_equal(look(g), 0);
    }
    unmake(&channel);
}

static void edge_the_senders_end_is_one_event(void **state)
{
    struct ground *g = *state;
    struct channel channel;

    channel_test_watch(g, &channel, MIO_READABLE, MIO_EDGE);
    mio_set_readiness(channel.set, MIO_READABLE); /* what a sender's last act is */
    mio_set_readiness_free(channel.set);
    channel.set = NULL;
    assert_int_equal(await(g), 1);
    assert_int_equal(look(g), 0);
    unmake(&channel);
}

static void oneshot_is_silent_until_reregistered_and_then_fires_while_unread(void **state)
{
    struct ground *g = *state;
    struct channel channel;

    channel_test_watch(g, &channel, MIO_READABLE, MIO_EDGE | MIO_ONESHOT);
    channel_test_add(&channel, 1);
    assert_int_equal(await(g), 1);
    channel_test_add(&channel, 1);
    assert_int_equal(look(g), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(again(g, &channel), 0);
        assert_int_equal(look(g), 1);
        assert_int_equal(look(g), 0);
    }
    channel_test_add(&channel, -2);
    assert_int_equal(again(g, &channel), 0);
    assert_int_equal(look(g), 0);
    unmake(&channel);
}

static void level_repeats_until_read(void **state)
{
    struct ground *g = *state;
    struct channel channel;

    channel_test_watch(g, &channel, MIO_READABLE, MIO_LEVEL);
    channel_test_add(&channel, 1);
    for (int i = 0; i < 5; i++)
        assert_int_equal(await(g), 1);
    channel_test_add(&channel, -1);
    assert_int_equal(look(g), 0);
    unmake(&channel);
}

static void an_interest_in_writing_sees_nothing(void **state)
{
    struct ground *g = *state;
    struct channel channel;

    channel_test_watch(g, &channel, MIO_WRITABLE, MIO_EDGE);
    channel_test_add(&channel, 1);
    assert_int_equal(look(g), 0);
    unmake(&channel);
}

static void dropped_before_the_poll_gives_no_event(void **state)
{
    struct ground *g = *state;
    struct channel channel;

    channel_test_watch(g, &channel, MIO_READABLE, MIO_EDGE);
    channel_test_add(&channel, 1);
    unmake(&channel);
    assert_int_equal(look(g), 0);
}

static void mixed_with_a_socket_both_are_told(void **state)
{
    struct ground *g = *state;
    struct channel channel;

    channel_test_watch(g, &channel, MIO_READABLE, MIO_EDGE);
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    send_near(g, "x", 1);
    await_bits(g, NEAR, MIO_READABLE);
    channel_test_add(&channel, 1);
    await_bits(g, 3, MIO_READABLE);
    assert_int_equal(drain_near(g), 1);
    send_near(g, "y", 1);
    channel_test_add(&channel, -1);
    channel_test_add(&channel, 1);
    assert_int_equal(await(g), 2);
    unmake(&channel);
}

static void *channel_test_send_one(void *argument)
{
    channel_test_add(argument, 1);
    return NULL;
}

static void five_threads_that_send_at_once_make_one_event(void **state)
{
    struct ground *g = *state;
    struct channel channel;
    pthread_t threads[5];

    channel_test_watch(g, &channel, MIO_READABLE, MIO_EDGE);
    for (int batch = 0; batch < 20; batch++) {
        for (size_t i = 0; i < COUNT(threads); i++)
            assert_int_equal(pthread_create(&threads[i], NULL, channel_test_send_one, &channel), 0);
        assert_int_equal(await(g), 1);
        for (size_t i = 0; i < COUNT(threads); i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(look(g), 0);
        channel_test_add(&channel, -(int)COUNT(threads));
    }
    unmake(&channel);
}

static int channel_test_run(void)
{
    const struct CMUnitTest tests[] = {
        on_ground(edge_gives_one_event_a_send_and_none_while_unread),
        on_ground(edge_the_senders_end_is_one_event),
        on_ground(oneshot_is_silent_until_reregistered_and_then_fires_while_unread),
        on_ground(level_repeats_until_read),
        on_ground(an_interest_in_writing_sees_nothing),
        on_ground(dropped_before_the_poll_gives_no_event),
        on_ground(mixed_with_a_socket_both_are_told),
        on_ground(five_threads_that_send_at_once_make_one_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_on_selector(argc, argv, channel_test_run);
}
