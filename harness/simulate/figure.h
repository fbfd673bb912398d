/* What a run of a scenario leaves: named figures; and how much of its own it may keep meanwhile. */
#ifndef EDGEWISE_SIMULATE_FIGURE_H
#define EDGEWISE_SIMULATE_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

#define ENGINE_FIGURES 48
/* The value of a figure without bound: "none". */
#define ENGINE_UNBOUNDED INT64_MAX
/* What a scenario may keep of a run. */
#define ENGINE_STATE_BYTES 256

struct engine_figure {
    char name[32];
    int64_t value;
    bool is_fault; /* the server has done wrong where this is not 0 */
    bool is_time;  /* it is no number but milliseconds of the target's time */
};

#endif
