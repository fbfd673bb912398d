/* Nothing is allocated for an event, a wake-up, or a reregister: counted by malloc itself, which
 * this program replaces. */
#include "ground.h"

#include <stdio.h>

#ifdef HAVE_LIBC_MALLOC

static atomic_ulong calls;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size)
{
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return __libc_realloc(block, size);
}

static void one_round(struct ground *g, struct mio_registration *registration,
                      struct mio_set_readiness *set)
{
    mio_set_readiness(set, MIO_READABLE);
    send_near(g, "x", 1);
    look(g);
    drain_near(g);
    mio_reregister(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE);
    mio_registration_reregister(g->poll, registration, 9, MIO_READABLE, MIO_EDGE);
    look(g);
    mio_deregister(g->poll, &g->near);
    mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE);
}

static void events_and_changes_of_registrations_allocate_nothing(void **state)
{
    struct ground *g = *state;
    struct mio_registration *registration;
    struct mio_set_readiness *set;
    unsigned long at_first = atomic_load(&calls), before;

    assert_int_equal(mio_registration_new(&registration, &set), 0);
    assert_true(atomic_load(&calls) > at_first); /* the hook sees mio's allocations */
    assert_int_equal(mio_registration_register(g->poll, registration, 9, MIO_READABLE, MIO_EDGE),
                     0);
    assert_int_equal(mio_register(g->poll, &g->near, NEAR, MIO_READABLE, MIO_EDGE), 0);
    /* the first may fill what grows with the number of registrations */
    one_round(g, registration, set);
    before = atomic_load(&calls);
    for (int i = 0; i < 1000; i++)
        one_round(g, registration, set);
    assert_int_equal(atomic_load(&calls), before);
    mio_registration_free(registration);
    mio_set_readiness_free(set);
}

static int allocation_test_run(void)
{
    const struct CMUnitTest tests[] = {
        on_ground(events_and_changes_of_registrations_allocate_nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_on_selector(argc, argv, allocation_test_run);
}

#else

int main(void)
{
    printf("skipped: malloc cannot be replaced here (a sanitizer owns it, or the C library is not "
           "glibc)\n");
    return EXIT_SKIPPED;
}

#endif
