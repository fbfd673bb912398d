/* How long an endless socket keeps a quiet one waiting.
 *
 * One of two sockets is topped up at every receive, so that it never runs dry; the quiet one gets
 * single datagrams.  Counted is what of the endless one was received until the quiet datagram was,
 * and what of it was answered until that was answered. */
#include "simulate/engine.h"
#include "simulate/scenario.h"

/* So many lie there whenever it looks; depths from 1 to 5,000 gave the same figures. */
#define DEPTH 8
/* Whoever takes so many takes any number. */
#define CAP 10000
/* Gaps between arrivals run through all residues of a prime, so that no batch size is in step with
 * them. */
#define GAPS 97
#define GAP_STEP 37
/* A turn takes a tenth of a millisecond; what depends on the moment shows in so many. */
#define ARRIVALS_IN_TURNS 40

struct starvation_settings {
    uint32_t endless; /* which of two sockets is flooded */
    /* 1: the quiet datagram is there at the start; more: it comes at varied points */
    uint32_t arrivals;
};

struct starvation {
    bool waits_receipt, waits_answer;   /* a quiet datagram is on its way */
    uint64_t received, answered, since; /* of the endless socket, since it arrived */
    int64_t worst_received, worst_answered;
    uint32_t arrived;
    uint32_t gap; /* endless datagrams until the next quiet one */
    bool alone;   /* the endless socket has begun a second time, now without the quiet one */
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
    uint32_t wanted = ((const struct starvation_settings *)scenario_settings(e))->arrivals;

    return e->parallel && wanted > ARRIVALS_IN_TURNS ? ARRIVALS_IN_TURNS : wanted;
}

static void choose_gap(struct starvation *s)
{
    s->gap = 1 + s->arrived * GAP_STEP % GAPS;
}

static void starvation_arrive(struct engine *e, const struct engine_carrier *c)
{
    struct starvation *s = starvation_of(e);

    s->waits_receipt = s->waits_answer = true;
    s->received = s->answered = s->since = 0;
    s->arrived++;
    choose_gap(s);
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

    return !is_pending(s) && s->arrived >= (s->alone ? arrivals(e) : (arrivals(e) + 1) / 2);
}

/* The endless socket begins together with the quiet one and then, when all has been served, once
 * more alone: of several threads, those that sleep may be woken by the one and not by the other. */
static bool starvation_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    struct starvation *s = starvation_of(e);

    if (e->steps > 0 && (s->over || s->alone || !is_half_over(e) || s->arrived >= arrivals(e)))
        return false;
    s->alone = e->steps > 0;
    for (unsigned i = 0; i < DEPTH; i++)
        engine_inject(e, c, endless_socket(e), 0);
    if (s->alone)
        choose_gap(s);
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
    if (++s->since > CAP)
        starvation_give_up(s);
    if (s->over || is_half_over(e))
        return;
    engine_inject(e, c, endless_socket(e), 0);
    if (!is_pending(s) && --s->gap == 0)
        starvation_arrive(e, c);
}

static void on_received(struct engine *e, const struct engine_carrier *c, unsigned socket)
{
    struct starvation *s = starvation_of(e);

    s->over |= e->parallel && !e->in_turns;
    if (socket == endless_socket(e))
        on_endless_received(e, c);
    else
        starvation_settle(&s->waits_receipt, &s->worst_received, s->received);
}

static void on_sent(struct engine *e, const struct engine_carrier *c, unsigned socket)
{
    struct starvation *s = starvation_of(e);

    (void)c;
    if (socket == endless_socket(e)) {
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

    if (e->parallel)
        engine_figure(e, e->in_turns ? "in_turns" : "parallel", 1);
    if (e->parallel && !e->in_turns)
        return;
    engine_figure(e, "received", s->worst_received);
    engine_figure(e, "answered", s->worst_answered);
    if (s->waits_answer && s->worst_answered != ENGINE_UNBOUNDED)
        engine_figure(e, "unanswered", 1);
}

/* ---- for people ---- */

static void put_bounds(struct scenario_cell *cell, const struct scenario_found *found)
{
    if (scenario_figure(found, "parallel")) {
        scenario_put(cell, "parallel");
        return;
    }
    scenario_put_figure(cell, found, "received");
    scenario_put(cell, "/");
    scenario_put_figure(cell, found, "answered");
    if (scenario_figure(found, "in_turns"))
        scenario_put(cell, "*");
}

static const struct scenario_column columns[] = {
    {"start", "first-start", NULL, put_bounds},
    {"worst", "first-worst", NULL, put_bounds},
    {"start, last", "last-start", NULL, put_bounds},
    {"worst, last", "last-worst", NULL, put_bounds},
    {0},
};

/* Both sockets: a loop that serves them in the order of its list is unfair to the later ones alone,
 * and epoll gives first what was ready first. */
static const struct scenario_run runs[] = {
    {"first-start", &(const struct starvation_settings){.endless = 0, .arrivals = 1}, 0},
    {"first-worst", &(const struct starvation_settings){.endless = 0, .arrivals = 200}, 0},
    {"last-start", &(const struct starvation_settings){.endless = 1, .arrivals = 1}, 0},
    {"last-worst", &(const struct starvation_settings){.endless = 1, .arrivals = 200}, 0},
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
        "libc did not make read side by side, and no rule decides.",
    .sockets = 2,
    .runs = runs,
    .columns = columns,
    .legend =
        "start, worst: datagrams of an endless socket received/answered before a quiet one's; "
        "last: the endless\none is the second socket; *: of several threads, in turns.",
    .on_quiet = starvation_on_quiet,
    .on_received = on_received,
    .on_sent = on_sent,
    .on_end = starvation_on_end,
};
