/* A log-linear histogram: every value is kept to three digits, from 1 ns to over an hour, in fixed
 * memory.
 *
 * Each power of two is cut into 1,024 equal parts, so a part is at most 1/1,024 of what it holds;
 * its middle stands for it, and the relative error is below 0.05 %.  One writer; merge after it has
 * ended. */
#ifndef EDGEWISE_HISTOGRAM_H
#define EDGEWISE_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_PARTS 1024u
#define HISTOGRAM_POWERS 33u /* 2^43 ns are 2.4 hours; what is larger counts as that */
#define HISTOGRAM_SLOTS (HISTOGRAM_PARTS * (HISTOGRAM_POWERS + 1))

struct histogram {
    uint64_t total;
    int64_t least; /* exact */
    int64_t most;  /* exact */
    double sum;
    uint64_t slots[HISTOGRAM_SLOTS];
};

/* Zeroed, with malloc(); NULL: no memory.  free() frees it. */
struct histogram *histogram_new(void);

/* Values below zero count as zero. */
void histogram_add(struct histogram *h, int64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The smallest value that at least `percent` per cent of the values do not exceed (nearest rank); 0
 * when there are none. */
int64_t histogram_percentile(const struct histogram *h, double percent);

/* 0 when there are none. */
double histogram_mean(const struct histogram *h);

/* The percentile text (.hgrm) that plotters of such histograms read, in microseconds. */
void histogram_write_hgrm(const struct histogram *h, FILE *out);

#endif
