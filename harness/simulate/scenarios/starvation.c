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
/* Once a wait was longer than those, gaps run through its whole length in so many steps; then back
 * from the worst of them, by halves, to where it begins. */
#define SCANS 60
#define SCANS_ROUGHLY 10
/* A loop whose waits grow with every look at them is looked at no longer. */
#define LOOKS_MOST 180
/* A turn takes a tenth of a millisecond; what depends on the moment shows in so many arrivals, and
 * a long wait is followed by so many looks. */
#define ARRIVALS_IN_TURNS 40
#define LOOKS_IN_TURNS 90
/* And several where another thread or process answers. */
#define ARRIVALS_HANDED_OVER 20
/* Large enough that a budget in bytes is reached long before the cap, and small enough for any
 * server's buffer. */
#define LARGE 1400
#define CAP_LARGE 2000

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
    uint32_t gap; /* endless datagrams until the next quiet one; 0: not chosen yet */
    bool alone;   /* the endless socket has begun a second time, now without the quiet one */
    bool over;
    /* of a long wait: */
    bool follows;            /* gaps run through it */
    uint32_t range, scanned; /* its length; steps made */
    uint32_t chosen;         /* the gap before this arrival */
    uint32_t worst_gap, halving, looks;
    int64_t longest;
    bool last;     /* the gap that was chosen is */
    bool followed; /* nothing is left to look at */
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

/* Fewer where each takes long: a turn costs two looks at all threads. */
static uint32_t arrivals(const struct engine *e)
{
    uint32_t wanted = ((const struct starvation_settings *)scenario_settings(e))->arrivals;
    uint32_t most = e->handed_over ? ARRIVALS_HANDED_OVER
                    : e->parallel  ? ARRIVALS_IN_TURNS
                                   : wanted;

    return wanted < most ? wanted : most;
}

/* A period of the loop's that is longer than any gap so far hides its worst moment between two
 * arrivals: once a wait was that long, gaps run through its whole length, and then by halves to
 * where it begins. */
static uint32_t next_gap(const struct engine *e, struct starvation *s)
{
    uint32_t gap, scans = e->look == ENGINE_LOOK_ROUGHLY ? SCANS_ROUGHLY : SCANS;

    if (!s->follows)
        return 1 + s->arrived * GAP_STEP % GAPS;
    s->looks++;
    if (s->scanned % scans != 0 || s->halving == 0) {
        gap = 1 + s->scanned++ % scans * s->range / scans;
        s->halving = s->range / scans + 1;
        s->last = e->look == ENGINE_LOOK_ROUGHLY && s->scanned % scans == 0;
        return gap;
    }
    gap = s->worst_gap > s->halving ? s->worst_gap - s->halving : 1;
    s->last = s->halving == 1;
    s->halving /= 2;
    return gap;
}

static void choose_gap(const struct engine *e, struct starvation *s)
{
    s->gap = s->chosen = next_gap(e, s);
}

/* The quiet datagram has waited so long: where to look for longer waits. */
static void follow(struct engine *e, int64_t wait)
{
    struct starvation *s = starvation_of(e);
    uint32_t looks_most = e->parallel ? LOOKS_IN_TURNS : LOOKS_MOST;

    if (wait > s->longest) {
        s->longest = wait;
        s->worst_gap = s->chosen;
    }
    if (wait <= GAPS || wait <= (int64_t)s->range || s->looks >= looks_most)
        return;
    s->over = e->cut_short = e->look == ENGINE_LOOK_FIRST;
    s->follows = true;
    s->range = (uint32_t)wait + GAPS;
    s->scanned = s->halving = 0;
    s->last = false;
}

static void starvation_arrive(struct engine *e, const struct engine_carrier *c)
{
    struct starvation *s = starvation_of(e);

    s->waits_receipt = s->waits_answer = true;
    s->received = s->answered = s->since = 0;
    s->arrived++;
    s->followed = s->last;
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
    if (s->follows && arrivals(e) > 1)
        return s->followed;
    return s->arrived >= (s->alone ? arrivals(e) : (arrivals(e) + 1) / 2);
}

/* The endless socket begins together with the quiet one and then, when all has been served, once
 * more alone: of several threads, those that sleep may be woken by the one and not by the other. */
static bool starvation_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    struct starvation *s = starvation_of(e);

    if (e->steps > 0 &&
        (s->over || s->alone || s->follows || !is_half_over(e) || s->arrived >= arrivals(e)))
        return false;
    s->alone = e->steps > 0;
    for (unsigned i = 0; i < DEPTH; i++)
        engine_inject(e, c, endless_socket(e), 0);
    if (s->alone)
        choose_gap(e, s);
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
    if (++s->since > (e->size ? CAP_LARGE : CAP))
        starvation_give_up(s);
    if (s->over || is_half_over(e))
        return;
    engine_inject(e, c, endless_socket(e), 0);
    if (is_pending(s))
        return;
    if (s->gap == 0) /* after the last wait, which tells where to look for a longer one */
        choose_gap(e, s);
    if (--s->gap == 0)
        starvation_arrive(e, c);
}

static void on_received(struct engine *e, const struct engine_carrier *c, unsigned socket)
{
    struct starvation *s = starvation_of(e);

    s->over |= e->parallel && !e->in_turns;
    if (socket == endless_socket(e))
        on_endless_received(e, c);
    else if (s->waits_receipt) {
        follow(e, (int64_t)s->received);
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

#define RUN(run, which, times)                                       \
    {                                                                \
        .name = run, .settings = &(const struct starvation_settings) \
        {                                                            \
            which, times                                             \
        }                                                            \
    }
/* Who turns away from small datagrams after very many or never may do so after so many bytes. */
#define RUN_LARGE(run, many, bound, which, times)                                                  \
    {                                                                                              \
        .name = run, .settings = &(const struct starvation_settings){which, times}, .size = LARGE, \
        .after_many = many, .after_bound = bound                                                   \
    }

static const struct scenario_run runs[] = {
    RUN("first-start", 0, 1),
    RUN("first-worst", 0, 200),
    RUN("last-start", 1, 1),
    RUN("last-worst", 1, 200),
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

/* The smaller of the two is what bounds the loop: the other is only how many datagrams fit. */
static void put_bound(struct scenario_cell *cell, const struct scenario_found *found,
                      const char *name)
{
    const int64_t *large = scenario_figure(&found[TO_LARGE], name),
                  *small = scenario_figure(found, name);

    if (large && small && *large < *small) {
        scenario_put_figure(cell, &found[TO_LARGE], name);
        scenario_put(cell, "x%dB", LARGE);
    } else {
        scenario_put_figure(cell, found, name);
    }
}

static void put_bounds(struct scenario_cell *cell, const struct scenario_found *found)
{
    if (scenario_figure(found, "parallel")) {
        scenario_put(cell, "parallel");
        return;
    }
    put_bound(cell, found, "received");
    scenario_put(cell, "/");
    put_bound(cell, found, "answered");
    if (scenario_figure(found, "in_turns"))
        scenario_put(cell, "*");
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
        put_bound(cell, worse, "received");
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
