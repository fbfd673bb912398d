#include "cli/bench_curve.h"

#include <string.h>

/* ---- the parameters ---- */

/* Of each target its own: they are compared where each is as busy as the others. */
static void set_rate(struct bench_command *b, uint32_t value, uint32_t most)
{
    (void)most;
    b->config.percent = value;
}

/* Unless --active says otherwise all of them get traffic, by a flow each: more sockets are more
 * load then, too. */
static void set_sockets(struct bench_command *b, uint32_t value, uint32_t most)
{
    (void)most;
    b->sockets = value;
}

/* Spread over the ports as ever: one port unless --sockets says otherwise. */
static void set_flows(struct bench_command *b, uint32_t value, uint32_t most)
{
    (void)most;
    b->config.flows = value;
}

static void set_size(struct bench_command *b, uint32_t value, uint32_t most)
{
    (void)most;
    b->config.sizes = (struct sizes){.count = 1, .list = {value}};
}

/* Where each worker has ports of its own all points have as many as the greatest number of workers
 * needs, so that the traffic is the same everywhere. */
static void set_workers(struct bench_command *b, uint32_t value, uint32_t most)
{
    b->workers = value;
    if (b->config.target.server.share <= EW_SHARE_PORTS && b->sockets < most)
        b->sockets = most;
}

/* Powers of ten for sockets and flows: what grows with them shows between these. */
static const struct bench_curve curves[] = {
    {"rate",
     "per cent of the target's highest rate without loss",
     {.count = 5, .list = {10, 25, 50, 75, 90}},
     set_rate,
     true},
    {"sockets", "ports", {.count = 4, .list = {1, 10, 100, 1000}}, set_sockets, false},
    {"flows", "source ports", {.count = 4, .list = {1, 10, 100, 1000}}, set_flows, false},
    {"size", "bytes", {.count = 5, .list = {64, 256, 512, 1024, 1400}}, set_size, false},
    {"workers", "threads", {.count = 2, .list = {1, 2}}, set_workers, false},
};

const struct bench_curve *bench_curve_named(const char *name)
{
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        if (strcmp(curves[i].name, name) == 0)
            return &curves[i];
    }
    return NULL;
}

/* ---- the result ---- */

json_t *bench_curve_json(const struct bench_curve *curve)
{
    return json_pack("{s:s, s:s, s:[]}", "x", curve->name, "unit", curve->unit, "points");
}

/* The ratio of `name` to the baseline; the first is that, what follows is for goals against
 * others. */
static const json_t *comparison_of(const json_t *result, const char *name, const char *baseline)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(result, "comparisons"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0 &&
            strcmp(json_string_value(json_object_get(one, "base")), baseline) == 0)
            return one;
    }
    return NULL;
}

/* The baseline is 1 by definition; who has no pair of valid samples has no ratio. */
static json_t *curve_target(const json_t *result, const json_t *row, const char *baseline)
{
    static const char *const ratio[] = {"ratio", "low", "high"};
    static const char *const kept[] = {"name",        "cpu_ns_per_echo", "echoes_per_s",
                                       "times_floor", "times_path",      "latency_ns",
                                       "valid"};
    const char *name = json_string_value(json_object_get(row, "name"));
    const json_t *comparison = comparison_of(result, name, baseline);
    json_t *target = json_object();

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (json_object_get(row, kept[i]))
            json_object_set(target, kept[i], json_object_get(row, kept[i]));
    }
    for (size_t i = 0; i < sizeof ratio / sizeof *ratio; i++)
        json_object_set_new(target, ratio[i],
                            comparison ? json_incref(json_object_get(comparison, ratio[i]))
                            : strcmp(name, baseline) == 0 ? json_integer(1)
                                                          : json_null());
    return target;
}

/* Samples are left out: a curve of five points with ten rounds of ten targets would have 500. */
json_t *bench_curve_point(const json_t *result, uint32_t value, const char *baseline)
{
    json_t *targets = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(result, "ranking"), i, row)
        json_array_append_new(targets, curve_target(result, row, baseline));
    return json_pack("{s:I, s:O, s:O?, s:O?, s:o}", "x", (json_int_t)value, "config",
                     json_object_get(result, "config"), "floor", json_object_get(result, "floor"),
                     "noise_floor", json_object_get(result, "noise_floor"), "targets", targets);
}
