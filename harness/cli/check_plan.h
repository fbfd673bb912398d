/* Which cases are run on which targets, and how. */
#ifndef EDGEWISE_CHECK_PLAN_H
#define EDGEWISE_CHECK_PLAN_H

#include "checks/check.h"
#include "cli/cli.h"

/* What is to be run.  Zero but for `repeat` runs every case once on no target. */
struct check_plan {
    struct target_list targets;
    struct cli_words cases, skips; /* ids of cases or chapters; no `cases`: all */
    uint64_t repeat;
    uint32_t jobs; /* so many targets side by side; 0 and 1: one after the other */
    bool private;  /* in a network namespace of its own */
    char options[256];
    struct check_settings settings;
};

/* Is the case one of those that the plan runs?  --skip goes before --case: a chapter without one of
 * its cases can be asked for. */
bool check_plan_has(const struct check_plan *plan, const struct check_case *one);

/* Takes the seed, the scale and the targets' options from the command line; `plan` must stay where
 * it is from then on, since its settings point into it. */
void check_plan_settle(const struct cli *cli, struct check_plan *plan);

/* What each chosen case does, so that a result can be read without the program. */
json_t *check_plan_catalogue(const struct check_plan *plan);

#endif
