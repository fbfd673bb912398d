/* What figures allow to say.  The samples are made with a seed; nothing here takes a time. */
#include "cmocka_all.h"

#include "bench/compare.h"

#include <math.h>
#include <string.h>

#define close_to(a, b) assert_true(fabs((a) - (b)) < 1e-9)

#define ROUNDS 10
#define PAIRS 100

/* One run of n values. */
#define ONE_RUN(values, n) \
    (&(struct compare_values){.list = (values), .counts = (size_t[]){n}, .runs = 1})

static void a_relation_takes_both_an_interval_beyond_1_and_an_effect_beyond_the_floor(void **state)
{
    static const struct {
        struct interval interval;
        double floor;
        enum relation relation;
    } rows[] = {
        {{1.10, 1.05, 1.20}, 0.02, RELATION_SLOWER},
        {{0.90, 0.85, 0.95}, 0.02, RELATION_FASTER},
        {{1.10, 1.05, 1.20}, 0.11, RELATION_CANNOT_TELL}, /* the floor is higher */
        {{0.90, 0.85, 0.95}, 0.11, RELATION_CANNOT_TELL},
        {{1.10, 0.99, 1.20}, 0.02, RELATION_CANNOT_TELL}, /* the interval holds 1 */
        {{0.90, 0.85, 1.00}, 0.02, RELATION_CANNOT_TELL},
        {{1.00, 1.00, 1.00}, 0.00, RELATION_CANNOT_TELL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(relation_of(&rows[i].interval, rows[i].floor), rows[i].relation);
    assert_string_equal(relation_name(RELATION_SLOWER), "slower");
    assert_string_equal(relation_name(RELATION_FASTER), "faster");
    assert_string_equal(relation_name(RELATION_CANNOT_TELL), "cannot tell");
}

static void floors_of_two_runs_multiply(void **state)
{
    (void)state;
    close_to(compare_floor(0.1, 0.2), 0.32); /* 1.1 * 1.2 - 1 */
    close_to(compare_floor(0, 0), 0);
    close_to(compare_floor(0, 0.05), 0.05);
}

static void the_noise_of_a_run_is_the_farther_end_of_its_twins_interval(void **state)
{
    const double same[] = {0.97, 0.97, 0.97, 0.97, 0.97, 0.97};
    const double two[] = {0.9, 0.9, 0.9, 1.2, 1.2, 1.2};

    (void)state;
    close_to(compare_noise(same, 6, 1), 0.03);
    close_to(compare_noise(two, 6, 1), 0.2); /* from 0.9 to 1.2: see below */
    close_to(compare_noise(NULL, 0, 1), 0);
}

static void the_ratio_of_values_that_do_not_vary_has_no_width(void **state)
{
    double a[] = {100, 100, 100, 100, 100, 100}, b[] = {110, 110, 110, 110, 110, 110, 110};
    struct interval i = compare_unpaired(ONE_RUN(a, 6), ONE_RUN(b, 7), 1);

    (void)state;
    close_to(i.median, 1.1);
    close_to(i.low, 1.1);
    close_to(i.high, 1.1);
}

/* Of six draws among as many tens as twenties the median is 10 or 20 with a probability of 22/64
 * each, so that both are far inside the outer 2.5 %; the median of the six is 15. */
static void an_interval_is_that_of_the_distribution_that_can_be_counted_by_hand(void **state)
{
    double a[] = {10, 10, 10, 10, 10, 10}, b[] = {10, 20, 10, 20, 10, 20};
    struct interval i = compare_unpaired(ONE_RUN(a, 6), ONE_RUN(b, 6), 3);
    struct interval turned = compare_unpaired(ONE_RUN(b, 6), ONE_RUN(a, 6), 3);

    (void)state;
    close_to(i.median, 1.5);
    close_to(i.low, 1);
    close_to(i.high, 2);
    close_to(turned.median, 1 / 1.5);
    close_to(turned.low, 0.5);
    close_to(turned.high, 1);
}

static void too_few_values_claim_no_more_than_their_extremes(void **state)
{
    double a[] = {1, 2, 4}, b[] = {8, 3, 2, 3, 3, 3, 3};
    struct interval i = compare_unpaired(ONE_RUN(a, 3), ONE_RUN(b, 7), 1);

    (void)state;
    assert_false(compare_is_enough(ONE_RUN(a, 3), ONE_RUN(b, 7)));
    assert_true(compare_is_enough(ONE_RUN(b, 7), ONE_RUN(b, 6)));
    close_to(i.median, 1.5); /* 3 / 2 */
    close_to(i.low, 0.5);    /* 2 / 4 */
    close_to(i.high, 8);     /* 8 / 1 */
}

/* Three runs of twenty, one of them off.  It is drawn twice or three times of three with a
 * probability of 7/27; of sixty values drawn without a look at runs it would be the median in
 * less than one of a hundred. */
static void a_run_that_is_off_as_a_whole_widens_the_interval(void **state)
{
    double joined[60], b[20];
    struct compare_values a = {.list = joined, .counts = (size_t[]){20, 20, 20}, .runs = 3};
    struct interval i;

    (void)state;
    for (size_t k = 0; k < 60; k++)
        joined[k] = k < 40 ? 100 : 200;
    for (size_t k = 0; k < 20; k++)
        b[k] = 100;
    i = compare_unpaired(&a, ONE_RUN(b, 20), 1);
    close_to(i.median, 1);
    close_to(i.low, 0.5);
    close_to(i.high, 1);
    close_to(compare_unpaired(ONE_RUN(joined, 60), ONE_RUN(b, 20), 1).low, 1);
}

static void a_run_without_values_does_not_matter(void **state)
{
    double list[] = {5, 5, 5, 5, 5, 5};
    struct compare_values a = {.list = list, .counts = (size_t[]){0, 6}, .runs = 2};
    struct interval i = compare_unpaired(&a, ONE_RUN(list, 6), 1);

    (void)state;
    assert_int_equal(compare_count(&a), 6);
    close_to(i.low, 1);
    close_to(i.high, 1);
}

/* ---- benches that never ran ---- */

/* How a machine is: what each sample is off by at most, how often one is disturbed, and what a
 * whole run is off by at most. */
struct machine {
    double noise, disturbed, drift;
};

struct made_run {
    double values[ROUNDS];
    double noise;
};

static double evenly(struct stats_random *random)
{
    return (double)stats_below(random, 1u << 20) / (1u << 20);
}

/* The sum of four even ones is near enough to a bell; a disturbance makes it slower, never
 * faster. */
static double made_sample(const struct machine *m, struct stats_random *random, double cost)
{
    double bell = evenly(random) + evenly(random) + evenly(random) + evenly(random) - 2;

    return cost * (1 + m->noise * bell / 2) * (evenly(random) < m->disturbed ? 1.3 : 1);
}

/* As bench does it: the target and its twin in each round. */
static struct made_run made_bench(const struct machine *m, struct stats_random *random, double cost)
{
    double drifted = cost * (1 + m->drift * (2 * evenly(random) - 1)), ratios[ROUNDS];
    struct made_run run;

    for (size_t i = 0; i < ROUNDS; i++) {
        run.values[i] = made_sample(m, random, drifted);
        ratios[i] = made_sample(m, random, drifted) / run.values[i];
    }
    run.noise = compare_noise(ratios, ROUNDS, stats_next(random));
    return run;
}

/* How many of PAIRS pairs are found to be of that relation, when B costs so many times as much. */
static unsigned pairs_found(const struct machine *m, double times, enum relation wanted)
{
    struct stats_random random = {.state = 20240601};
    unsigned found = 0;

    for (unsigned pair = 0; pair < PAIRS; pair++) {
        struct made_run a = made_bench(m, &random, 5000), b = made_bench(m, &random, 5000 * times);
        struct interval i = compare_unpaired(ONE_RUN(a.values, ROUNDS), ONE_RUN(b.values, ROUNDS),
                                             pair);

        found += relation_of(&i, compare_floor(a.noise, b.noise)) == wanted;
    }
    return found;
}

static const struct machine machines[] = {
    {.noise = 0.02},
    {.noise = 0.20},
    {.noise = 0.02, .disturbed = 0.1},
    {.noise = 0.02, .disturbed = 0.5},
    {.noise = 0.02, .drift = 0.005},
};

static void a_server_compared_with_itself_cannot_be_told_in_95_of_100_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        assert_in_range(pairs_found(&machines[i], 1, RELATION_CANNOT_TELL), PAIRS * 95 / 100,
                        PAIRS);
}

static void a_server_that_changed_by_more_than_the_noise_is_found_in_95_of_100_pairs(void **state)
{
    (void)state;
    assert_in_range(pairs_found(&machines[0], 1.1, RELATION_SLOWER), PAIRS * 95 / 100, PAIRS);
    assert_in_range(pairs_found(&machines[0], 0.9, RELATION_FASTER), PAIRS * 95 / 100, PAIRS);
    assert_in_range(pairs_found(&machines[4], 1.1, RELATION_SLOWER), PAIRS * 95 / 100, PAIRS);
}

/* On a machine that is as noisy as the change is large nobody says the opposite of what is so. */
static void noise_makes_nobody_say_the_opposite(void **state)
{
    (void)state;
    assert_int_equal(pairs_found(&machines[1], 1.1, RELATION_FASTER), 0);
    assert_int_equal(pairs_found(&machines[1], 0.9, RELATION_SLOWER), 0);
}

static void the_very_same_samples_can_never_be_told_apart(void **state)
{
    struct stats_random random = {.state = 7};

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        struct made_run a = made_bench(&machines[1], &random, 5000);
        struct interval same = compare_unpaired(ONE_RUN(a.values, ROUNDS),
                                                ONE_RUN(a.values, ROUNDS), i);

        close_to(same.median, 1);
        assert_int_equal(relation_of(&same, 0), RELATION_CANNOT_TELL);
    }
}

static void the_same_seed_gives_the_same_interval_again(void **state)
{
    struct stats_random random = {.state = 8};
    struct made_run a = made_bench(&machines[1], &random, 1),
                    b = made_bench(&machines[1], &random, 1);
    struct interval one = compare_unpaired(ONE_RUN(a.values, ROUNDS), ONE_RUN(b.values, ROUNDS), 5);
    struct interval two = compare_unpaired(ONE_RUN(a.values, ROUNDS), ONE_RUN(b.values, ROUNDS), 5);

    (void)state;
    assert_memory_equal(&one, &two, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relation_takes_both_an_interval_beyond_1_and_an_effect_beyond_the_floor),
        cmocka_unit_test(floors_of_two_runs_multiply),
        cmocka_unit_test(the_noise_of_a_run_is_the_farther_end_of_its_twins_interval),
        cmocka_unit_test(the_ratio_of_values_that_do_not_vary_has_no_width),
        cmocka_unit_test(an_interval_is_that_of_the_distribution_that_can_be_counted_by_hand),
        cmocka_unit_test(too_few_values_claim_no_more_than_their_extremes),
        cmocka_unit_test(a_run_that_is_off_as_a_whole_widens_the_interval),
        cmocka_unit_test(a_run_without_values_does_not_matter),
        cmocka_unit_test(a_server_compared_with_itself_cannot_be_told_in_95_of_100_pairs),
        cmocka_unit_test(a_server_that_changed_by_more_than_the_noise_is_found_in_95_of_100_pairs),
        cmocka_unit_test(noise_makes_nobody_say_the_opposite),
        cmocka_unit_test(the_very_same_samples_can_never_be_told_apart),
        cmocka_unit_test(the_same_seed_gives_the_same_interval_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
