/* What a run of a scenario leaves: named figures; and how much of its own it may keep meanwhile. */
#ifndef EDGEWISE_SIMULATE_FIGURE_H
#define EDGEWISE_SIMULATE_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

#define ENGINE_FIGURES 48
/* The value of a figure without bound: "none". */
#define ENGINE_UNBOUNDED INT64_MAX
/* And of one that was another each time. */
#define ENGINE_VARIES INT64_MIN
/* What a scenario may keep of a run. */
#define ENGINE_STATE_BYTES 256

/* What a server has done wrong where a figure is not 0; where there are several, the first is
 * told. */
enum figure_fault {
    FIGURE_RIGHT, /* no number of it is wrong */
    FIGURE_CLOSED,
    FIGURE_SILENT,
    FIGURE_DISORDER, /* where the protocol has an order */
    FIGURE_MISROUTED,
    FIGURE_REPEATED,
    FIGURE_MISSING,
    FIGURE_UNREAD,
    FIGURE_DEAF,
    FIGURE_FAULTS
};

struct engine_figure {
    char name[32];
    int64_t value;
    enum figure_fault fault;
    bool is_time; /* it is no number but milliseconds of the target's time */
};

/* Of `count` figures the one that is called so; NULL: there is none.  Any thread. */
const struct engine_figure *figure_find(const struct engine_figure *figures, unsigned count,
                                        const char *name);

#endif
