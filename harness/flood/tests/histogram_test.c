/* The histogram against exact percentiles of the same values. */
#include "cmocka_all.h"
#include "flood/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUES 50000u
#define RELATIVE_ERROR 0.001

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 20;
}

/* Nearest rank, by the book. */
static int64_t exact(const int64_t *sorted, size_t count, double percent)
{
    size_t rank = (size_t)ceil(percent / 100 * (double)count);

    return sorted[rank > 0 ? rank - 1 : 0];
}

static void histogram_test_compare(int64_t *values, size_t count)
{
    static const double percents[] = {0, 0.1, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 100};
    struct histogram *h = histogram_new();

    assert_non_null(h);
    for (size_t i = 0; i < count; i++)
        histogram_add(h, values[i]);
    qsort(values, count, sizeof *values, by_value);
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        double wanted = (double)exact(values, count, percents[i]);
        double got = (double)histogram_percentile(h, percents[i]);

        if (fabs(got - wanted) > RELATIVE_ERROR * wanted)
            fail_msg("%g %%: exactly %.0f, histogram %.0f", percents[i], wanted, got);
    }
    assert_true(h->least == values[0]);
    assert_true(h->most == values[count - 1]);
    assert_true(h->total == count);
    free(h);
}

static void percentiles_are_right_to_a_thousandth(void **state)
{
    int64_t *values = malloc(VALUES * sizeof *values);
    uint64_t random = 12345;

    (void)state;
    assert_non_null(values);
    for (unsigned bits = 1; bits <= 42; bits += 3) {
        for (size_t i = 0; i < VALUES; i++)
            values[i] = (int64_t)(next_random(&random) & ((UINT64_C(1) << bits) - 1));
        histogram_test_compare(values, VALUES);
    }
    free(values);
}

/* Latencies: most in a narrow place, a long thin tail. */
static void a_long_tail_keeps_its_digits(void **state)
{
    int64_t *values = malloc(VALUES * sizeof *values);
    uint64_t random = 99;

    (void)state;
    assert_non_null(values);
    for (size_t i = 0; i < VALUES; i++) {
        double u = (double)(next_random(&random) % 1000000 + 1) / 1000000;

        values[i] = (int64_t)(20000 / pow(u, 1.3));
    }
    histogram_test_compare(values, VALUES);
    free(values);
}

static void every_edge_of_a_slot_is_kept_to_a_thousandth(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 43; bit++) {
        for (int64_t offset = -1; offset <= 1; offset++) {
            int64_t value = (INT64_C(1) << bit) + offset;
            struct histogram *h = histogram_new();

            assert_non_null(h);
            histogram_add(h, 0); /* else the exact extremes would hide the slot */
            histogram_add(h, value);
            histogram_add(h, INT64_MAX);
            assert_true(fabs((double)(histogram_percentile(h, 50) - value)) <=
                        RELATIVE_ERROR * (double)value);
            free(h);
        }
    }
}

static void an_empty_one_gives_zeros(void **state)
{
    struct histogram *h = histogram_new();

    (void)state;
    assert_non_null(h);
    assert_int_equal(histogram_percentile(h, 50), 0);
    assert_true(histogram_mean(h) == 0);
    free(h);
}

static void a_negative_time_counts_as_none(void **state)
{
    struct histogram *h = histogram_new();

    (void)state;
    assert_non_null(h);
    histogram_add(h, -5);
    assert_int_equal(h->total, 1);
    assert_int_equal(histogram_percentile(h, 100), 0);
    free(h);
}

static void merging_equals_adding_to_one(void **state)
{
    struct histogram *one = histogram_new();
    struct histogram *left = histogram_new();
    struct histogram *right = histogram_new();
    uint64_t random = 7;

    (void)state;
    assert_true(one && left && right);
    for (unsigned i = 0; i < 10000; i++) {
        int64_t value = (int64_t)(next_random(&random) % 3000000);

        histogram_add(one, value);
        histogram_add(i % 3 ? left : right, value);
    }
    histogram_merge(left, right);
    assert_int_equal(one->total, left->total);
    assert_true(one->least == left->least && one->most == left->most);
    assert_memory_equal(one->slots, left->slots, sizeof one->slots);
    free(one);
    free(left);
    free(right);
}

/* The text that plotters read: percentiles rise to 1, counts rise to the total. */
static void the_percentile_text_rises_to_one(void **state)
{
    struct histogram *h = histogram_new();
    FILE *file = tmpfile();
    char line[256];
    double last_part = -1;
    double value, part;
    unsigned long count = 0;
    unsigned rows = 0;

    (void)state;
    assert_true(h && file);
    for (int64_t i = 1; i <= 10000; i++)
        histogram_add(h, i * 1000);
    histogram_write_hgrm(h, file);
    rewind(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_non_null(strstr(line, "1/(1-Percentile)"));
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lf %lf %lu", &value, &part, &count) != 3)
            continue;
        assert_true(part > last_part);
        assert_true(fabs(value - part * 10000) <= 0.002 * part * 10000 + 1);
        last_part = part;
        rows++;
    }
    assert_true(last_part == 1 && count == 10000);
    assert_in_range(rows, 20, 200);
    fclose(file);
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_right_to_a_thousandth),
        cmocka_unit_test(a_long_tail_keeps_its_digits),
        cmocka_unit_test(every_edge_of_a_slot_is_kept_to_a_thousandth),
        cmocka_unit_test(an_empty_one_gives_zeros),
        cmocka_unit_test(a_negative_time_counts_as_none),
        cmocka_unit_test(merging_equals_adding_to_one),
        cmocka_unit_test(the_percentile_text_rises_to_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
