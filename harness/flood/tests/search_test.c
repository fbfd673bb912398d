/* The search for the highest rate without loss, on targets that are pure arithmetic. */
#include "cmocka_all.h"
#include "flood/search.h"

#include <string.h>

struct world {
    uint64_t capacity;      /* of the target */
    uint64_t full_capacity; /* in a full-length trial */
    uint64_t generator;     /* what the generator can send */
    unsigned ends_after;    /* interrupted then; 0: never */
    unsigned trials;
    uint64_t highest_confirmed;
};

static int search_test_try_rate(void *context, struct search_trial *t)
{
    struct world *w = context;
    uint64_t capacity = t->full_length ? w->full_capacity : w->capacity;

    w->trials++;
    t->achieved = t->asked < w->generator ? t->asked : w->generator;
    t->outcome = t->achieved > capacity    ? SEARCH_LOSS
                 : t->asked > w->generator ? SEARCH_BEHIND
                                           : SEARCH_CLEAN;
    if (w->ends_after && w->trials > w->ends_after)
        t->outcome = SEARCH_ENDED;
    if (t->full_length && t->outcome == SEARCH_CLEAN)
        w->highest_confirmed = t->achieved;
    return 0;
}

static void search(struct world *world, uint64_t first, struct search_result *r)
{
    assert_int_equal(search_run(first, search_test_try_rate, world, r), 0);
    assert_int_equal(r->count, world->trials);
}

/* By the trials alone: the least load that failed, the greatest below it that a full-length trial
 * confirmed, and no more between them than the goal's width. */
static void assert_regular(const struct search_result *r)
{
    uint64_t lower = 0, upper = UINT64_MAX;

    for (unsigned i = 0; i < r->count; i++)
        if (r->trials[i].outcome != SEARCH_CLEAN && r->trials[i].asked < upper)
            upper = r->trials[i].asked;
    for (unsigned i = 0; i < r->count; i++) {
        const struct search_trial *t = &r->trials[i];

        if (t->outcome == SEARCH_CLEAN && t->full_length && t->asked < upper && t->asked > lower)
            lower = t->asked;
    }
    assert_true(r->settled);
    assert_int_equal(r->upper, upper);
    assert_int_equal(r->lower, lower);
    assert_true(upper - lower == 1 || (upper - lower) * 100 <= upper * SEARCH_WIDTH_PERCENT);
}

static void the_capacity_is_found_to_two_per_cent_from_below(void **state)
{
    static const uint64_t capacities[] = {50, 999, 12345, 200000, 7654321};

    (void)state;
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        for (uint64_t first = 100; first < 100000000; first *= 10) {
            struct world w = {
                .capacity = capacities[i], .full_capacity = capacities[i], .generator = UINT64_MAX};
            struct search_result r;

            search(&w, first, &r);
            assert_true(r.settled);
            assert_false(r.generator_bound);
            assert_int_equal(r.rate, w.highest_confirmed);
            assert_in_range(r.rate, capacities[i] * 97 / 100, capacities[i]);
            assert_regular(&r);
        }
    }
}

static void what_a_full_length_trial_refutes_is_not_claimed(void **state)
{
    struct world w = {.capacity = 100000, .full_capacity = 80000, .generator = UINT64_MAX};
    struct search_result r;

    (void)state;
    search(&w, 1000, &r);
    assert_true(r.settled);
    assert_in_range(r.rate, 80000 * 97 / 100, 80000);
    assert_regular(&r);
}

static void a_slow_generator_is_said_to_be_the_bound(void **state)
{
    struct world w = {.capacity = 1000000, .full_capacity = 1000000, .generator = 300000};
    struct search_result r;

    (void)state;
    search(&w, 10000, &r);
    assert_true(r.settled && r.generator_bound);
    assert_in_range(r.rate, 290000, 300000);
}

static void a_target_that_loses_at_any_rate_ends_the_search(void **state)
{
    struct world w = {.capacity = 0, .generator = UINT64_MAX};
    struct search_result r;

    (void)state;
    search(&w, 1000000, &r);
    assert_true(r.settled);
    assert_int_equal(r.rate, 0);
    assert_int_equal(r.lower, 0);
}

static void an_interrupt_ends_it_unsettled(void **state)
{
    struct world w = {
        .capacity = 1000, .full_capacity = 1000, .generator = UINT64_MAX, .ends_after = 3};
    struct search_result r;

    (void)state;
    search(&w, 100, &r);
    assert_false(r.settled);
    assert_int_equal(r.count, 4);
    assert_int_equal(r.rate, 0);
}

static int search_test_give_up(void *context, struct search_trial *trial)
{
    (void)context;
    (void)trial;
    return -1;
}

static void a_trial_that_gives_up_ends_it_at_once(void **state)
{
    struct search_result r;

    (void)state;
    assert_int_equal(search_run(100, search_test_give_up, NULL, &r), -1);
    assert_int_equal(r.count, 0);
}

/* Chance decides each short trial near the capacity: whatever it says, the search ends and claims
 * nothing unconfirmed. */
static int try_by_chance(void *context, struct search_trial *t)
{
    struct world *w = context;

    w->trials++;
    t->achieved = t->asked;
    t->outcome = (t->asked * 2654435761u + w->trials * 40503u) >> 7 & 1 ? SEARCH_LOSS
                                                                        : SEARCH_CLEAN;
    if (t->full_length && t->outcome == SEARCH_CLEAN)
        w->highest_confirmed = t->achieved;
    return 0;
}

static void chance_ends_it_too(void **state)
{
    (void)state;
    for (uint64_t first = 1; first < 5000; first++) {
        struct world w = {0};
        struct search_result r;

        assert_int_equal(search_run(first, try_by_chance, &w, &r), 0);
        assert_true(r.count <= SEARCH_TRIALS_MAX);
        assert_int_equal(r.rate, w.highest_confirmed);
        if (r.settled && r.lower > 0)
            assert_regular(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_capacity_is_found_to_two_per_cent_from_below),
        cmocka_unit_test(what_a_full_length_trial_refutes_is_not_claimed),
        cmocka_unit_test(a_slow_generator_is_said_to_be_the_bound),
        cmocka_unit_test(a_target_that_loses_at_any_rate_ends_the_search),
        cmocka_unit_test(an_interrupt_ends_it_unsettled),
        cmocka_unit_test(a_trial_that_gives_up_ends_it_at_once),
        cmocka_unit_test(chance_ends_it_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
