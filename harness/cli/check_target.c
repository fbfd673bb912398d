#include "cli/check_target.h"

#include "base/interrupt.h"
#include "checks/chapters/chapters.h"
#include "checks/runner/runner.h"

/* Can it be started at all?  If not, that is the result; no case is scored.  One reason once,
 * instead of the same one in fifty cases. */
static bool try_start(const struct check_plan *plan, const struct target *target,
                      struct error *error)
{
    struct check c = {.target = target, .settings = &plan->settings};
    struct target_options start = check_options(&c);
    struct target_run *run;

    if (target_start(target, &start, &run, error) < 0)
        return false;
    target_stop(run, NULL);
    return true;
}

/* False when it was interrupted. */
static bool check_one(const struct check_plan *plan, const struct target *target,
                      const struct check_case *one, check_tell tell, void *context)
{
    struct check_event event = {.kind = CHECK_EVENT_BEGIN, .one = one};

    tell(context, &event);
    if (!check_run(&event.check, one, target, &plan->settings))
        return false;
    event.kind = CHECK_EVENT_CASE;
    tell(context, &event);
    return true;
}

/* Rounds are the outer loop: where a run is interrupted, each case has been tried about as often as
 * the others. */
static enum status check_cases(const struct check_plan *plan, const struct target *target,
                               check_tell tell, void *context)
{
    const struct check_case *one;

    for (uint64_t round = 0; round < plan->repeat; round++) {
        for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
            if (check_plan_has(plan, one) && !check_one(plan, target, one, tell, context))
                return interrupted();
        }
    }
    return STATUS_OK;
}

void check_target(const struct check_plan *plan, const struct target *target, check_tell tell,
                  void *context)
{
    struct check_event event = {.kind = CHECK_EVENT_START};

    tell(context, &event);
    if (try_start(plan, target, &event.error))
        event.status = check_cases(plan, target, tell, context);
    else if (interrupted())
        event.status = interrupted();
    else {
        event.kind = CHECK_EVENT_ERROR;
        tell(context, &event);
        event.status = event.error.status;
    }
    event.kind = CHECK_EVENT_END;
    tell(context, &event);
}
