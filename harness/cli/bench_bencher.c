#include "cli/bench_bencher.h"

#include <math.h>

/* The figure of the valid samples, with the least and the most of them as its bounds: medians of
 * few rounds have no better ones that need no comparison. */
static json_t *metric_of(const json_t *row, const char *figure)
{
    const json_t *sample;
    double least = INFINITY, most = -INFINITY;
    size_t i;

    json_array_foreach(json_object_get(row, "samples"), i, sample)
    {
        double value = json_number_value(json_object_get(sample, figure));

        if (!json_is_true(json_object_get(sample, "valid")))
            continue;
        least = fmin(least, value);
        most = fmax(most, value);
    }
    return json_pack("{s:O, s:f, s:f}", "value", json_object_get(row, figure), "lower_value", least,
                     "upper_value", most);
}

json_t *bench_bencher(const json_t *result)
{
    json_t *metrics = json_object();
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(result, "ranking"), i, row)
    {
        if (json_object_get(row, "cpu_ns_per_echo"))
            json_object_set_new(metrics, json_string_value(json_object_get(row, "name")),
                                json_pack("{s:o, s:o}", "cpu-ns-per-echo",
                                          metric_of(row, "cpu_ns_per_echo"), "throughput",
                                          metric_of(row, "echoes_per_s")));
    }
    return metrics;
}
