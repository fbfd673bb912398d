#include "bench/compare.h"

#include <math.h>
#include <stdlib.h>

const char *relation_name(enum relation relation)
{
    static const char *const names[] = {
        [RELATION_CANNOT_TELL] = "cannot tell",
        [RELATION_FASTER] = "faster",
        [RELATION_SLOWER] = "slower",
    };

    return names[relation];
}

enum relation relation_of(const struct interval *interval, double floor)
{
    if (interval->low > 1 && interval->median - 1 > floor)
        return RELATION_SLOWER;
    if (interval->high < 1 && 1 - interval->median > floor)
        return RELATION_FASTER;
    return RELATION_CANNOT_TELL;
}

size_t compare_count(const struct compare_values *values)
{
    size_t count = 0;

    for (size_t i = 0; i < values->runs; i++)
        count += values->counts[i];
    return count;
}

bool compare_is_enough(const struct compare_values *a, const struct compare_values *b)
{
    return compare_count(a) >= COMPARE_VALUES_LEAST && compare_count(b) >= COMPARE_VALUES_LEAST;
}

/* The place of a run's first value. */
static size_t compare_begin(const struct compare_values *values, size_t run)
{
    size_t begin = 0;

    for (size_t i = 0; i < run; i++)
        begin += values->counts[i];
    return begin;
}

/* One at least: nothing is ever asked of malloc(3) that is no memory at all. */
static size_t longest_run(const struct compare_values *values)
{
    size_t longest = 1;

    for (size_t i = 0; i < values->runs; i++)
        longest = values->counts[i] > longest ? values->counts[i] : longest;
    return longest;
}

/* As many runs as there are, each any of them, and of each as many values as it has.  Runs differ
 * in length, and so do draws; a draw of empty runs alone is drawn again. */
static size_t draw_runs(const struct compare_values *values, struct stats_random *random,
                        double *into)
{
    size_t n = 0;

    while (n == 0) {
        for (size_t i = 0; i < values->runs; i++) {
            size_t run = stats_below(random, values->runs), count = values->counts[run];
            const double *list = values->list + compare_begin(values, run);

            for (size_t k = 0; k < count; k++)
                into[n++] = list[stats_below(random, count)];
        }
    }
    return n;
}

static double draw_median(const struct compare_values *values, struct stats_random *random,
                          double *room)
{
    size_t n = draw_runs(values, random, room);

    return stats_median(room, n);
}

/* Claims nothing that is not so: where values are too few, and where there is no memory. */
static struct interval widest(const struct compare_values *a, const struct compare_values *b)
{
    size_t in_a = compare_count(a), in_b = compare_count(b);

    return (struct interval){
        .median = stats_median(b->list, in_b) / stats_median(a->list, in_a),
        .low = stats_least(b->list, in_b) / stats_most(a->list, in_a),
        .high = stats_most(b->list, in_b) / stats_least(a->list, in_a),
    };
}

struct interval compare_unpaired(const struct compare_values *a, const struct compare_values *b,
                                 uint64_t seed)
{
    struct stats_random random = {.state = seed};
    struct interval interval = widest(a, b);
    double *ratios = malloc(STATS_RESAMPLES * sizeof *ratios);
    double *drawn_a = malloc(longest_run(a) * a->runs * sizeof *drawn_a);
    double *drawn_b = malloc(longest_run(b) * b->runs * sizeof *drawn_b);

    if (ratios && drawn_a && drawn_b && compare_is_enough(a, b)) {
        for (int i = 0; i < STATS_RESAMPLES; i++) {
            double of_a = draw_median(a, &random, drawn_a);

            ratios[i] = draw_median(b, &random, drawn_b) / of_a;
        }
        stats_percentiles(ratios, &interval);
    }
    free(ratios);
    free(drawn_a);
    free(drawn_b);
    return interval;
}

double compare_noise(const double *ratios, size_t n, uint64_t seed)
{
    struct interval i = n > 0 ? stats_bootstrap(ratios, n, seed) : (struct interval){1, 1, 1};

    return fmax(fabs(i.low - 1), fabs(i.high - 1));
}

double compare_floor(double a, double b)
{
    return (1 + a) * (1 + b) - 1;
}
