/* Goals: what the CPU per echo of one target is to be at most, as a multiple of another's.  They
 * are data, so that anybody's servers may have them:
 *
 *     {"margin": 0.01, "goals": [{"name": "mine", "base": "theirs", "at_most": 1.05}, ...]}
 *
 * `margin` (0 where there is none) is what an interval may reach beyond a goal that is met. */
#ifndef EDGEWISE_BENCH_GOALS_H
#define EDGEWISE_BENCH_GOALS_H

#include "base/status.h"

#include <jansson.h>

struct bench_goals {
    double margin;
    json_t *list; /* checked: objects with name, base, at_most; NULL: no goals */
};

/* Reads a file; -1 with `error` filled (STATUS_USAGE) when it is not as above.  bench_goals_fini()
 * is safe after both. */
int bench_goals_load(struct bench_goals *goals, const char *path, struct error *error);
void bench_goals_fini(struct bench_goals *goals);

/* The ratio that `name` is to have to `base` at most; 0: there is no such goal. */
double bench_goal_of(const struct bench_goals *goals, const char *name, const char *base);

#endif
