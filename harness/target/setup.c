/* What a target file wants done before its server is started. */
#include "target/run.h"

#include "base/clock.h"
#include "base/interrupt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* How often is looked whether it is interrupted. */
#define SETUP_LOOK_MS 20

static bool setup_is_done(const struct target_run *setup)
{
    return setup->ended && !setup->start_errno && setup->end.exited && setup->end.code == 0 &&
           !setup->end.daemonised;
}

/* How it went, after "its setup". */
static void setup_text(const struct target_run *setup, int limit_ms, char *text, size_t size)
{
    if (setup->start_errno)
        snprintf(text, size, "cannot be started: %s", strerror(setup->start_errno));
    else if (!setup->ended)
        snprintf(text, size, "did not end within %d ms, and was ended", limit_ms);
    else if (setup->end.daemonised)
        snprintf(text, size, "left processes behind, which were ended");
    else
        target_end_text(&setup->end, text, size);
}

static int setup_fail(struct target_run *setup, int limit_ms, struct error *error)
{
    char how[128], said[400];

    setup_text(setup, limit_ms, how, sizeof how);
    run_end(setup); /* with its end it has said all it had to say */
    target_end_said(&setup->end, said, sizeof said);
    return error_set(error, STATUS_CANNOT_RUN, "%s: its setup, %s, %s%s%s", setup->target->name,
                     setup->target->setup[0], how, *said ? "; its standard error: " : "", said);
}

static int setup_await(struct target_run *setup, int limit_ms, struct error *error)
{
    int64_t limit_ns = clock_now_ns() + limit_ms * NS_PER_MS;

    while (!setup->ended && !interrupted() && clock_now_ns() < limit_ns)
        run_take_event(setup, SETUP_LOOK_MS);
    if (interrupted())
        return error_set(error, interrupted(), "interrupted during the setup of %s",
                         setup->target->name);
    return setup_is_done(setup) ? 0 : setup_fail(setup, limit_ms, error);
}

int run_setup(const struct target *target, const struct arguments_values *values, int limit_ms,
              struct error *error)
{
    const int none = -1;
    struct launch l = {.argv = arguments_fill(target->setup, values),
                       .env = target->env ? arguments_fill(target->env, values) : NULL,
                       .keep_fds = &none,
                       .stop_ms = TARGET_STOP_MS};
    struct target_run setup = {.target = target, .control = -1};
    int result;

    if (l.argv)
        setup.supervisor = supervise(&l, &setup.control);
    if (!l.argv || setup.supervisor < 0)
        result = error_set(error, STATUS_CANNOT_RUN, "%s: cannot start its setup: %s", target->name,
                           strerror(errno));
    else
        result = setup_await(&setup, limit_ms, error);
    run_end(&setup);
    arguments_free(l.argv);
    arguments_free(l.env);
    return result;
}
