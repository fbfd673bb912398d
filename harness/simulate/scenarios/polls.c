/* How often futures are polled: at the start, for datagrams that come one by one, and for those
 * that lay there before the loop began.
 *
 * The counts are the server's own; the scenario only brings the datagrams. */
#include "simulate/engine.h"

#define PACKETS 20

/* Before the server's first look: the futures have not been polled yet. */
static void on_bound(struct engine *e, const struct engine_carrier *c)
{
    for (unsigned i = 0; i < e->sockets; i++) {
        for (unsigned k = 0;
             k < e->settings.burst && (e->settings.everywhere || i == engine_chosen(e)); k++)
            engine_inject(e, c, i, 0);
    }
}

static bool polls_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    if (e->steps == e->settings.rounds)
        return false;
    engine_inject(e, c, engine_chosen(e), 0);
    return true;
}

static void polls_on_end(struct engine *e)
{
    engine_figure(e, "received", (int64_t)engine_total(e->received));
    engine_figure(e, "empty_receives", (int64_t)e->empty_receives);
}

static const struct scenario_run runs[] = {
    {"start", {0}},
    {"lock-step", {.rounds = PACKETS}},
    {"queued-one", {.burst = PACKETS}},
    {"queued-all", {.burst = PACKETS, .everywhere = 1}},
    {"alone-start", {.alone = 1}},
    {"alone-lock-step", {.alone = 1, .rounds = PACKETS}},
    {"alone-queued", {.alone = 1, .burst = PACKETS}},
    {0},
};

const struct scenario scenario_polls = {
    .id = "polls",
    .title = "how often futures are polled, as the server itself counts",
    .meaning =
        "Of ten sockets: chosen: polls of the future that serves the one the datagrams go to;\n"
        "others_least, others_most: of the others'; main: of the main future; received,\n"
        "empty_receives: datagrams, and receives that ended with EAGAIN. start: none comes;\n"
        "lock-step: 20, each when all is quiet; queued-one, queued-all: 20 that lay there\n"
        "before the loop began, on one socket or on each; alone: the same with one socket.\n"
        "Joined futures are all polled for each datagram, spawned ones only their own, and\n"
        "FuturesUnordered polls one through the main future.  Source: futures 0.1.17 and\n"
        "tokio-core 0.1.11.",
    .sockets = ENGINE_SOCKETS,
    .counts_polls = true,
    .runs = runs,
    .on_bound = on_bound,
    .on_quiet = polls_on_quiet,
    .on_end = polls_on_end,
};
