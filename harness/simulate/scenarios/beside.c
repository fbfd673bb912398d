/* What else an endless socket keeps waiting: a timer that is due, a signal, a descriptor that is
 * readable.
 *
 * A datagram to the second socket the target puts aside, and answers it from the handler of what it
 * was told to wait for (docs/TARGETS.md).  Then the flood begins, and at a datagram of it that
 * happens, within the receive.  Counted is what of the flood was received and answered from then
 * until the one that was put aside was answered. */
#include "simulate/scenarios/endless.h"

enum { ENDLESS, ASIDE };

struct beside_settings {
    /* 1: it happens as the flood begins; more: at varied points of it, too */
    uint32_t moments;
};

struct beside {
    bool aside;                  /* the target has a datagram to answer from the handler */
    bool happened;               /* and must do so now */
    bool early;                  /* it did before */
    bool floods;                 /* the endless socket is topped up */
    bool over;                   /* nothing more is to be found out */
    uint64_t received, answered; /* of the endless socket, since it happened */
    int64_t worst_received, worst_answered;
    struct moments moments;
};
SCENARIO_KEEPS(struct beside);

static struct beside *beside_of(struct engine *e)
{
    return (void *)e->state;
}

static bool is_last(const struct engine *e, const struct beside *s)
{
    uint32_t asked = ((const struct beside_settings *)scenario_settings(e))->moments;

    if (s->moments.follows && asked > 1)
        return s->moments.followed;
    return s->moments.made >= moments_wanted(e, asked);
}

static void beside_happen(struct engine *e, const struct engine_carrier *c)
{
    struct beside *s = beside_of(e);

    s->happened = true;
    s->received = s->answered = 0;
    s->moments.followed = s->moments.last;
    engine_happen(e, c);
}

/* The first time it happens before the server has seen any of the flood. */
static void beside_flood(struct engine *e, const struct engine_carrier *c)
{
    struct beside *s = beside_of(e);

    s->floods = true;
    for (unsigned i = 0; i < ENDLESS_DEPTH; i++)
        engine_inject(e, c, ENDLESS, 0);
    if (s->moments.made++ == 0)
        beside_happen(e, c);
    else
        moments_choose(e, &s->moments);
}

/* Each flood runs dry before the next datagram is put aside: a server that never turns away from
 * one could not take it else.  One that was too much does, too, which tells "none" from "never". */
static bool beside_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    struct beside *s = beside_of(e);

    if (s->over || s->early || s->happened || (!s->aside && is_last(e, s)))
        return false;
    if (s->aside) {
        beside_flood(e, c);
    } else {
        s->aside = true;
        engine_inject(e, c, ASIDE, 0);
    }
    return true;
}

static void give_up(struct beside *s)
{
    s->worst_received = s->worst_answered = ENGINE_UNBOUNDED;
    s->over = true;
    s->floods = false;
}

static void beside_on_received(struct engine *e, const struct engine_carrier *c, unsigned socket)
{
    struct beside *s = beside_of(e);

    if (socket != ENDLESS || !s->floods)
        return;
    if (s->happened && endless_is_for_ever(e, ++s->received))
        give_up(s);
    if (e->parallel && !e->in_turns)
        s->over = true;
    s->floods = !s->over;
    if (!s->floods)
        return;
    engine_inject(e, c, ENDLESS, 0);
    if (!s->happened && --s->moments.gap == 0)
        beside_happen(e, c);
}

static void beside_on_sent(struct engine *e, const struct engine_carrier *c,
                           const struct engine_tag *tag)
{
    struct beside *s = beside_of(e);

    (void)c;
    if (tag->socket == ENDLESS) {
        s->answered += s->happened;
        return;
    }
    s->early |= !s->happened;
    s->aside = s->floods = false;
    if (!s->happened)
        return;
    s->happened = false;
    if (s->over)
        return;
    if ((int64_t)s->received > s->worst_received)
        s->worst_received = (int64_t)s->received;
    if ((int64_t)s->answered > s->worst_answered)
        s->worst_answered = (int64_t)s->answered;
    s->over = moments_follow(e, &s->moments, (int64_t)s->received);
}

/* As of starvation: threads that read side by side have no figure.  Who answers before anything has
 * happened, or never, has none either. */
static void beside_on_end(struct engine *e)
{
    const struct beside *s = beside_of(e);

    if (e->parallel || e->handed_over)
        engine_figure(e, e->in_turns ? "in_turns" : "parallel", 1);
    if (s->early)
        engine_figure(e, "early", 1);
    else if (s->happened)
        engine_figure(e, "unanswered", 1);
    else if (!e->parallel || e->in_turns) {
        engine_figure(e, "received", s->worst_received);
        engine_figure(e, "answered", s->worst_answered);
    }
    if (e->size)
        engine_figure(e, "size", e->size);
}

/* Who turns away from small datagrams after very many or never may do so after so many bytes. */
#define RUNS(what, can)                                                                          \
    {.name = what "-start", .settings = &(const struct beside_settings){1}, .needs = can},       \
        {.name = what "-worst", .settings = &(const struct beside_settings){200}, .needs = can}, \
    {                                                                                            \
        .name = what "-worst-large", .settings = &(const struct beside_settings){200},           \
        .size = ENDLESS_LARGE, .after_many = what "-worst", .needs = can                         \
    }

static const struct scenario_run runs[] = {
    RUNS("timer", EW_CAN_TIMER),   RUNS("signal", EW_CAN_SIGNAL), RUNS("pipe", EW_CAN_PIPE),
    RUNS("accept", EW_CAN_ACCEPT), RUNS("stream", EW_CAN_STREAM), {0},
};

/* ---- for people ---- */

static void put_worst(struct scenario_cell *cell, const struct scenario_found *found)
{
    if (scenario_figure(found, "early"))
        scenario_put(cell, "early");
    else if (scenario_figure(found, "unanswered"))
        scenario_put(cell, "never");
    else
        endless_put_bounds(cell, found, &found[1]);
}

static const struct scenario_column columns[] = {
    {.heading = "timer", .run = "timer-worst", .put = put_worst},
    {.heading = "signal", .run = "signal-worst", .put = put_worst},
    {.heading = "pipe", .run = "pipe-worst", .put = put_worst},
    {.heading = "accept", .run = "accept-worst", .put = put_worst},
    {.heading = "stream", .run = "stream-worst", .put = put_worst},
    {0},
};

const struct scenario scenario_beside = {
    .id = "beside",
    .is_bound = true,
    .title = "how much of an endless socket is served before a timer, a signal or a stream is",
    .meaning =
        "A datagram that the target has put aside is answered from another handler of its loop:\n"
        "timer: of a timer that it has set, and which is due; signal: of a signal; pipe: of a\n"
        "pipe that is readable; accept: of a TCP connection to accept; stream: of one that has\n"
        "data.  received, answered: datagrams of the endless socket received and answered from\n"
        "when that has happened, within a receive of such a datagram, until that answer.\n"
        "start: it has happened when the flood begins; worst: the largest over that and 199\n"
        "moments of the flood.  none: more than 10,000.  early, never: it was answered before\n"
        "that, or not at all.  Good is a small bound.  Only for targets that say that they take\n"
        "part, by their capabilities, and only where this scenario is asked for.",
    .sockets = 2,
    .shows_chance = true,
    .on_request = true,
    .needs = EW_CAN_TIMER | EW_CAN_SIGNAL | EW_CAN_PIPE | EW_CAN_ACCEPT | EW_CAN_STREAM,
    .lack = "it does not take part; docs/TARGETS.md tells what \"timer\" and others ask for",
    .runs = runs,
    .columns = columns,
    .legend =
        "timer, signal, ...: datagrams of an endless socket received/answered from when one is due "
        "to its handler's\nanswer, at the worst of 200 moments.",
    .table = "starves",
    .on_quiet = beside_on_quiet,
    .on_received = beside_on_received,
    .on_sent = beside_on_sent,
    .on_end = beside_on_end,
};
