/* Targets checked side by side, each by a process and in a network namespace of its own. */
#ifndef EDGEWISE_CHECK_JOBS_H
#define EDGEWISE_CHECK_JOBS_H

#include "cli/check_target.h"

/* Can that be done here?  0, or the errno that says why not. */
int check_jobs_missing(void);

/* Told of each event as it comes, of which target of the plan it is. */
typedef void (*check_jobs_tell)(void *context, size_t target, const struct check_event *event);

/* Runs the plan's targets, `plan->jobs` at a time, begun in their order; those that are missing are
 * left out.  Each that was begun gets its END, also when its process died: then an ERROR says so.
 * After an interrupt none is begun any more, and all are waited for.  0, or -1 with `error`. */
int check_jobs_run(struct check_plan *plan, check_jobs_tell tell, void *context,
                   struct error *error);

#endif
