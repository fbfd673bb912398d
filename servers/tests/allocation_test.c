/* Nothing is allocated per datagram: counted by malloc itself, which this program replaces.
 * allocation_test PLUGIN.so */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef HAVE_LIBC_MALLOC

#define DATAGRAMS 1000

static atomic_ulong calls;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

EW_EXPORT void *malloc(size_t size)
{
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return __libc_malloc(size);
}

EW_EXPORT void *calloc(size_t count, size_t size)
{
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return __libc_calloc(count, size);
}

EW_EXPORT void *realloc(void *block, size_t size)
{
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return __libc_realloc(block, size);
}

static void serving_a_datagram_allocates_nothing(void **state)
{
    struct bench *b = *state;
    struct ew_config config = bench_config(2);
    unsigned long at_first = atomic_load(&calls), started;

    bench_start(b, &config);
    bench_expect_echo(b, 0, "warm", 4);
    bench_expect_echo(b, 1, "warm", 4);
    started = atomic_load(&calls);
    assert_true(started > at_first); /* the hook sees the plug-in's allocations */
    for (unsigned i = 0; i < DATAGRAMS; i++)
        bench_expect_echo(b, i % 2, "datagram", i % 8);
    assert_int_equal(atomic_load(&calls), started);
    bench_stop(b);
}

int main(int argc, char **argv)
{
    struct bench bench;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(serving_a_datagram_allocates_nothing, &bench),
    };
    int status = bench_load(&bench, argc, argv);

    if (status)
        return status;
    return cmocka_run_group_tests_name(bench.description->name, tests, NULL, NULL);
}

#else

int main(void)
{
    printf("skipped: malloc cannot be replaced here (a sanitizer owns it, or the C library is not "
           "glibc)\n");
    return EXIT_SKIPPED;
}

#endif
