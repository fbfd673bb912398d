/* What figures allow to say: within one bench, and of two that were not run side by side.  Pure;
 * any thread. */
#ifndef EDGEWISE_BENCH_COMPARE_H
#define EDGEWISE_BENCH_COMPARE_H

#include "bench/stats.h"

#include <stdbool.h>

enum relation { RELATION_CANNOT_TELL, RELATION_FASTER, RELATION_SLOWER };

/* "cannot tell", "faster", "slower"; static. */
const char *relation_name(enum relation relation);

/* What the interval of a ratio of costs says of the numerator.  Both must agree: the interval, that
 * it is no chance, and the floor, that it is no noise of the machine. */
enum relation relation_of(const struct interval *interval, double floor);

/* Values of one target, all above 0, as they were taken: those of the first run, then those of the
 * next. */
struct compare_values {
    double *list;
    size_t *counts; /* of each run */
    size_t runs;
};

/* How many there are in all runs. */
size_t compare_count(const struct compare_values *values);

/* Fewer cannot have a 95 % interval of their median at all: the least and the most of five values
 * hold it with a probability of 1 - 2 / 2^5, 94 % (David and Nagaraja, Order Statistics, 3rd
 * edition 2003, section 7.1); of six, with 97 %. */
#define COMPARE_VALUES_LEAST 6
bool compare_is_enough(const struct compare_values *a, const struct compare_values *b);

/* The ratio of the medians, b / a, and its 95 % interval.  The two were not taken in the same
 * rounds, so that nothing pairs them: this is the percentile bootstrap of two samples, each drawn
 * by itself (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 8).  Of several
 * runs first runs are drawn and then values in them, since a whole run may be off (Kalibera and
 * Jones, Rigorous Benchmarking in Reasonable Time, ISMM 2013).  On the logarithms it would be the
 * same: quantiles go along with them.  Each of a and b has at least one value; of what is not
 * enough it is the widest that the values allow. */
struct interval compare_unpaired(const struct compare_values *a, const struct compare_values *b,
                                 uint64_t seed);

/* The noise floor of a run: how far a server seems to be from itself, of the paired ratios of it
 * and its twin.  Without any it is 0, and intervals alone decide. */
double compare_noise(const double *ratios, size_t n, uint64_t seed);

/* The noise floor of a ratio between two runs of which each has its own.  They met the machine at
 * different times, so that one may be off upwards and the other downwards: the factors multiply.
 * To add them as squares would take them for independent, and neighbours on a machine are not. */
double compare_floor(double a, double b);

#endif
