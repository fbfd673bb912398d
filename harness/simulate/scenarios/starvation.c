/* How long an endless socket keeps a quiet one waiting.
 *
 * One of two sockets is topped up at every receive, so that it never runs dry; the quiet one gets
 * single datagrams.  Counted is what of the endless one was received until the quiet datagram was,
 * and what of it was answered until that was answered. */
#include "simulate/scenarios/endless.h"

struct starvation_settings {
    uint32_t endless; /* which of two sockets is flooded */
    /* 1: the quiet datagram is there at the start; more: it comes at varied points */
    uint32_t arrivals;
};

struct starvation {
    bool waits_receipt, waits_answer;   /* a quiet datagram is on its way */
    uint64_t received, answered, since; /* of the endless socket, since it arrived */
    int64_t worst_received, worst_answered;
    struct moments moments;
    bool alone; /* the endless socket has begun a second time, now without the quiet one */
    bool over;
};
SCENARIO_KEEPS(struct starvation);

static struct starvation *starvation_of(struct engine *e)
{
    return (void *)e->state;
}

static unsigned endless_socket(const struct engine *e)
{
    return ((const struct starvation_settings *)scenario_settings(e))->endless;
}

static uint32_t arrivals(const struct engine *e)
{
    return moments_wanted(e, ((const struct starvation_settings *)scenario_settings(e))->arrivals);
}

static void starvation_arrive(struct engine *e, const struct engine_carrier *c)
{
    struct starvation *s = starvation_of(e);

    s->waits_receipt = s->waits_answer = true;
    s->received = s->answered = s->since = 0;
    s->moments.made++;
    s->moments.followed = s->moments.last;
    engine_inject(e, c, 1 - endless_socket(e), 0);
}

static bool is_pending(const struct starvation *s)
{
    return s->waits_receipt || s->waits_answer;
}

/* All that was to arrive in this half has, and has been answered. */
static bool is_half_over(struct engine *e)
{
    const struct starvation *s = starvation_of(e);

    if (is_pending(s))
        return false;
    if (s->moments.follows && arrivals(e) > 1)
        return s->moments.followed;
    return s->moments.made >= (s->alone ? arrivals(e) : (arrivals(e) + 1) / 2);
}

/* The endless socket begins together with the quiet one and then, when all has been served, once
 * more alone: of several threads, those that sleep may be woken by the one and not by the other. */
static bool starvation_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    struct starvation *s = starvation_of(e);

    if (e->steps > 0 && (s->over || s->alone || s->moments.follows || !is_half_over(e) ||
                         s->moments.made >= arrivals(e)))
        return false;
    s->alone = e->steps > 0;
    for (unsigned i = 0; i < ENDLESS_DEPTH; i++)
        engine_inject(e, c, endless_socket(e), 0);
    if (s->alone)
        moments_choose(e, &s->moments);
    else
        starvation_arrive(e, c);
    return true;
}

/* Once without bound, it stays so: a later, luckier arrival does not mend that. */
static void starvation_settle(bool *waits, int64_t *worst, uint64_t value)
{
    if (*waits && *worst != ENGINE_UNBOUNDED && (int64_t)value > *worst)
        *worst = (int64_t)value;
    *waits = false;
}

static void starvation_give_up(struct starvation *s)
{
    if (s->waits_receipt)
        s->worst_received = ENGINE_UNBOUNDED;
    if (s->waits_answer)
        s->worst_answered = ENGINE_UNBOUNDED;
    s->over = true;
}

/* Topped up here, inside the server's own receive, so that the socket is never seen empty, not even
 * between two datagrams of a batch. */
static void on_endless_received(struct engine *e, const struct engine_carrier *c)
{
    struct starvation *s = starvation_of(e);

    s->received++;
    if (endless_is_for_ever(e, ++s->since))
        starvation_give_up(s);
    if (s->over || is_half_over(e))
        return;
    engine_inject(e, c, endless_socket(e), 0);
    if (is_pending(s))
        return;
    if (s->moments.gap == 0) /* after the last wait, which tells where to look for a longer one */
        moments_choose(e, &s->moments);
    if (--s->moments.gap == 0)
        starvation_arrive(e, c);
}

static void on_received(struct engine *e, const struct engine_carrier *c, unsigned socket)
{
    struct starvation *s = starvation_of(e);

    s->over |= e->parallel && !e->in_turns;
    if (socket == endless_socket(e))
        on_endless_received(e, c);
    else if (s->waits_receipt) {
        s->over |= moments_follow(e, &s->moments, (int64_t)s->received);
        starvation_settle(&s->waits_receipt, &s->worst_received, s->received);
    }
}

static void on_sent(struct engine *e, const struct engine_carrier *c, const struct engine_tag *tag)
{
    struct starvation *s = starvation_of(e);

    (void)c;
    if (tag->socket == endless_socket(e)) {
        s->answered++;
        return;
    }
    starvation_settle(&s->waits_answer, &s->worst_answered, s->answered);
    s->since = 0;
}

/* How far threads that read side by side get is the scheduler's doing, unless they take turns: that
 * is said, as it is not theirs. */
static void starvation_on_end(struct engine *e)
{
    const struct starvation *s = starvation_of(e);

    if (e->parallel || e->handed_over)
        engine_figure(e, e->in_turns ? "in_turns" : "parallel", 1);
    if (e->parallel && !e->in_turns)
        return;
    engine_figure(e, "received", s->worst_received);
    engine_figure(e, "answered", s->worst_answered);
    if (s->waits_answer && s->worst_answered != ENGINE_UNBOUNDED)
        engine_figure(e, "unanswered", 1);
    if (e->size)
        engine_figure(e, "size", e->size);
}

#define RUN(run, start, which, times)                                               \
    {                                                                               \
        .name = run, .settings = &(const struct starvation_settings){which, times}, \
        .none_if = start                                                            \
    }
/* Who turns away from small datagrams after very many or never may do so after so many bytes. */
#define RUN_LARGE(run, many, bound, which, times)                                   \
    {                                                                               \
        .name = run, .settings = &(const struct starvation_settings){which, times}, \
        .size = ENDLESS_LARGE, .after_many = many, .after_bound = bound             \
    }

static const struct scenario_run runs[] = {
    RUN("first-start", NULL, 0, 1),
    RUN("first-worst", "first-start", 0, 200),
    RUN("last-start", NULL, 1, 1),
    RUN("last-worst", "last-start", 1, 200),
    RUN_LARGE("first-start-large", "first-start", NULL, 0, 1),
    RUN_LARGE("first-worst-large", "first-worst", "first-start-large", 0, 200),
    RUN_LARGE("last-start-large", "last-start", NULL, 1, 1),
    RUN_LARGE("last-worst-large", "last-worst", "first-start-large", 1, 200),
    {0},
};
/* From a run to the same with large datagrams. */
#define TO_LARGE 4
enum { FIRST_WORST = 1, LAST_WORST = 3 };

/* ---- for people ---- */

static void put_bounds(struct scenario_cell *cell, const struct scenario_found *found)
{
    endless_put_bounds(cell, found, &found[TO_LARGE]);
}

static const struct scenario_column columns[] = {
    {.heading = "start", .run = "first-start", .put = put_bounds},
    {.heading = "worst", .run = "first-worst", .put = put_bounds},
    {.heading = "start, last", .run = "last-start", .put = put_bounds},
    {.heading = "worst, last", .run = "last-worst", .put = put_bounds},
    {0},
};

/* The worse of the two, whichever socket is endless: a newcomer has no favourite.  Of answers,
 * which may come later, the wide table tells. */
static void put_longest(struct scenario_cell *cell, const struct scenario_found *found)
{
    const struct scenario_found *first = &found[FIRST_WORST], *last = &found[LAST_WORST];
    const int64_t *a = scenario_figure(first, "received"), *b = scenario_figure(last, "received"),
                  *large;
    const struct scenario_found *worse = a && b && *b > *a && *a != ENGINE_VARIES ? last : first;

    large = scenario_figure(&worse[TO_LARGE], "received");
    if (scenario_figure(first, "parallel") || scenario_figure(last, "parallel"))
        scenario_put(cell, "parallel");
    else if (a && b && (worse == last ? *b : *a) == ENGINE_UNBOUNDED &&
             !(large && *large < ENGINE_UNBOUNDED))
        scenario_put(cell, "for ever");
    else
        endless_put_bound(cell, worse, &worse[TO_LARGE], "received");
}

/* One figure for eight: whoever sees that it is large asks for the others. */
static const struct scenario_column brief[] = {
    {"longest wait", NULL, NULL, put_longest,
     "datagrams of a flooded socket that are read, at worst, before a quiet one gets its turn; for "
     "ever: there is no bound"},
    {0},
};

const struct scenario scenario_starvation = {
    .id = "starvation",
    .is_bound = true,
    .title = "how much of an endless socket is served before a quiet one gets its turn",
    .meaning =
        "received: datagrams of the endless socket received between the arrival of a quiet\n"
        "socket's datagram and its receipt; answered: echoes of it sent until that one's echo\n"
        "was.  start: both are there before the first wait; worst: the largest over that and\n"
        "199 arrivals at varied points of the flood.  first, last: which of the two sockets\n"
        "is endless.  none: more than 10,000.  Good is a small bound: 1 for a level-triggered\n"
        "loop that serves each ready socket once, b and 2b - 1 for a budget of b.  An\n"
        "edge-triggered loop drained until EAGAIN has none.  in_turns: several threads serve;\n"
        "so that the figures are not the scheduler's, one at a time goes on, up to its next\n"
        "receive or wait, and then the one that has waited longest.  parallel: threads that\n"
        "libc did not make read side by side, and no rule decides.  large: only after many\n"
        "or none: the same with datagrams of `size` bytes, which tells a budget in bytes.",
    .sockets = 2,
    .shows_chance = true,
    .runs = runs,
    .columns = columns,
    .brief = brief,
    .legend =
        "start, worst: datagrams of an endless socket received/answered before a quiet one's; "
        "last: the endless\none is the second socket; *: of several threads, in turns; "
        "xB: not datagrams\nbut bytes are counted.",
    .on_quiet = starvation_on_quiet,
    .on_received = on_received,
    .on_sent = on_sent,
    .on_end = starvation_on_end,
};
