/* What becomes of echoes that cannot be sent.
 *
 * A burst is queued while the socket takes only so many sends; when all is quiet, sends are taken
 * again. */
#include "simulate/engine.h"
#include "simulate/scenario.h"

#define BURST_LEAST 40
/* Beyond what a queue holds, so that one sees what happens then; with every burst the pair has room
 * for. */
#define BURST_MOST 250
/* The row of that run. */
#define BY_THREES 2

struct blocked_settings {
    int32_t limit;   /* so many sends are taken first */
    int32_t release; /* and so many at each release; negative: all */
};

struct blocked {
    uint64_t received, refused; /* before the release */
    uint64_t held;              /* read before it, and answered after it */
    uint64_t progress;          /* sent at the last step */
};
SCENARIO_KEEPS(struct blocked);

/* Twice the queue and a few: what happens beyond it must show. */
static unsigned burst_of(int32_t limit, uint32_t queue)
{
    unsigned wanted = (unsigned)limit + 2 * queue + 8;

    return wanted < BURST_LEAST ? BURST_LEAST : wanted > BURST_MOST ? BURST_MOST : wanted;
}

/* First the limit: what comes in may wake another thread at once. */
static void block_and_queue(struct engine *e, const struct engine_carrier *c, int32_t limit)
{
    engine_limit(e, c, limit);
    for (unsigned i = burst_of(limit, e->queue); i > 0; i--)
        engine_inject(e, c, 0, 0);
}

/* Released again and again, as long as that moves something: who needs a further datagram to go on
 * is found so. */
static bool blocked_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    const struct blocked_settings *settings = scenario_settings(e);
    struct blocked *b = (void *)e->state;
    bool moved = e->sent[0] > b->progress;

    if (e->steps == 0) {
        block_and_queue(e, c, settings->limit);
        return true;
    }
    if (e->steps == 1) {
        b->received = e->received[0];
        b->refused = e->refused;
    } else if (!moved) {
        return false;
    }
    b->progress = e->sent[0];
    engine_limit(e, c, settings->release);
    return true;
}

/* One client's datagrams are read in the order in which they came: their numbers tell when. */
static void blocked_on_sent(struct engine *e, const struct engine_carrier *c,
                            const struct engine_tag *tag)
{
    struct blocked *b = (void *)e->state;

    (void)c;
    b->held += e->steps > 1 && tag->sequence <= b->received;
}

/* Dropped is what was received and never answered.  Held counts a reply that its future still has
 * in its hand, too. */
static void blocked_on_end(struct engine *e)
{
    const struct blocked *b = (const void *)e->state;
    uint64_t received = e->received[0], sent = e->sent[0];

    engine_figure(e, "queued", (int64_t)e->injected[0]);
    engine_figure(e, "received", (int64_t)b->received);
    engine_figure(e, "refused", (int64_t)b->refused);
    engine_figure(e, "held", (int64_t)b->held);
    engine_figure(e, "dropped", engine_rest(received, sent));
    engine_fault(e, FIGURE_UNREAD, "unread", engine_rest(e->injected[0], received));
    engine_figure(e, "answered", (int64_t)sent);
    engine_fault(e, FIGURE_DISORDER, "disorder", (int64_t)e->disorder);
}

/* Where a release of everything hides what one of three at a time shows, both are said. */
static void put_dropped(struct scenario_cell *cell, const struct scenario_found *found)
{
    const int64_t *by_threes = scenario_figure(&found[BY_THREES], "dropped"),
                  *dropped = scenario_figure(found, "dropped");

    scenario_put_figure(cell, found, "dropped");
    if (dropped && *dropped == 0 && by_threes && *by_threes != 0) {
        scenario_put(cell, ", by threes ");
        scenario_put_figure(cell, &found[BY_THREES], "dropped");
    }
}

static const struct scenario_column columns[] = {
    {.heading = "held", .run = "after-5", .figure = "held"},
    {.heading = "dropped", .run = "after-5", .put = put_dropped},
    {.heading = "read", .run = "after-5", .figure = "received"},
    {.heading = "spins", .run = "after-5", .figure = "spins"},
    {0},
};

/* What is held and what is lost of the same burst: together they show whether there is a queue, and
 * whether it has an end. */
static const struct scenario_column brief[] = {
    {"held", "after-5", "held", NULL, "answers that it keeps while the kernel takes none"},
    {"lost", "after-5", "dropped", NULL, "answers that it gives up meanwhile"},
    {0},
};

/* After 5: in the middle of a burst; after 0: from the first on; by threes: a queue that drains in
 * parts must keep its order. */
static const struct scenario_run runs[] = {
    {.name = "after-5", .settings = &(const struct blocked_settings){.limit = 5, .release = -1}},
    {.name = "after-0", .settings = &(const struct blocked_settings){.limit = 0, .release = -1}},
    {.name = "by-threes", .settings = &(const struct blocked_settings){.limit = 1, .release = 3}},
    {0},
};

const struct scenario scenario_blocked = {
    .id = "blocked",
    .title = "what becomes of echoes that the kernel does not take",
    .meaning =
        "queued: datagrams there at once while the socket takes 5 sends (or none, or 1) and\n"
        "then refuses; received: how many were read meanwhile; refused: sends tried in vain;\n"
        "held: echoes that waited; dropped: echoes given up; unread: never read, even after\n"
        "all could be sent again; answered: in the end; disorder: answers out of order;\n"
        "spins: 1 when it called 1,000 times without moving anything. by-threes: three sends\n"
        "are taken at each release.  Good: held is what --queue says, disorder and unread 0,\n"
        "few refused, no spins.",
    .sockets = 1,
    .runs = runs,
    .columns = columns,
    .brief = brief,
    .legend = "held, dropped, read, spins: of a burst while replies are refused.",
    .on_quiet = blocked_on_quiet,
    .on_sent = blocked_on_sent,
    .on_end = blocked_on_end,
};
