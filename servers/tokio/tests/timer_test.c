/* Timers, on a clock that only the test moves. */
#include "ground.h"

#include "tokio/timer.h"

#define MANY 1000

struct ground {
    struct counter counter;
    struct tokio_timers timers;
    int64_t now_ns;
};

static int64_t read_clock(void *context)
{
    return ((struct ground *)context)->now_ns;
}

static int timer_test_setup(void **state)
{
    static struct ground g;

    g.now_ns = 1000;
    counter_init(&g.counter);
    tokio_timers_init(&g.timers, (struct tokio_clock){.now_ns = read_clock, .context = &g});
    *state = &g;
    return 0;
}

static int timer_test_teardown(void **state)
{
    struct ground *g = *state;

    assert_int_equal(g->timers.count, 0);
    tokio_timers_fini(&g->timers);
    counter_assert_alone(&g->counter);
    return 0;
}

static int timer_test_poll_timeout(struct ground *g, struct tokio_timeout *timeout)
{
    return tokio_poll(&timeout->future, &g->counter.context);
}

static void a_timeout_is_polled_twice(void **state)
{
    struct ground *g = *state;
    struct tokio_timeout timeout;

    tokio_timeout_init(&timeout, &g->timers, 1500);
    assert_int_equal(timer_test_poll_timeout(g, &timeout), TOKIO_PENDING);
    assert_int_equal(tokio_timers_next_ns(&g->timers), 1500);
    g->now_ns = 1499;
    assert_int_equal(tokio_timers_fire(&g->timers), 0);
    g->now_ns = 1500;
    assert_int_equal(tokio_timers_fire(&g->timers), 1);
    assert_int_equal(counter_take(&g->counter), 1);
    assert_int_equal(timer_test_poll_timeout(g, &timeout), TOKIO_READY);
    assert_int_equal(tokio_timers_fire(&g->timers), 0);
    tokio_timeout_fini(&timeout);
}

static void a_timeout_that_is_over_is_ready_at_once_and_not_registered(void **state)
{
    struct ground *g = *state;
    struct tokio_timeout timeout;

    tokio_timeout_init(&timeout, &g->timers, 1000);
    assert_int_equal(timer_test_poll_timeout(g, &timeout), TOKIO_READY);
    assert_int_equal(tokio_timers_next_ns(&g->timers), INT64_MAX);
    tokio_timeout_fini(&timeout);
}

static void a_timeout_that_is_polled_for_another_reason_waits_on(void **state)
{
    struct ground *g = *state;
    struct tokio_timeout timeout;

    tokio_timeout_init(&timeout, &g->timers, 1500);
    timer_test_poll_timeout(g, &timeout);
    assert_int_equal(timer_test_poll_timeout(g, &timeout), TOKIO_PENDING);
    assert_int_equal(g->timers.count, 1);
    tokio_timeout_fini(&timeout);
}

static void a_timeout_that_is_dropped_never_fires(void **state)
{
    struct ground *g = *state;
    struct tokio_timeout timeout;

    tokio_timeout_init(&timeout, &g->timers, 1500);
    timer_test_poll_timeout(g, &timeout);
    tokio_timeout_fini(&timeout);
    g->now_ns = 2000;
    assert_int_equal(tokio_timers_fire(&g->timers), 0);
    assert_int_equal(counter_take(&g->counter), 0);
}

/* A cheap generator is enough: all that is asked is that the heap sees every shape. */
static unsigned scatter(unsigned *seed)
{
    return (*seed = *seed * 1103515245u + 12345u) >> 16;
}

static void the_nearest_is_always_first_whatever_is_removed(void **state)
{
    struct ground *g = *state;
    static struct tokio_timeout timeouts[MANY];
    unsigned seed = 1;
    size_t fired = 0, removed = 0;

    for (int i = 0; i < MANY; i++) {
        tokio_timeout_init(&timeouts[i], &g->timers, 1001 + (int64_t)(scatter(&seed) % 5000));
        assert_int_equal(timer_test_poll_timeout(g, &timeouts[i]), TOKIO_PENDING);
    }
    for (int i = 0; i < MANY; i += 3, removed++)
        tokio_timeout_fini(&timeouts[i]);
    while (g->timers.count > 0) {
        int64_t next = tokio_timers_next_ns(&g->timers);

        assert_true(next > g->now_ns);
        g->now_ns = next;
        fired += tokio_timers_fire(&g->timers);
    }
    assert_int_equal(fired + removed, MANY);
    for (int i = 0; i < MANY; i++) {
        assert_true(i % 3 == 0 || timer_test_poll_timeout(g, &timeouts[i]) == TOKIO_READY);
        tokio_timeout_fini(&timeouts[i]);
    }
}

static void of_equal_deadlines_the_older_timer_is_notified_first(void **state)
{
    struct ground *g = *state;
    struct tokio_timeout timeouts[2];
    struct told told[2];
    struct tokio_tasks tasks;
    char log[8] = "";

    assert_int_equal(tokio_tasks_init(&tasks), 0);
    for (int i = 0; i < 2; i++) {
        told_init(&told[i]);
        told[i].letter = (char)('a' + i);
        tokio_tasks_push(&tasks, &told[i].future);
        tokio_timeout_init(&timeouts[i], &g->timers, 1500);
    }
    tokio_tasks_turn(&tasks);
    for (int i = 1; i >= 0; i--)
        assert_int_equal(
            tokio_poll(&timeouts[i].future, &(struct tokio_context){.notify = told[i].kept}),
            TOKIO_PENDING);
    g->now_ns = 1500;
    assert_int_equal(tokio_timers_fire(&g->timers), 2);
    told[0].log = told[1].log = log;
    tokio_tasks_turn(&tasks);
    assert_string_equal(log, "ba");
    tokio_tasks_fini(&tasks);
    for (int i = 0; i < 2; i++) {
        tokio_timeout_fini(&timeouts[i]);
        told_fini(&told[i]);
    }
}

static int timer_test_poll_interval(struct ground *g, struct tokio_interval *interval)
{
    void *item;

    return interval->stream.poll(&interval->stream, &g->counter.context, &item);
}

static void an_interval_keeps_its_phase_and_skips_what_was_missed(void **state)
{
    struct ground *g = *state;
    struct tokio_interval interval;

    tokio_interval_init(&interval, &g->timers, 1100, 100);
    assert_int_equal(timer_test_poll_interval(g, &interval), TOKIO_PENDING);
    g->now_ns = 1100;
    assert_int_equal(tokio_timers_fire(&g->timers), 1);
    assert_int_equal(timer_test_poll_interval(g, &interval), TOKIO_READY);
    assert_int_equal(timer_test_poll_interval(g, &interval), TOKIO_PENDING);
    g->now_ns = 1450;
    tokio_timers_fire(&g->timers);
    assert_int_equal(timer_test_poll_interval(g, &interval), TOKIO_READY);
    assert_int_equal(timer_test_poll_interval(g, &interval), TOKIO_PENDING);
    assert_int_equal(tokio_timers_next_ns(&g->timers), 1500);
    tokio_interval_fini(&interval);
}

static void an_interval_without_a_period_is_refused(void **state)
{
    struct ground *g = *state;
    struct tokio_interval interval;

    tokio_interval_init(&interval, &g->timers, 1000, 0);
    assert_int_equal(timer_test_poll_interval(g, &interval), -EINVAL);
    tokio_interval_fini(&interval);
}

static void the_next_tick_is_the_first_of_its_phase_after_now(void **state)
{
    (void)state;
    assert_int_equal(tokio_interval_next(1000, 1000, 100), 1100);
    assert_int_equal(tokio_interval_next(1000, 1099, 100), 1100);
    assert_int_equal(tokio_interval_next(1000, 1100, 100), 1200);
    assert_int_equal(tokio_interval_next(1000, 987654, 100), 987700);
    assert_int_equal(tokio_interval_next(1000, INT64_MAX - 1, 100), INT64_MAX);
    assert_int_equal(tokio_interval_next(1000, 1000, INT64_MAX), INT64_MAX);
}

/* Each round is one turn: an endless task takes its budget, then the timer that became due
 * meanwhile is served. */
static void a_due_timer_runs_within_one_budget_of_an_endless_task(void **state)
{
    struct ground *g = *state;
    struct tokio_tasks tasks;
    struct tokio_timeout timeout;
    struct told endless;

    assert_int_equal(tokio_tasks_init(&tasks), 0);
    tasks.budget = 16;
    told_init(&endless);
    endless.steps = 1000000;
    tokio_timeout_init(&timeout, &g->timers, 1500);
    tokio_tasks_push(&tasks, &timeout.future);
    tokio_tasks_push(&tasks, &endless.future);
    tokio_tasks_turn(&tasks);
    g->now_ns = 1500;
    endless.stepped = 0;
    tokio_timers_fire(&g->timers);
    tokio_tasks_turn(&tasks);
    assert_true(timeout.future.finished);
    assert_int_equal(endless.stepped, 16);
    tokio_tasks_fini(&tasks);
    tokio_timeout_fini(&timeout);
    told_fini(&endless);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_timeout_is_polled_twice, timer_test_setup,
                                        timer_test_teardown),
        cmocka_unit_test_setup_teardown(a_timeout_that_is_over_is_ready_at_once_and_not_registered,
                                        timer_test_setup, timer_test_teardown),
        cmocka_unit_test_setup_teardown(a_timeout_that_is_polled_for_another_reason_waits_on,
                                        timer_test_setup, timer_test_teardown),
        cmocka_unit_test_setup_teardown(a_timeout_that_is_dropped_never_fires, timer_test_setup,
                                        timer_test_teardown),
        cmocka_unit_test_setup_teardown(the_nearest_is_always_first_whatever_is_removed,
                                        timer_test_setup, timer_test_teardown),
        cmocka_unit_test_setup_teardown(of_equal_deadlines_the_older_timer_is_notified_first,
                                        timer_test_setup, timer_test_teardown),
        cmocka_unit_test_setup_teardown(an_interval_keeps_its_phase_and_skips_what_was_missed,
                                        timer_test_setup, timer_test_teardown),
        cmocka_unit_test_setup_teardown(an_interval_without_a_period_is_refused, timer_test_setup,
                                        timer_test_teardown),
        cmocka_unit_test(the_next_tick_is_the_first_of_its_phase_after_now),
        cmocka_unit_test_setup_teardown(a_due_timer_runs_within_one_budget_of_an_endless_task,
                                        timer_test_setup, timer_test_teardown),
    };

    return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
