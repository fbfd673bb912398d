/* The check of one target, told as it goes: by whom it is run, here or in a process of its own, it
 * does not know. */
#ifndef EDGEWISE_CHECK_TARGET_H
#define EDGEWISE_CHECK_TARGET_H

#include "cli/check_plan.h"

enum check_event_kind {
    CHECK_EVENT_START, /* of the target, the first */
    CHECK_EVENT_BEGIN, /* of a case */
    CHECK_EVENT_CASE,  /* has its verdict */
    CHECK_EVENT_ERROR, /* instead of all cases: the target could not be run */
    CHECK_EVENT_END,   /* of the target, once, the last */
};

/* No pointer in it is to anything that came after the plan, so that a process that has been forked
 * since can send it to the one that forked it. */
struct check_event {
    enum check_event_kind kind;
    const struct check_case *one; /* of BEGIN and CASE */
    struct check check;           /* of CASE */
    struct error error;           /* of ERROR */
    enum status status;           /* of END: what the target as a whole adds to the exit status */
};

typedef void (*check_tell)(void *context, const struct check_event *event);

/* Runs the cases of the plan on a target that is not missing, and tells all of it to `tell`. */
void check_target(const struct check_plan *plan, const struct target *target, check_tell tell,
                  void *context);

#endif
