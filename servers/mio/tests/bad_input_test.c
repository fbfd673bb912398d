/* What callers do wrong: an error or nothing, never undefined behaviour. */
#include "ground.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>

#define BIT_OF_NO_MEANING 0x100u

static void nothing_is_polled_into_a_buffer_of_none(void **state)
{
    struct ground *g = *state;

    assert_int_equal(mio_poll(g->poll, NULL, 0, 0), -EINVAL);
    assert_int_equal(mio_poll(g->poll, g->events, 0, MIO_FOREVER), -EINVAL);
}

static void an_unknown_selector_or_awakener_makes_no_poll(void **state)
{
    const struct mio_options unknown = {.selector = "magic"};
    const struct mio_options odd = {.awakener = (enum mio_awakener)9};
    struct mio_poll *poll = *state;

    assert_int_equal(mio_poll_new(&unknown, &poll), -ENOENT);
    assert_null(poll);
    assert_int_equal(mio_poll_new(&odd, &poll), -EINVAL);
    assert_null(poll);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    mio_poll_free(NULL);
    mio_registration_free(NULL);
    mio_set_readiness_free(NULL);
}

static void senseless_registrations_are_refused_and_change_nothing(void **state)
{
    static const struct {
        uintptr_t token;
        uint32_t interest, options;
    } senseless[] = {
        {MIO_TOKEN_RESERVED, MIO_READABLE, MIO_EDGE},
        {1, MIO_READABLE, MIO_EDGE | MIO_LEVEL},
        {1, BIT_OF_NO_MEANING, MIO_EDGE},
        {1, MIO_READABLE, BIT_OF_NO_MEANING},
    };
    struct ground *g = *state;
    struct mio_registration *registration;
    struct mio_set_readiness *set;

    assert_int_equal(mio_registration_new(&registration, &set), 0);
    assert_int_equal(mio_set_readiness(set, BIT_OF_NO_MEANING), -EINVAL);
    assert_int_equal(mio_set_readiness(set, MIO_READABLE), 0);
    for (size_t i = 0; i < COUNT(senseless); i++) {
        uintptr_t token = senseless[i].token;
        uint32_t interest = senseless[i].interest, options = senseless[i].options;

        assert_int_equal(mio_register(g->poll, &g->near, token, interest, options), -EINVAL);
        assert_int_equal(mio_reregister(g->poll, &g->near, token, interest, options), -EINVAL);
        assert_int_equal(mio_registration_register(g->poll, registration, token, interest, options),
                         -EINVAL);
        assert_int_equal(
            mio_registration_reregister(g->poll, registration, token, interest, options), -EINVAL);
    }
    assert_int_equal(look(g), 0);
    mio_registration_free(registration);
    mio_set_readiness_free(set);
}

/* 1.x poll: an error of a source is passed on */
static void a_closed_descriptor_is_refused_and_can_still_be_deregistered(void **state)
{
    struct ground *g = *state;
    struct mio_socket never, closed;

    mio_socket_init(&never, -1);
    assert_int_equal(mio_register(g->poll, &never, 1, MIO_READABLE, MIO_EDGE), -EBADF);
    mio_socket_init(&closed, udp_socket());
    close(closed.fd);
    assert_int_equal(mio_register(g->poll, &closed, 1, MIO_READABLE, MIO_EDGE), -EBADF);
    assert_int_equal(mio_register(g->poll, &closed, 1, 0, MIO_EDGE), -EBADF);
    assert_int_equal(mio_deregister(g->poll, &closed), -ENOENT);

    mio_socket_init(&closed, udp_socket());
    assert_int_equal(mio_register(g->poll, &closed, 1, MIO_READABLE | MIO_WRITABLE, MIO_LEVEL), 0);
    close(closed.fd);
    assert_int_equal(look(g), 0);
    assert_int_equal(mio_reregister(g->poll, &closed, 1, MIO_READABLE, MIO_LEVEL), -EBADF);
    assert_int_equal(mio_deregister(g->poll, &closed), 0);
    assert_int_equal(mio_deregister(g->poll, &closed), -ENOENT);
}

static void a_closed_descriptors_number_serves_again_after_deregister(void **state)
{
    struct ground *g = *state;
    struct mio_socket old, new;

    mio_socket_init(&old, udp_socket());
    assert_int_equal(mio_register(g->poll, &old, 1, MIO_READABLE, MIO_LEVEL), 0);
    close(old.fd);
    assert_int_equal(mio_deregister(g->poll, &old), 0);
    mio_socket_init(&new, udp_socket());
    assert_int_equal(new.fd, old.fd);
    assert_int_equal(mio_register(g->poll, &new, 2, MIO_WRITABLE, MIO_LEVEL), 0);
    assert_int_equal(look(g), 1);
    assert_int_equal(seen(g, 2), MIO_WRITABLE);
    assert_int_equal(mio_deregister(g->poll, &new), 0);
    close(new.fd);
}

static void bad_input_test_limit_descriptors(rlim_t most, struct rlimit *before)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
    limit = *before;
    limit.rlim_cur = most;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void without_descriptors_there_is_no_new_poll_and_nothing_left_open(void **state)
{
    struct ground *g = *state;
    const struct mio_options options = {.selector = g->selector};
    int next = dup(0);
    struct rlimit before;
    struct mio_poll *poll;

    close(next);
    for (int more = 0; more < 4; more++) {
        bad_input_test_limit_descriptors((rlim_t)next + (rlim_t)more, &before);
        if (mio_poll_new(&options, &poll) == 0)
            mio_poll_free(poll);
        else
            assert_null(poll);
        setrlimit(RLIMIT_NOFILE, &before);
        assert_int_equal(dup(0), next);
        close(next);
    }
    bad_input_test_limit_descriptors((rlim_t)next, &before);
    assert_int_equal(mio_poll_new(&options, &poll), -EMFILE);
    setrlimit(RLIMIT_NOFILE, &before);
}

static void registrations_need_no_descriptors(void **state)
{
    enum { MANY = 2000 };
    struct ground *g = *state;
    struct mio_registration *registrations[MANY];
    struct mio_set_readiness *sets[MANY];
    struct rlimit before;
    int told = 0;

    bad_input_test_limit_descriptors((rlim_t)g->far.fd + 1, &before);
    for (uintptr_t i = 0; i < MANY; i++) {
        assert_int_equal(mio_registration_new(&registrations[i], &sets[i]), 0);
        assert_int_equal(
            mio_registration_register(g->poll, registrations[i], i, MIO_READABLE, MIO_EDGE), 0);
        assert_int_equal(mio_set_readiness(sets[i], MIO_READABLE), 0);
    }
    while (look(g) > 0)
        told += g->n;
    assert_int_equal(told, MANY);
    setrlimit(RLIMIT_NOFILE, &before);
    for (int i = 0; i < MANY; i++) {
        mio_registration_free(registrations[i]);
        mio_set_readiness_free(sets[i]);
    }
}

static void a_registration_outlives_its_poll_and_does_nothing(void **state)
{
    struct ground *g = *state;
    const struct mio_options options = {.selector = g->selector};
    struct mio_registration *queued, *idle, *moved;
    struct mio_set_readiness *queued_set, *idle_set, *moved_set;
    struct mio_poll *poll;

    assert_int_equal(mio_poll_new(&options, &poll), 0);
    assert_int_equal(mio_registration_new(&queued, &queued_set), 0);
    assert_int_equal(mio_registration_new(&idle, &idle_set), 0);
    assert_int_equal(mio_registration_new(&moved, &moved_set), 0);
    assert_int_equal(mio_registration_register(poll, queued, 1, MIO_READABLE, MIO_LEVEL), 0);
    assert_int_equal(mio_registration_register(poll, idle, 2, MIO_READABLE, MIO_EDGE), 0);
    assert_int_equal(mio_registration_register(poll, moved, 3, MIO_READABLE, MIO_EDGE), 0);
    assert_int_equal(mio_set_readiness(queued_set, MIO_READABLE), 0);
    mio_poll_free(poll);

    assert_int_equal(mio_set_readiness(queued_set, MIO_READABLE), 0);
    assert_int_equal(mio_set_readiness(idle_set, MIO_READABLE), 0);
    assert_int_equal(mio_set_readiness(idle_set, MIO_READABLE), 0);
    assert_int_equal(mio_registration_register(g->poll, moved, 3, MIO_READABLE, MIO_EDGE), -EBUSY);
    mio_registration_free(queued);
    assert_int_equal(mio_set_readiness(queued_set, MIO_READABLE), 0);
    mio_set_readiness_free(queued_set);
    mio_set_readiness_free(idle_set);
    mio_registration_free(idle);
    mio_registration_free(moved);
    mio_set_readiness_free(moved_set);
    assert_int_equal(look(g), 0);
}

static void a_registration_belongs_to_its_first_poll(void **state)
{
    struct ground *g = *state;
    const struct mio_options options = {.selector = g->selector};
    struct mio_registration *registration;
    struct mio_set_readiness *set;
    struct mio_poll *other;

    assert_int_equal(mio_poll_new(&options, &other), 0);
    assert_int_equal(mio_registration_new(&registration, &set), 0);
    assert_int_equal(mio_registration_register(g->poll, registration, 1, MIO_READABLE, MIO_EDGE),
                     0);
    assert_int_equal(mio_registration_register(other, registration, 1, MIO_READABLE, MIO_EDGE),
                     -EBUSY);
    assert_int_equal(mio_registration_reregister(other, registration, 1, MIO_READABLE, MIO_EDGE),
                     -EBUSY);
    assert_int_equal(mio_registration_deregister(other, registration), -EBUSY);
    mio_poll_free(other);
    mio_registration_free(registration);
    mio_set_readiness_free(set);
}

/* ---- set-readiness racing with drop, of the registration and of the whole poll ---- */

static void *set_many_and_free(void *argument)
{
    struct mio_set_readiness *set = argument;

    for (int i = 0; i < 200; i++)
        mio_set_readiness(set, i % 4 ? MIO_READABLE : 0);
    mio_set_readiness_free(set);
    return NULL;
}

static void setting_races_with_dropping(void **state)
{
    struct ground *g = *state;
    const struct mio_options options = {.selector = g->selector};

    for (int i = 0; i < 200; i++) {
        struct mio_registration *registration;
        struct mio_set_readiness *set;
        struct mio_poll *poll;
        pthread_t threads[2];

        assert_int_equal(mio_poll_new(&options, &poll), 0);
        assert_int_equal(mio_registration_new(&registration, &set), 0);
        assert_int_equal(mio_registration_register(poll, registration, 1, MIO_READABLE,
                                                   i % 2 ? MIO_EDGE : MIO_LEVEL),
                         0);
        for (int t = 0; t < 2; t++)
            assert_int_equal(
                pthread_create(&threads[t], NULL, set_many_and_free, mio_set_readiness_clone(set)),
                0);
        assert_true(mio_poll(poll, g->events, 4, 0) >= 0);
        if (i % 4 < 2) {
            mio_registration_free(registration);
            mio_poll_free(poll);
        } else {
            mio_poll_free(poll);
            mio_registration_free(registration);
        }
        for (int t = 0; t < 2; t++)
            pthread_join(threads[t], NULL);
        mio_set_readiness_free(set);
    }
}

static int bad_input_test_run(void)
{
    const struct CMUnitTest tests[] = {
        on_ground(nothing_is_polled_into_a_buffer_of_none),
        on_ground(an_unknown_selector_or_awakener_makes_no_poll),
        on_ground(freeing_nothing_is_allowed),
        on_ground(senseless_registrations_are_refused_and_change_nothing),
        on_ground(a_closed_descriptor_is_refused_and_can_still_be_deregistered),
        on_ground(a_closed_descriptors_number_serves_again_after_deregister),
        on_ground(without_descriptors_there_is_no_new_poll_and_nothing_left_open),
        on_ground(registrations_need_no_descriptors),
        on_ground(a_registration_outlives_its_poll_and_does_nothing),
        on_ground(a_registration_belongs_to_its_first_poll),
        on_ground(setting_races_with_dropping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_on_selector(argc, argv, bad_input_test_run);
}
