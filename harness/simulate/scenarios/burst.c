/* How long a loop reads before it waits again. */
#include "simulate/engine.h"
#include "simulate/scenario.h"

/* More than libuv takes before it waits again: 32, or 40 with recvmmsg. */
#define BURST 100

static bool burst_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    return engine_burst(e, c, 1, BURST);
}

static void burst_on_end(struct engine *e)
{
    engine_figure(e, "longest_run", (int64_t)e->longest_run);
}

static const struct scenario_run runs[] = {{.name = "burst-100"}, {0}};

static const struct scenario_column columns[] = {
    {.heading = "run", .run = "burst-100", .figure = "longest_run"}, {0}};
/* The same figure by a name that says what it is: "run" is of those who know the scenario. */
static const struct scenario_column brief[] = {
    {"in a row", "burst-100", "longest_run", NULL,
     "datagrams that are read at one go when 100 lie there"},
    {0},
};

const struct scenario scenario_burst = {
    .id = "burst",
    .title = "the largest run of receives between two waits",
    .meaning =
        "longest_run: of 100 datagrams that are there at once, how many are received before\n"
        "the loop waits again (or asks the kernel again, without waiting).  1: one at a time;\n"
        "b: a budget of b; 100: until EAGAIN.",
    .sockets = 1,
    .wants_all = true,
    .runs = runs,
    .columns = columns,
    .brief = brief,
    .on_quiet = burst_on_quiet,
    .on_end = burst_on_end,
};
