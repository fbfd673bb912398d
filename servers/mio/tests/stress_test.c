/* Eight threads set readiness on ten thousand registrations while one polls and one reregisters.
 * What is asserted is counted: after the last set of each registration there came an event of it,
 * so each readiness was delivered, or superseded by one that was; and the awakener was written at
 * most once for each poll.
 *
 * Normally so many sets; EDGEWISE_STRESS_SECONDS=10 makes it last. */
#include "ground.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { SETTERS = 8, REGISTRATIONS = 10000, SETS = 50000 };

struct one {
    struct mio_registration *registration;
    struct mio_set_readiness *set;
    atomic_uint published; /* sets begun */
    unsigned delivered;    /* of them, those begun when the last event was seen; the poller's */
};

struct stress {
    struct mio_poll *poll;
    struct one all[REGISTRATIONS];
    int64_t until; /* 0: a fixed number of sets */
    atomic_int setters_left;
    atomic_bool changer_done;
    atomic_int failed;
    uint64_t polls;
};

struct setter {
    struct stress *stress;
    uint64_t random;
};

/* xorshift64 (Marsaglia): the order differs by thread and is the same in each run. */
static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static bool more(const struct stress *s, int done)
{
    return s->until ? done % 256 != 0 || now_ns() < s->until : done < SETS;
}

static void *set_some(void *argument)
{
    struct setter *setter = argument;
    struct stress *s = setter->stress;

    for (int done = 0; more(s, done); done++) {
        struct one *one = &s->all[draw(&setter->random) % REGISTRATIONS];

        atomic_fetch_add(&one->published, 1);
        if (mio_set_readiness(one->set, MIO_READABLE) < 0)
            atomic_store(&s->failed, 1);
    }
    atomic_fetch_sub(&s->setters_left, 1);
    return NULL;
}

/* Tokens move between i and i + REGISTRATIONS, which mean the same registration. */
static void *change_some(void *argument)
{
    struct stress *s = argument;
    uint64_t random = 99;

    while (atomic_load(&s->setters_left) > 0) {
        uintptr_t i = draw(&random) % REGISTRATIONS;
        uintptr_t token = i + (random >> 40) % 2 * REGISTRATIONS;

        if (mio_registration_reregister(s->poll, s->all[i].registration, token, MIO_READABLE,
                                        MIO_EDGE) < 0)
            atomic_store(&s->failed, 1);
    }
    atomic_store(&s->changer_done, true);
    return NULL;
}

static int poll_some(struct stress *s, int64_t timeout_ns)
{
    struct mio_event events[256];
    int n = mio_poll(s->poll, events, COUNT(events), timeout_ns);

    s->polls++;
    for (int i = 0; i < n; i++) {
        struct one *one = &s->all[events[i].token % REGISTRATIONS];

        one->delivered = atomic_load(&one->published);
    }
    assert_true(n >= 0);
    return n;
}

static void every_readiness_is_delivered_or_superseded(void **state)
{
    struct ground *g = *state;
    const char *seconds = getenv("EDGEWISE_STRESS_SECONDS");
    struct stress *s = calloc(1, sizeof *s);
    struct setter setters[SETTERS];
    pthread_t threads[SETTERS], changer;
    struct mio_counters counters;
    uint64_t sets = 0;

    assert_non_null(s);
    s->poll = g->poll;
    s->until = seconds && atoi(seconds) > 0 ? now_ns() + atoi(seconds) * 1000 * MS : 0;
    atomic_store(&s->setters_left, SETTERS);
    for (uintptr_t i = 0; i < REGISTRATIONS; i++) {
        assert_int_equal(mio_registration_new(&s->all[i].registration, &s->all[i].set), 0);
        assert_int_equal(
            mio_registration_register(g->poll, s->all[i].registration, i, MIO_READABLE, MIO_EDGE),
            0);
    }
    for (int i = 0; i < SETTERS; i++) {
        setters[i] = (struct setter){s, (uint64_t)i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, set_some, &setters[i]), 0);
    }
    assert_int_equal(pthread_create(&changer, NULL, change_some, s), 0);
    while (!atomic_load(&s->changer_done))
        poll_some(s, 100 * MS);
    for (int i = 0; i < SETTERS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(changer, NULL);
    while (poll_some(s, 0) > 0)
        ;

    assert_int_equal(s->failed, 0);
    for (int i = 0; i < REGISTRATIONS; i++) {
        assert_int_equal(s->all[i].delivered, s->all[i].published);
        sets += s->all[i].published;
        mio_registration_free(s->all[i].registration);
        mio_set_readiness_free(s->all[i].set);
    }
    mio_poll_counters(g->poll, &counters);
    assert_true(counters.wakeups_written <= s->polls);
    printf("%llu sets, %llu polls, %llu wake-ups written\n", (unsigned long long)sets,
           (unsigned long long)s->polls, (unsigned long long)counters.wakeups_written);
    free(s);
}

static int stress_test_run(void)
{
    const struct CMUnitTest tests[] = {on_ground(every_readiness_is_delivered_or_superseded)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_on_selector(argc, argv, stress_test_run);
}
