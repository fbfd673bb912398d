/* What an echo costs in calls, and how long a loop reads before it waits again. */
#include "simulate/engine.h"

#include <string.h>

/* Rounds of a burst each; what happened before the first is the start-up and does not count. */
static bool cost_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    if (e->steps == 0) {
        memcpy(e->calls_before, e->calls, sizeof e->calls);
        e->empty_waits = e->empty_receives = e->write_waits = e->longest_run = 0;
    }
    if (e->steps == e->settings.rounds)
        return false;
    for (unsigned i = 0; i < e->settings.burst; i++)
        engine_inject(e, c, 0, 0);
    return true;
}

static void cost_put_calls(struct engine *e)
{
    for (unsigned i = 0; i < ENGINE_CALL_COUNT; i++) {
        if (e->calls[i] > e->calls_before[i])
            engine_figure(e, engine_call_name((enum engine_call)i),
                          (int64_t)(e->calls[i] - e->calls_before[i]));
    }
}

static void on_cost_end(struct engine *e)
{
    engine_figure(e, "echoes", (int64_t)engine_total(e->sent));
    cost_put_calls(e);
    engine_figure(e, "empty_waits", (int64_t)e->empty_waits);
    engine_figure(e, "empty_receives", (int64_t)e->empty_receives);
}

static const struct scenario_run cost_runs[] = {
    {"lock-step", {.rounds = 50, .burst = 1}},
    {"burst-10", {.rounds = 5, .burst = 10}},
    {"burst-100", {.rounds = 1, .burst = 100}},
    {0},
};

const struct scenario scenario_cost = {
    .id = "cost",
    .title = "calls for each echo, by name, one at a time and in bursts",
    .meaning =
        "echoes: datagrams answered; then the number of calls of each name, start-up left\n"
        "out; empty_waits: waits that returned nothing; empty_receives: receives that ended\n"
        "with EAGAIN.  lock-step: the next datagram comes when all is quiet; burst-10,\n"
        "burst-100: so many are there at once.  One receive, one send and at most one wait\n"
        "for each echo is what a plain loop needs; batches need less.",
    .sockets = 1,
    .runs = cost_runs,
    .on_quiet = cost_on_quiet,
    .on_end = on_cost_end,
};

static void on_burst_end(struct engine *e)
{
    engine_figure(e, "longest_run", (int64_t)e->longest_run);
}

static const struct scenario_run burst_runs[] = {{"burst-100", {.rounds = 1, .burst = 100}}, {0}};

const struct scenario scenario_burst = {
    .id = "burst",
    .title = "the largest run of receives between two waits",
    .meaning =
        "longest_run: of 100 datagrams that are there at once, how many are received before\n"
        "the loop waits again (or asks the kernel again, without waiting).  1: one at a time;\n"
        "b: a budget of b; 100: until EAGAIN.",
    .sockets = 1,
    .runs = burst_runs,
    .on_quiet = cost_on_quiet,
    .on_end = on_burst_end,
};

static void on_interest_end(struct engine *e)
{
    engine_figure(e, "write_waits", (int64_t)e->write_waits);
}

static const struct scenario_run interest_runs[] = {{"lock-step", {.rounds = 50, .burst = 1}}, {0}};

const struct scenario scenario_interest = {
    .id = "interest",
    .title = "waits that ask for writability with nothing to send",
    .meaning =
        "write_waits: of the waits of 50 echoes, those that asked whether the socket can be\n"
        "written while no echo was waiting.  0 is good: with a level-triggered loop each of\n"
        "them returns at once.",
    .sockets = 1,
    .runs = interest_runs,
    .on_quiet = cost_on_quiet,
    .on_end = on_interest_end,
};
