/* Does a loop ask for writability only while it has something to send? */
#include "simulate/engine.h"
#include "simulate/scenario.h"

/* One at a time: between two echoes nothing waits to be sent, so that any interest in writability
 * is idle. epoll(7): a socket with room is writable at each level-triggered wait. */
#define ECHOES 50

static bool interest_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    return engine_burst(e, c, ECHOES, 1);
}

static void interest_on_end(struct engine *e)
{
    engine_figure(e, "write_waits", (int64_t)e->write_waits);
}

static const struct scenario_run runs[] = {{.name = "lock-step"}, {0}};

const struct scenario scenario_interest = {
    .id = "interest",
    .title = "waits that ask for writability with nothing to send",
    .meaning =
        "write_waits: of the waits of 50 echoes, those that asked whether the socket can be\n"
        "written while no echo was waiting.  0 is good: with a level-triggered loop each of\n"
        "them returns at once.",
    .sockets = 1,
    .wants_all = true,
    .runs = runs,
    .on_quiet = interest_on_quiet,
    .on_end = interest_on_end,
};
