/* Does what comes out follow what went in: ten clients on two sockets, interleaved, twice; and one
 * alone. */
#include "simulate/engine.h"
#include "simulate/scenario.h"

#define EACH 5

struct order_settings {
    uint32_t rounds, clients;
};

/* The clients come in steps of 3 and 7, which have no divisor in common with ten: all get their
 * turn, and on each socket in another order.  Twice, so that the second burst finds whatever the
 * first has left behind, a map of clients or a slot of a batch. */
static bool order_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    const struct order_settings *s = scenario_settings(e);

    if (e->steps == s->rounds)
        return false;
    for (unsigned i = 0; i < EACH * ENGINE_CLIENTS; i++) {
        engine_inject(e, c, 0, (i * 3) % s->clients);
        engine_inject(e, c, 1, (i * 7) % s->clients);
    }
    return true;
}

static void order_on_end(struct engine *e)
{
    engine_figure(e, "queued", (int64_t)engine_total(e->injected));
    engine_figure(e, "answered", (int64_t)engine_total(e->sent));
    if (e->shared) /* who of several readers answers first is the scheduler's doing */
        engine_figure(e, "shared", 1);
    else
        engine_fault(e, FIGURE_DISORDER, "disorder", (int64_t)e->disorder);
    engine_fault(e, FIGURE_MISROUTED, "misrouted", (int64_t)e->misrouted);
}

static const struct scenario_run runs[] = {
    {.name = "interleaved",
     .settings = &(const struct order_settings){.rounds = 2, .clients = ENGINE_CLIENTS}},
    {.name = "one-client", .settings = &(const struct order_settings){.rounds = 1, .clients = 1}},
    {0},
};

const struct scenario scenario_order = {
    .id = "order",
    .title = "clients on two sockets get their own answers, in order",
    .meaning = "queued, answered: datagrams; disorder: answers that came after one of a later\n"
               "datagram of the same client; misrouted: answers to another client or from another\n"
               "socket, or bytes that nobody sent.  Good: 0 and 0. shared: several threads or\n"
               "processes read one socket, so that no order can be asked of it.",
    .sockets = 2,
    .wants_all = true,
    .runs = runs,
    .on_quiet = order_on_quiet,
    .on_end = order_on_end,
};
