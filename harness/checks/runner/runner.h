/* Running a case, and running it again when the machine spoiled it. */
#ifndef EDGEWISE_CHECK_RUNNER_H
#define EDGEWISE_CHECK_RUNNER_H

#include "checks/check.h"

/* What is INVALID says nothing of the target: it is tried so often, and said to have been. */
#define CHECK_TRIES 3

/* Runs one case.  False when it was interrupted and so has no verdict. */
bool check_run(struct check *c, const struct check_case *one, const struct target *target,
               const struct check_settings *settings);

#endif
