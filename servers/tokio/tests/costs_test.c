/* Counted costs: polls and wakes allocate nothing, a turn that follows a self-notify makes one wait
 * and no write, a task is small. */
#include "ten.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef HAVE_LIBC_MALLOC

#define TURNS 1000
#define TASKS 1000
#define EXPORTED __attribute__((visibility("default")))

static atomic_ulong calls, bytes;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static void costs_test_note(size_t size)
{
    atomic_fetch_add(&calls, 1);
    atomic_fetch_add(&bytes, size);
}

EXPORTED void *malloc(size_t size)
{
    costs_test_note(size);
    return __libc_malloc(size);
}

EXPORTED void *calloc(size_t count, size_t size)
{
    costs_test_note(count * size);
    return __libc_calloc(count, size);
}

EXPORTED void *realloc(void *block, size_t size)
{
    costs_test_note(size);
    return __libc_realloc(block, size);
}

static void a_yield_is_one_wait_without_write_or_allocation(void **state)
{
    struct ground *g = *state;
    struct mio_counters before, after;
    struct tokio_core_counters turns, turned;
    struct told told;
    unsigned long allocated;

    run_until_idle(g);
    told_init(&told);
    told.notifies_itself = 1;
    assert_int_equal(tokio_core_spawn(g->core, &told.future), 0);
    tokio_core_turn(g->core, MIO_FOREVER);
    mio_poll_counters(tokio_core_poll(g->core), &before);
    turns = counters_of(g);
    allocated = atomic_load(&calls);
    for (int i = 0; i < TURNS; i++)
        /* would never end if it did not look with timeout 0 */
        tokio_core_turn(g->core, MIO_FOREVER);
    assert_int_equal(atomic_load(&calls), allocated);
    mio_poll_counters(tokio_core_poll(g->core), &after);
    turned = counters_of(g);
    assert_int_equal(turned.turns - turns.turns, TURNS);
    assert_int_equal(turned.polls - turns.polls, TURNS);
    assert_int_equal(after.wakeups_written, before.wakeups_written);
    told.notifies_itself = 0;
    told.results[TOLD_POLLS_MAX - 1] = TOKIO_READY;
    tokio_core_turn(g->core, 0);
    told_fini(&told);
}

static void *notify_it(void *notify)
{
    tokio_notify(notify);
    return NULL;
}

/* The loop sleeps or is about to: one write ends that; while it runs there is none. */
static void a_notify_from_another_thread_is_one_write_at_most_and_allocates_nothing(void **state)
{
    struct ground *g = *state;
    struct mio_counters before, after;
    struct told told;

    run_until_idle(g);
    told_init(&told);
    assert_int_equal(tokio_core_spawn(g->core, &told.future), 0);
    run_until_idle(g);
    for (int i = 0; i < 100; i++) {
        unsigned polls = told.polls;
        pthread_t thread;

        mio_poll_counters(tokio_core_poll(g->core), &before);
        assert_int_equal(pthread_create(&thread, NULL, notify_it, told.kept), 0);
        while (told.polls == polls)
            assert_true(tokio_core_turn(g->core, MIO_FOREVER) >= 0);
        pthread_join(thread, NULL);
        mio_poll_counters(tokio_core_poll(g->core), &after);
        assert_in_range(after.wakeups_written - before.wakeups_written, 0, 1);
        assert_int_equal(told.polls, polls + 1);
    }
    told.results[TOLD_POLLS_MAX - 1] = TOKIO_READY;
    tokio_notify(told.kept);
    tokio_core_turn(g->core, 0);
    told_fini(&told);
}

static void packets_and_wakes_allocate_nothing(void **state)
{
    struct ground *g = *state;
    unsigned long allocated;

    run_until_idle(g);
    lock_step(g); /* what is allocated once is now */
    allocated = atomic_load(&calls);
    for (int i = 0; i < 10; i++)
        lock_step(g);
    assert_int_equal(atomic_load(&calls), allocated);
}

static int poll_nothing(struct tokio_future *future, struct tokio_context *context)
{
    (void)future, (void)context;
    return TOKIO_PENDING;
}

static void an_idle_task_is_one_allocation_of_less_than_256_bytes(void **state)
{
    static struct tokio_future futures[TASKS];
    struct tokio_core *core;
    unsigned long calls_before, bytes_before;

    (void)state;
    assert_int_equal(tokio_core_new(NULL, &core), 0);
    calls_before = atomic_load(&calls);
    bytes_before = atomic_load(&bytes);
    for (int i = 0; i < TASKS; i++) {
        futures[i] = (struct tokio_future){.poll = poll_nothing};
        assert_int_equal(tokio_core_spawn(core, &futures[i]), 0);
    }
    tokio_core_turn(core, 0);
    assert_int_equal(atomic_load(&calls) - calls_before, TASKS);
    assert_in_range(atomic_load(&bytes) - bytes_before, 1, 255 * TASKS);
    printf("%lu bytes an idle task\n", (atomic_load(&bytes) - bytes_before) / TASKS);
    tokio_core_free(core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_yield_is_one_wait_without_write_or_allocation, make_spawn,
                                        end_ground),
        cmocka_unit_test_setup_teardown(
            a_notify_from_another_thread_is_one_write_at_most_and_allocates_nothing, make_spawn,
            end_ground),
        cmocka_unit_test_setup_teardown(packets_and_wakes_allocate_nothing, make_spawn, end_ground),
        cmocka_unit_test_setup_teardown(packets_and_wakes_allocate_nothing, make_join, end_ground),
        cmocka_unit_test_setup_teardown(packets_and_wakes_allocate_nothing, make_unordered_2017,
                                        end_ground),
        cmocka_unit_test(an_idle_task_is_one_allocation_of_less_than_256_bytes),
    };

    return cmocka_run_group_tests_name("costs", tests, NULL, NULL);
}

#else

int main(void)
{
    printf("skipped: malloc cannot be replaced here (a sanitizer owns it, or the C library is not "
           "glibc)\n");
    return 77;
}

#endif
