/* What an echo costs in calls. */
#include "simulate/engine.h"
#include "simulate/scenario.h"

#include <inttypes.h>

struct cost_settings {
    uint32_t rounds, burst; /* so many bursts of so many datagrams */
};

static bool cost_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    const struct cost_settings *s = scenario_settings(e);

    return engine_burst(e, c, s->rounds, s->burst);
}

/* Those that were made alone: a fingerprint names what a server does, not what it might. */
static void cost_put_calls(struct engine *e)
{
    for (unsigned i = 0; i < ENGINE_CALL_COUNT; i++) {
        if (e->calls[i] > 0)
            engine_figure(e, engine_call_name((enum engine_call)i), (int64_t)e->calls[i]);
    }
}

static void cost_on_end(struct engine *e)
{
    engine_figure(e, "echoes", (int64_t)engine_total(e->sent));
    cost_put_calls(e);
    engine_figure(e, "empty_waits", (int64_t)e->empty_waits);
    engine_figure(e, "empty_receives", (int64_t)e->empty_receives);
}

/* Fifty rounds, so that what is done once for some echoes, as a timer that is set anew, shows as a
 * fraction.  A batch shows only where several are there at once. */
static const struct scenario_run runs[] = {
    {.name = "lock-step", .settings = &(const struct cost_settings){.rounds = 50, .burst = 1}},
    {.name = "burst-10", .settings = &(const struct cost_settings){.rounds = 5, .burst = 10}},
    {.name = "burst-100", .settings = &(const struct cost_settings){.rounds = 1, .burst = 100}},
    {0},
};

/* ---- for people ---- */

/* A call that was never made has no figure.  ENGINE_VARIES when one of them does. */
static int64_t sum_calls(const struct scenario_found *found, const char *const *names)
{
    const int64_t *calls;
    int64_t sum = 0;

    for (; *names; names++) {
        calls = scenario_figure(found, *names);
        if (calls && *calls == ENGINE_VARIES)
            return ENGINE_VARIES;
        sum += calls ? *calls : 0;
    }
    return sum;
}

/* For each echo; a fraction where they do not come out even. */
static void put_kind(struct scenario_cell *cell, const struct scenario_found *found,
                     const char *const *names, int64_t echoes)
{
    int64_t calls = sum_calls(found, names);

    if (calls == ENGINE_VARIES)
        scenario_put(cell, "varies");
    else if (calls % echoes == 0)
        scenario_put(cell, "%" PRId64, calls / echoes);
    else
        scenario_put(cell, "%" PRId64 "/%" PRId64, calls, echoes);
}

/* As --wide has them, one after the other; the last, beside the network's, has a column of its own:
 * mio's issue 785 was a pipe that was written to for each message, seen by nobody who counted
 * receives and sends. */
#define COST_NAME(name) #name,
static const char *const waits[] = {ENGINE_WAITS(COST_NAME) NULL};
static const char *const receives[] = {ENGINE_RECEIVES(COST_NAME) NULL};
static const char *const sends[] = {ENGINE_SENDS(COST_NAME) NULL};
static const char *const interest[] = {"epoll_ctl", NULL};
static const char *const others[] = {"other", NULL};
static const char *const *const kinds[] = {waits, receives, sends, interest, others};
#define KINDS (sizeof kinds / sizeof *kinds)

static void put_kinds(struct scenario_cell *cell, const struct scenario_found *found, size_t first,
                      size_t end)
{
    const int64_t *echoes = scenario_figure(found, "echoes");

    if (!echoes || *echoes <= 0) {
        scenario_put(cell, "%s", echoes && *echoes == ENGINE_VARIES ? "varies" : "-");
        return;
    }
    for (size_t i = first; i < end; i++) {
        scenario_put(cell, "%s", i > first ? "+" : "");
        put_kind(cell, found, kinds[i], *echoes);
    }
}

static void put_calls(struct scenario_cell *cell, const struct scenario_found *found)
{
    put_kinds(cell, found, 0, KINDS - 1);
}

static void put_others(struct scenario_cell *cell, const struct scenario_found *found)
{
    put_kinds(cell, found, KINDS - 1, KINDS);
}

/* All of them, whatever they are for: a call costs about as much as another.  A tenth tells whether
 * something is done for each echo or for many. */
static void put_total(struct scenario_cell *cell, const struct scenario_found *found)
{
    const int64_t *echoes = scenario_figure(found, "echoes");
    int64_t calls = 0;

    for (size_t i = 0; i < KINDS && calls != ENGINE_VARIES; i++) {
        int64_t some = sum_calls(found, kinds[i]);

        calls = some == ENGINE_VARIES ? some : calls + some;
    }
    if (!echoes || *echoes <= 0 || calls == ENGINE_VARIES)
        scenario_put(cell, "%s", echoes && *echoes ? "varies" : "-");
    else if (calls % *echoes == 0)
        scenario_put(cell, "%" PRId64, calls / *echoes);
    else
        scenario_put(cell, "%.1f", (double)calls / (double)*echoes);
}

static const struct scenario_column brief[] = {
    {"calls", "lock-step", NULL, put_total,
     "system calls for an echo; a plain loop makes three: wait, receive, send"},
    {0},
};

static const struct scenario_column columns[] = {
    {.heading = "per echo", .run = "lock-step", .put = put_calls},
    {.heading = "other", .run = "lock-step", .put = put_others},
    {0},
};

const struct scenario scenario_cost = {
    .id = "cost",
    .title = "calls for each echo, by name, one at a time and in bursts",
    .meaning =
        "echoes: datagrams answered; then the number of calls of each name, start-up left\n"
        "out; empty_waits: waits that returned nothing; empty_receives: receives that ended\n"
        "with EAGAIN; other: reads, writes and epoll_ctl of what is no socket of the network.\n"
        "io_uring_enter counts as a wait, whatever else it does.\n"
        "lock-step: the next datagram comes when all is quiet; burst-10,\n"
        "burst-100: so many are there at once.  One receive, one send and at most one wait\n"
        "for each echo is what a plain loop needs; batches need less.",
    .sockets = 1,
    .wants_all = true,
    .runs = runs,
    .columns = columns,
    .brief = brief,
    .legend =
        "per echo: waits+receives+sends+epoll_ctl; other: further reads, writes and epoll_ctl, as "
        "of a pipe that wakes.",
    .on_quiet = cost_on_quiet,
    .on_end = cost_on_end,
};
