/* How often futures are polled: at the start, for datagrams that come one by one, and for those
 * that lay there before the loop began.
 *
 * The counts are the server's own; the scenario only brings the datagrams. */
#include "simulate/engine.h"
#include "simulate/scenario.h"

/* Enough that a poll too many for each datagram stands apart from those of the start. */
#define PACKETS 20

struct polls_settings {
    uint32_t rounds;
    uint32_t queued; /* lie there before the loop begins */
    bool everywhere; /* on every socket */
};

/* Of several the fourth, which is neither the first nor the last. */
static unsigned chosen_of(unsigned sockets)
{
    return sockets > 3 ? 3 : 0;
}

/* Before the server's first look: the futures have not been polled yet. */
static void polls_on_bound(struct engine *e, const struct engine_carrier *c)
{
    const struct polls_settings *s = scenario_settings(e);

    for (unsigned i = 0; i < e->sockets; i++) {
        for (unsigned k = 0; k < s->queued && (s->everywhere || i == chosen_of(e->sockets)); k++)
            engine_inject(e, c, i, 0);
    }
}

static bool polls_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    if (e->steps == ((const struct polls_settings *)scenario_settings(e))->rounds)
        return false;
    engine_inject(e, c, chosen_of(e->sockets), 0);
    return true;
}

static void polls_on_end(struct engine *e)
{
    engine_figure(e, "received", (int64_t)engine_total(e->received));
    engine_figure(e, "empty_receives", (int64_t)e->empty_receives);
}

/* Least and most of the others: where futures are joined all are polled alike, and a difference is
 * a finding.  Counters of another number of sockets are not this run's, and give no figures. */
static void polls_on_counters(struct engine *e, const struct ew_page *counters)
{
    unsigned chosen = chosen_of(e->sockets);
    uint64_t least = UINT64_MAX, most = 0;

    if (counters->sockets != e->sockets)
        return;
    for (unsigned i = 0; i < e->sockets; i++) {
        uint64_t polls = ew_page_socket(counters, i)->counters.polls;

        if (i == chosen)
            continue;
        least = polls < least ? polls : least;
        most = polls > most ? polls : most;
    }
    engine_figure(e, "chosen", (int64_t)ew_page_socket(counters, chosen)->counters.polls);
    if (e->sockets > 1) {
        engine_figure(e, "others_least", (int64_t)least);
        engine_figure(e, "others_most", (int64_t)most);
    }
    engine_figure(e, "main", (int64_t)ew_page_worker(counters, 0)->main_polls);
}

static const struct scenario_run runs[] = {
    {.name = "start", .settings = &(const struct polls_settings){0}},
    {.name = "lock-step", .settings = &(const struct polls_settings){.rounds = PACKETS}},
    {.name = "queued-one", .settings = &(const struct polls_settings){.queued = PACKETS}},
    {.name = "queued-all",
     .settings = &(const struct polls_settings){.queued = PACKETS, .everywhere = true}},
    {.name = "alone-start", .settings = &(const struct polls_settings){0}, .sockets = 1},
    {.name = "alone-lock-step",
     .settings = &(const struct polls_settings){.rounds = PACKETS},
     .sockets = 1},
    {.name = "alone-queued",
     .settings = &(const struct polls_settings){.queued = PACKETS},
     .sockets = 1},
    {0},
};

/* ---- for people ---- */

/* The other futures' polls, as a range where they differ; and the main future's. */
static void put_polls(struct scenario_cell *cell, const struct scenario_found *found)
{
    const int64_t *least = scenario_figure(found, "others_least"),
                  *most = scenario_figure(found, "others_most");

    scenario_put_figure(cell, found, "chosen");
    if (least) {
        scenario_put(cell, "/");
        scenario_put_figure(cell, found, "others_least");
    }
    if (least && most && *least != *most) {
        scenario_put(cell, "-");
        scenario_put_figure(cell, found, "others_most");
    }
    scenario_put(cell, "/");
    scenario_put_figure(cell, found, "main");
}

static const struct scenario_column columns[] = {
    {.heading = "start", .run = "start", .put = put_polls},
    {.heading = "lock-step", .run = "lock-step", .put = put_polls},
    {.heading = "queued on one", .run = "queued-one", .put = put_polls},
    {.heading = "on all", .run = "queued-all", .put = put_polls},
    {.heading = "alone, lock-step", .run = "alone-lock-step", .put = put_polls},
    {.heading = "alone, queued", .run = "alone-queued", .put = put_polls},
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
    .needs = EW_CAN_POLLS,
    .lack = "it counts no polls",
    .runs = runs,
    .columns = columns,
    .legend =
        "polls of the future that serves 20 datagrams/each other one/the main one, of ten sockets "
        "or alone.",
    .table = "polls",
    .on_bound = polls_on_bound,
    .on_counters = polls_on_counters,
    .on_quiet = polls_on_quiet,
    .on_end = polls_on_end,
};
