/* Curves of `edgewise bench`: the same comparison for each of several values of one parameter. */
#ifndef EDGEWISE_CLI_BENCH_CURVE_H
#define EDGEWISE_CLI_BENCH_CURVE_H

#include "cli/bench_options.h"

struct bench_curve {
    const char *name;    /* of the parameter, as --curve takes it */
    const char *unit;    /* of its values */
    struct sizes values; /* where none are given */
    /* Puts a value into a command that is not settled yet; `most` is the greatest of the curve. */
    void (*set)(struct bench_command *command, uint32_t value, uint32_t most);
    bool of_highest; /* the values are per cent of each target's highest rate */
};

/* NULL: none is called so. */
const struct bench_curve *bench_curve_named(const char *name);

/* {"x", "unit", "points": []}, to be put into the result. */
json_t *bench_curve_json(const struct bench_curve *curve);

/* What a point of the curve keeps of `result`, which a comparison has filled; of `baseline`. */
json_t *bench_curve_point(const json_t *result, uint32_t value, const char *baseline);

#endif
