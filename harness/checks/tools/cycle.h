/* Starting and stopping a plug-in within one process, many times, watched from outside. */
#ifndef EDGEWISE_CHECK_CYCLE_H
#define EDGEWISE_CHECK_CYCLE_H

#include "checks/check.h"

/* A child process that loads the plug-in and starts and stops it `rounds` times, once as a warm-up
 * and once more; `before` and `after` say what the process had after each.  False with a verdict
 * when a start or stop failed. */
bool cycle_run(struct check *c, unsigned rounds, struct target_usage *before,
               struct target_usage *after);

#endif
