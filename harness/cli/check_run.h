/* Running what a plan says, for every subcommand that does. */
#ifndef EDGEWISE_CHECK_RUN_H
#define EDGEWISE_CHECK_RUN_H

#include "cli/check_plan.h"

/* Runs all of it: text, result and cases go into `cli`.  Returns the exit status that they
 * deserve. */
enum status check_plan_run(struct cli *cli, struct check_plan *plan);

#endif
