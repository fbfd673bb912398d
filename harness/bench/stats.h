/* The little statistics that a comparison needs.  Pure; any thread. */
#ifndef EDGEWISE_BENCH_STATS_H
#define EDGEWISE_BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

/* A seeded generator (splitmix64, Steele, Lea and Flood 2014): the same seed gives the same
 * sequence on every platform. */
struct stats_random {
    uint64_t state;
};
uint64_t stats_next(struct stats_random *random);
/* Evenly from 0 to `below` - 1; `below` at least 1. */
uint64_t stats_below(struct stats_random *random, uint64_t below);
/* A permutation of 0 ... n - 1 (Fisher and Yates). */
void stats_shuffle(struct stats_random *random, unsigned *order, unsigned n);

/* Of n values, at least one, in any order; they are not changed. */
double stats_median(const double *values, size_t n);
double stats_least(const double *values, size_t n);
double stats_most(const double *values, size_t n);

struct interval {
    double median;
    double low;
    double high;
};

/* Of a bootstrap. */
#define STATS_RESAMPLES 2000

/* The percentile interval, 95 %, of STATS_RESAMPLES resampled figures, which are sorted; the
 * median stays as it is. */
void stats_percentiles(double *resampled, struct interval *interval);

/* The median of n values and its 95 % interval by the percentile bootstrap (Efron 1979),
 * resamples drawn with `seed`.  n at least 1; with few values the interval is wide, as it should
 * be. */
struct interval stats_bootstrap(const double *values, size_t n, uint64_t seed);

#endif
