/* User-space registrations, after 0.6 custom_evented: readiness set by one thread, told to
 * another. */
#include "ground.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct pair {
    struct mio_registration *registration;
    struct mio_set_readiness *set;
};

static struct pair new_pair(void)
{
    struct pair pair;

    assert_int_equal(mio_registration_new(&pair.registration, &pair.set), 0);
    return pair;
}

static void free_pair(struct pair *pair)
{
    mio_registration_free(pair->registration);
    mio_set_readiness_free(pair->set);
}

static void register_pair(struct ground *g, struct pair *pair, uintptr_t token, uint32_t options)
{
    assert_int_equal(
        mio_registration_register(g->poll, pair->registration, token, MIO_READABLE, options), 0);
}

/* 0.6 custom_evented smoke */
static void setting_readiness_makes_one_event(void **state)
{
    struct ground *g = *state;
    struct pair pair = new_pair();

    register_pair(g, &pair, 5, MIO_EDGE);
    assert_int_equal(look(g), 0);
    assert_int_equal(mio_set_readiness(pair.set, MIO_READABLE), 0);
    assert_int_equal(mio_readiness(pair.set), MIO_READABLE);
    assert_int_equal(await(g), 1);
    assert_int_equal(seen(g, 5), MIO_READABLE);
    assert_int_equal(look(g), 0);
    free_pair(&pair);
}

static void edge_setting_the_same_bits_again_is_a_new_event(void **state)
{
    struct ground *g = *state;
    struct pair pair = new_pair();

    register_pair(g, &pair, 5, MIO_EDGE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mio_set_readiness(pair.set, MIO_READABLE), 0);
        assert_int_equal(mio_set_readiness(pair.set, MIO_READABLE), 0);
        assert_int_equal(look(g), 1);
        assert_int_equal(look(g), 0);
    }
    free_pair(&pair);
}

static void what_is_taken_back_before_the_poll_is_never_told(void **state)
{
    struct ground *g = *state;
    struct pair pair = new_pair();

    register_pair(g, &pair, 5, MIO_EDGE);
    assert_int_equal(mio_set_readiness(pair.set, MIO_READABLE), 0);
    assert_int_equal(mio_set_readiness(pair.set, 0), 0);
    assert_int_equal(look(g), 0);
    free_pair(&pair);
}

static void events_come_in_the_order_of_becoming_ready(void **state)
{
    struct ground *g = *state;
    struct pair pairs[5];

    for (size_t i = 0; i < COUNT(pairs); i++) {
        pairs[i] = new_pair();
        register_pair(g, &pairs[i], i, MIO_EDGE);
    }
    for (size_t i = COUNT(pairs); i-- > 0;)
        assert_int_equal(mio_set_readiness(pairs[i].set, MIO_READABLE), 0);
    assert_int_equal(look(g), COUNT(pairs));
    for (size_t i = 0; i < COUNT(pairs); i++)
        assert_int_equal(g->events[i].token, COUNT(pairs) - 1 - i);
    for (size_t i = 0; i < COUNT(pairs); i++)
        free_pair(&pairs[i]);
}

static void reregister_tells_anew_with_the_new_token(void **state)
{
    struct ground *g = *state;
    struct pair pair = new_pair();

    register_pair(g, &pair, 5, MIO_EDGE);
    assert_int_equal(mio_set_readiness(pair.set, MIO_READABLE), 0);
    assert_int_equal(look(g), 1);
    for (uintptr_t token = 6; token < 12; token++) {
        assert_int_equal(
            mio_registration_reregister(g->poll, pair.registration, token, MIO_READABLE, MIO_EDGE),
            0);
        assert_int_equal(look(g), 1);
        assert_int_equal(seen(g, token), MIO_READABLE);
    }
    free_pair(&pair);
}

static void deregister_swallows_what_is_queued(void **state)
{
    struct ground *g = *state;
    struct pair pair = new_pair();

    register_pair(g, &pair, 5, MIO_EDGE);
    assert_int_equal(mio_set_readiness(pair.set, MIO_READABLE), 0);
    assert_int_equal(mio_registration_deregister(g->poll, pair.registration), 0);
    assert_int_equal(look(g), 0);
    register_pair(g, &pair, 6, MIO_EDGE); /* the readiness lasted */
    assert_int_equal(look(g), 1);
    assert_int_equal(seen(g, 6), MIO_READABLE);
    free_pair(&pair);
}

static void level_oneshot_is_told_once_for_each_reregister(void **state)
{
    struct ground *g = *state;
    struct pair pair = new_pair();

    register_pair(g, &pair, 5, MIO_LEVEL | MIO_ONESHOT);
    assert_int_equal(mio_set_readiness(pair.set, MIO_READABLE), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(look(g), 1);
        assert_int_equal(look(g), 0);
        assert_int_equal(mio_registration_reregister(g->poll, pair.registration, 5, MIO_READABLE,
                                                     MIO_LEVEL | MIO_ONESHOT),
                         0);
    }
    free_pair(&pair);
}

static void the_calls_that_want_a_register_or_none_say_so(void **state)
{
    struct ground *g = *state;
    struct pair pair = new_pair();

    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            mio_registration_reregister(g->poll, pair.registration, 5, MIO_READABLE, MIO_EDGE),
            -ENOENT);
        assert_int_equal(mio_registration_deregister(g->poll, pair.registration), -ENOENT);
        register_pair(g, &pair, 5, MIO_EDGE);
        assert_int_equal(
            mio_registration_register(g->poll, pair.registration, 6, MIO_READABLE, MIO_EDGE),
            -EEXIST);
        assert_int_equal(mio_registration_deregister(g->poll, pair.registration), 0);
    }
    free_pair(&pair);
}

/* ---- 0.6 custom_evented set_readiness_before_register ---- */

struct early {
    struct pair pair;
    atomic_bool start; /* macOS has no pthread_barrier */
};

static void *set_early(void *argument)
{
    struct early *early = argument;

    while (!atomic_load(&early->start))
        sched_yield();
    mio_set_readiness(early->pair.set, MIO_READABLE);
    return NULL;
}

static void readiness_set_before_or_during_register_is_not_lost(void **state)
{
    struct ground *g = *state;

    for (int i = 0; i < 5000; i++) {
        struct early early = {.pair = new_pair()};
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, set_early, &early), 0);
        atomic_store(&early.start, true);
        register_pair(g, &early.pair, 5, MIO_EDGE);
        assert_int_equal(await(g), 1);
        assert_int_equal(seen(g, 5), MIO_READABLE);
        pthread_join(thread, NULL);
        free_pair(&early.pair);
        look(g);
    }
}

/* ---- 0.6 custom_evented single_threaded_poll ---- */

enum { FLIPPERS = 4, FLIPPED = 128, FLIPS = 50 };

static void *flip_readiness(void *argument)
{
    struct pair *pairs = argument;

    for (int flip = 0; flip < FLIPS; flip++)
        for (int i = 0; i < FLIPPED; i++)
            mio_set_readiness(pairs[i].set, (flip + i) % 3 ? MIO_READABLE : 0);
    for (int i = 0; i < FLIPPED; i++)
        mio_set_readiness(pairs[i].set, MIO_READABLE);
    return NULL;
}

static void flipping_readiness_and_interest_ends_with_all_readable(void **state)
{
    struct ground *g = *state;
    static struct pair pairs[FLIPPERS * FLIPPED];
    static bool told[FLIPPERS * FLIPPED];
    pthread_t threads[FLIPPERS];
    size_t n_told = 0;

    memset(told, 0, sizeof told);
    for (size_t i = 0; i < COUNT(pairs); i++) {
        pairs[i] = new_pair();
        register_pair(g, &pairs[i], i, MIO_EDGE);
    }
    for (int i = 0; i < FLIPPERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, flip_readiness, pairs + i * FLIPPED), 0);
    for (int round = 0; round < 50; round++) {
        look(g);
        for (int i = 0; i < g->n; i++)
            assert_int_equal(
                mio_registration_reregister(g->poll, pairs[g->events[i].token].registration,
                                            g->events[i].token,
                                            round % 2 ? MIO_READABLE : MIO_WRITABLE, MIO_EDGE),
                0);
    }
    for (int i = 0; i < FLIPPERS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < COUNT(pairs); i++)
        assert_int_equal(
            mio_registration_reregister(g->poll, pairs[i].registration, i, MIO_READABLE, MIO_EDGE),
            0);
    while (look(g) > 0)
        for (int i = 0; i < g->n; i++) {
            n_told += !told[g->events[i].token];
            told[g->events[i].token] = true;
            assert_int_equal(g->events[i].readiness, MIO_READABLE);
        }
    assert_int_equal(n_told, COUNT(pairs));
    for (size_t i = 0; i < COUNT(pairs); i++)
        free_pair(&pairs[i]);
}

static int registrations_test_run(void)
{
    const struct CMUnitTest tests[] = {
        on_ground(setting_readiness_makes_one_event),
        on_ground(edge_setting_the_same_bits_again_is_a_new_event),
        on_ground(what_is_taken_back_before_the_poll_is_never_told),
        on_ground(events_come_in_the_order_of_becoming_ready),
        on_ground(reregister_tells_anew_with_the_new_token),
        on_ground(deregister_swallows_what_is_queued),
        on_ground(level_oneshot_is_told_once_for_each_reregister),
        on_ground(the_calls_that_want_a_register_or_none_say_so),
        on_ground(readiness_set_before_or_during_register_is_not_lost),
        on_ground(flipping_readiness_and_interest_ends_with_all_readable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_on_selector(argc, argv, registrations_test_run);
}
