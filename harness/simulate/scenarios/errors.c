/* What one error does to a loop: twenty datagrams one at a time, and at the fifth a receive, a send
 * or a wait that fails once. */
#include "simulate/engine.h"
#include "simulate/scenario.h"

#include <errno.h>

/* The error meets a loop that has settled, and is followed by enough rounds for one that recovers
 * late to do so. */
#define ROUNDS 20
#define FAULT_AT 4

struct errors_settings {
    enum engine_kind kind;
    int error;
};

struct errors {
    uint64_t late; /* rounds that were not answered at their end */
};
SCENARIO_KEEPS(struct errors);

static bool is(const struct errors_settings *s, enum engine_kind kind, int error)
{
    return s->kind == kind && s->error == error;
}

/* A failing receive is readable: an error that the network brought.  A send that would block does,
 * since an EAGAIN that nothing follows would leave an edge-triggered loop waiting rightly.  A
 * failing wait is the one after this. */
static void bring_fault(struct engine *e, const struct errors_settings *s,
                        const struct engine_carrier *c)
{
    if (s->kind == ENGINE_RECEIVE)
        engine_inject_error(e, c, s->error);
    else if (is(s, ENGINE_SEND, EAGAIN))
        engine_limit(e, c, 0);
    else
        engine_fail(e, c, s->kind, s->error);
}

/* Late is counted at the end of each round: in the end an answer that only a further datagram
 * brought would look like any other. */
static bool errors_on_quiet(struct engine *e, const struct engine_carrier *c)
{
    const struct errors_settings *s = scenario_settings(e);

    if (e->steps == FAULT_AT + 1 && is(s, ENGINE_SEND, EAGAIN)) {
        engine_limit(e, c, -1);
        return true;
    }
    if (e->sent[0] < e->injected[0])
        ((struct errors *)(void *)e->state)->late++;
    if (e->injected[0] == ROUNDS)
        return false;
    if (e->steps == FAULT_AT)
        bring_fault(e, s, c);
    /* Nothing lies behind a readiness that turns out to be none; behind another error there may be
     * a datagram. */
    if (e->steps != FAULT_AT || !is(s, ENGINE_RECEIVE, EAGAIN))
        engine_inject(e, c, 0, 0);
    return true;
}

static void errors_on_end(struct engine *e)
{
    engine_figure(e, "answered", (int64_t)e->sent[0]);
    /* One that was lost with its send is right; who has answered and then lost more is deaf. */
    if (e->sent[0] > 0 && e->sent[0] < ROUNDS - 1 && !e->spins)
        engine_fault(e, FIGURE_DEAF, "deaf", 1);
    engine_figure(e, "late", (int64_t)((const struct errors *)(const void *)e->state)->late);
}

/* What the man pages name and a server may meet: a signal, nothing there after all, no memory, a
 * firewall's refusal, an ICMP message (recv(2), send(2), udp(7), epoll_wait(2)). */
#define RUN(call, kind, error)                                                \
    {                                                                         \
        .name = #call "-" #error, .settings = &(const struct errors_settings) \
        {                                                                     \
            ENGINE_##kind, error                                              \
        }                                                                     \
    }

static const struct scenario_run runs[] = {
    RUN(receive, RECEIVE, EINTR),
    RUN(receive, RECEIVE, EAGAIN),
    RUN(receive, RECEIVE, ENOBUFS),
    RUN(receive, RECEIVE, ENOMEM),
    RUN(receive, RECEIVE, EPERM),
    RUN(receive, RECEIVE, ECONNREFUSED),
    RUN(receive, RECEIVE, EMSGSIZE),
    RUN(send, SEND, EINTR),
    RUN(send, SEND, EAGAIN),
    RUN(send, SEND, ENOBUFS),
    RUN(send, SEND, ENOMEM),
    RUN(send, SEND, EPERM),
    RUN(send, SEND, ECONNREFUSED),
    RUN(send, SEND, EMSGSIZE),
    RUN(wait, WAIT, EINTR),
    RUN(wait, WAIT, ENOMEM),
    {0},
};

/* ---- for people ---- */

/* In the order in which people are told of them. */
enum effect {
    LOSES_ONE,
    LATE,
    VARIES,
    LOSES_SOCKET,
    CLOSES,
    SPINS,
    SLEEPS,
    NOT_SIMULATED,
    UNDECIDED,
    ENDS,
    SILENT,
    GOES_ON,
    NONE
};

static int64_t figure_or_zero(const struct scenario_found *run, const char *name)
{
    const int64_t *value = scenario_figure(run, name);

    return value ? *value : 0;
}

/* One answer less is no loss of the socket: a datagram whose send has failed for good is gone, and
 * right so. */
static enum effect effect_of(const struct scenario_found *run)
{
    int64_t answered = figure_or_zero(run, "answered");

    if (scenario_figure(run, "closed"))
        return CLOSES;
    switch (run->outcome) {
    case SCENARIO_NOT_RUN: return NONE;
    case SCENARIO_ENDED: return ENDS;
    case SCENARIO_ASLEEP: return SLEEPS;
    case SCENARIO_UNDECIDED: return UNDECIDED;
    case SCENARIO_NOT_SIMULATED: return NOT_SIMULATED;
    case SCENARIO_MEASURED: break;
    }
    if (scenario_figure(run, "spins"))
        return SPINS;
    if (scenario_figure(run, "silent"))
        return SILENT;
    if (answered == ENGINE_VARIES || figure_or_zero(run, "late") == ENGINE_VARIES)
        return VARIES;
    if (answered < ROUNDS)
        return answered < ROUNDS - 1 ? LOSES_SOCKET : LOSES_ONE;
    return figure_or_zero(run, "late") ? LATE : GOES_ON;
}

/* The runs by what their error does, the mildest effect first; of effects those whose bits are
 * set. */
static void put_chosen(struct scenario_cell *cell, const struct scenario_found *found,
                       unsigned chosen)
{
    static const char *const effects[] = {
        [LOSES_ONE] = "loses one",
        [LATE] = "late",
        [VARIES] = "varies",
        [LOSES_SOCKET] = "loses the socket",
        [CLOSES] = "closes its socket",
        [SPINS] = "spins",
        [SLEEPS] = "sleeps for ever",
        [NOT_SIMULATED] = "not simulated",
        [UNDECIDED] = "undecided",
        [ENDS] = "ends it",
        [SILENT] = "never answers",
    };
    bool tried = false;

    for (enum effect effect = LOSES_ONE; effect < GOES_ON; effect++) {
        unsigned count = 0;

        for (unsigned i = 0; runs[i].name; i++) {
            tried |= effect_of(&found[i]) != NONE;
            if (effect_of(&found[i]) != effect || !(chosen >> effect & 1))
                continue;
            if (count++ > 0)
                scenario_put(cell, ", %s", runs[i].name);
            else
                scenario_put(cell, "%s%s: %s", cell->length ? "; " : "", effects[effect],
                             runs[i].name);
        }
    }
    if (cell->length == 0)
        scenario_put(cell, tried ? "goes on" : "-");
}

static void put_effects(struct scenario_cell *cell, const struct scenario_found *found)
{
    put_chosen(cell, found, ~0U);
}

/* Of one datagram, or one answer that comes late, a newcomer need not know; and what could not be
 * tried has done no harm. */
static void put_harm(struct scenario_cell *cell, const struct scenario_found *found)
{
    put_chosen(cell, found, ~(1U << LOSES_ONE | 1U << LATE | 1U << NOT_SIMULATED));
}

static const struct scenario_column columns[] = {{.heading = "errors", .put = put_effects}, {0}};
static const struct scenario_column brief[] = {
    {"errors", NULL, NULL, put_harm,
     "what one error of a system call does to it, where that is more than the loss of a datagram"},
    {0},
};

const struct scenario scenario_errors = {
    .id = "errors",
    .title = "what a single error on receive, send or wait does",
    .meaning =
        "answered: of 20 datagrams, sent one at a time, with the named error once at the\n"
        "fifth; late: rounds at whose end an answer was missing.  20 and 0: it goes on.  19:\n"
        "it loses one, which is right where sending failed for good.  Less: it loses the\n"
        "socket.  A target that ends is reported with how it ended.",
    .sockets = 1,
    .may_end = true,
    .runs = runs,
    .columns = columns,
    .brief = brief,
    .on_quiet = errors_on_quiet,
    .on_end = errors_on_end,
};
