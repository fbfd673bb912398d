/* What `edgewise bench --format bencher` writes: the Bencher Metric Format (bencher.dev, reference,
 * "Bencher Metric Format"), {BENCHMARK: {MEASURE: {"value", "lower_value", "upper_value"}}}. */
#ifndef EDGEWISE_CLI_BENCH_BENCHER_H
#define EDGEWISE_CLI_BENCH_BENCHER_H

#include <jansson.h>

/* Of the result of a bench: each target that has a valid sample, with "cpu-ns-per-echo"
 * (nanoseconds) and "throughput" (echoes a second).  For the caller to release. */
json_t *bench_bencher(const json_t *result);

#endif
