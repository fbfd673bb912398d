/* The statistics of comparisons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/stats.h"

#include <math.h>

#define close_to(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static void the_median_of_an_odd_number_is_the_middle_value(void **state)
{
    const double values[] = {9, 1, 5};

    (void)state;
    close_to(stats_median(values, 3), 5);
    close_to(values[0], 9); /* they are not changed */
}

static void the_median_of_an_even_number_lies_between_the_middle_two(void **state)
{
    const double values[] = {4, 1, 3, 100};

    (void)state;
    close_to(stats_median(values, 4), 3.5);
    close_to(stats_least(values, 4), 1);
    close_to(stats_most(values, 4), 100);
}

static void an_interval_of_equal_values_has_no_width(void **state)
{
    const double values[] = {2, 2, 2, 2, 2};
    struct interval i = stats_bootstrap(values, 5, 1);

    (void)state;
    close_to(i.low, 2);
    close_to(i.median, 2);
    close_to(i.high, 2);
}

static void an_interval_holds_the_median_and_stays_within_the_values(void **state)
{
    const double values[] = {1.00, 1.01, 0.99, 1.02, 0.98, 1.03, 0.97, 1.04, 0.96, 1.05};
    struct interval i = stats_bootstrap(values, 10, 7);

    (void)state;
    assert_true(i.low <= i.median && i.median <= i.high);
    assert_true(i.low < i.high);
    assert_true(i.low >= 0.96 && i.high <= 1.05);
}

/* Of 300 samples of ten values with a known median, about 95 % of the intervals must hold it; the
 * percentile bootstrap of a median is known to run a little wide, so only the lower side is
 * tight. */
static void about_95_percent_of_the_intervals_hold_the_true_median(void **state)
{
    struct stats_random random = {.state = 42};
    unsigned held = 0;

    (void)state;
    for (unsigned sample = 0; sample < 300; sample++) {
        double values[10];
        struct interval i;

        for (unsigned k = 0; k < 10; k++)
            values[k] = (double)stats_below(&random, 1000001) / 1000000;
        i = stats_bootstrap(values, 10, sample);
        held += i.low <= 0.5 && 0.5 <= i.high;
    }
    assert_in_range(held, 300 * 90 / 100, 300 * 99 / 100);
}

static void the_same_seed_gives_the_same_interval(void **state)
{
    const double values[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
    struct interval a = stats_bootstrap(values, 10, 5), b = stats_bootstrap(values, 10, 5);

    (void)state;
    close_to(a.low, b.low);
    close_to(a.high, b.high);
}

static void a_shuffle_is_a_permutation_and_every_order_comes_up(void **state)
{
    struct stats_random random = {.state = 1};
    unsigned seen[6] = {0};

    (void)state;
    for (int i = 0; i < 6000; i++) {
        unsigned order[3];

        stats_shuffle(&random, order, 3);
        assert_int_equal(order[0] + order[1] + order[2], 3);
        assert_int_equal((1u << order[0]) | (1u << order[1]) | (1u << order[2]), 7);
        seen[order[0] * 2 + (order[1] > order[2])]++;
    }
    for (int i = 0; i < 6; i++)
        assert_in_range(seen[i], 800, 1200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_of_an_odd_number_is_the_middle_value),
        cmocka_unit_test(the_median_of_an_even_number_lies_between_the_middle_two),
        cmocka_unit_test(an_interval_of_equal_values_has_no_width),
        cmocka_unit_test(an_interval_holds_the_median_and_stays_within_the_values),
        cmocka_unit_test(about_95_percent_of_the_intervals_hold_the_true_median),
        cmocka_unit_test(the_same_seed_gives_the_same_interval),
        cmocka_unit_test(a_shuffle_is_a_permutation_and_every_order_comes_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
