/* The highest rate of a target without loss: search.h with floods as its trials. */
#ifndef EDGEWISE_HIGHEST_H
#define EDGEWISE_HIGHEST_H

#include "flood/flood.h"
#include "flood/search.h"

/* A trial that was made, and what the flood said of it ("" for nothing). */
typedef void (*highest_told)(void *context, const struct search_trial *trial, const char *reason);

/* Floods as `config` says, but for its pace, rate, count and duration: short trials of `trial_ns`,
 * full-length ones HIGHEST_FULL_LENGTH times as long.  `told` may be NULL.  0, also when
 * interrupted; -1 with `error` filled when a flood could not run. */
#define HIGHEST_FULL_LENGTH 3
int highest_rate(const struct flood_config *config, int64_t trial_ns, highest_told told,
                 void *context, struct search_result *result, struct error *error);

#endif
