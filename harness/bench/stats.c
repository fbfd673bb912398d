#include "bench/stats.h"

#include "base/random.h"

#include <stdlib.h>
#include <string.h>

#define LOW_INDEX (STATS_RESAMPLES * 25 / 1000)
#define HIGH_INDEX (STATS_RESAMPLES - 1 - LOW_INDEX)

uint64_t stats_next(struct stats_random *random)
{
    return random_next(&random->state);
}

/* Drawn again when it falls into the incomplete last stretch, so that every value is equally
 * likely. */
uint64_t stats_below(struct stats_random *random, uint64_t below)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % below, value;

    do
        value = stats_next(random);
    while (value >= limit);
    return value % below;
}

void stats_shuffle(struct stats_random *random, unsigned *order, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned j = (unsigned)stats_below(random, i + 1u);

        order[i] = order[j];
        order[j] = i;
    }
}

static int stats_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median_of_sorted(const double *sorted, size_t n)
{
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Sorts a copy in `room`. */
static double median_with(const double *values, size_t n, double *room)
{
    memcpy(room, values, n * sizeof *room);
    qsort(room, n, sizeof *room, stats_compare);
    return median_of_sorted(room, n);
}

double stats_median(const double *values, size_t n)
{
    double *room = malloc(n * sizeof *room);
    double median = room ? median_with(values, n, room) : values[0];

    free(room);
    return median;
}

double stats_least(const double *values, size_t n)
{
    double least = values[0];

    for (size_t i = 1; i < n; i++)
        least = values[i] < least ? values[i] : least;
    return least;
}

double stats_most(const double *values, size_t n)
{
    double most = values[0];

    for (size_t i = 1; i < n; i++)
        most = values[i] > most ? values[i] : most;
    return most;
}

static void resample(const double *values, size_t n, struct stats_random *random, double *into)
{
    for (size_t i = 0; i < n; i++)
        into[i] = values[stats_below(random, n)];
}

void stats_percentiles(double *resampled, struct interval *interval)
{
    qsort(resampled, STATS_RESAMPLES, sizeof *resampled, stats_compare);
    interval->low = resampled[LOW_INDEX];
    interval->high = resampled[HIGH_INDEX];
}

struct interval stats_bootstrap(const double *values, size_t n, uint64_t seed)
{
    struct interval interval = {.median = stats_median(values, n),
                                .low = stats_least(values, n),
                                .high = stats_most(values, n)};
    struct stats_random random = {.state = seed};
    double *medians = malloc(STATS_RESAMPLES * sizeof *medians),
           *drawn = malloc(2 * n * sizeof *drawn);

    if (medians && drawn) {
        for (int i = 0; i < STATS_RESAMPLES; i++) {
            resample(values, n, &random, drawn);
            medians[i] = median_with(drawn, n, drawn + n);
        }
        stats_percentiles(medians, &interval);
    }
    free(medians);
    free(drawn);
    return interval;
}
