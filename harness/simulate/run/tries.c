#include "simulate/run/tries.h"

#include <inttypes.h>
#include <stdio.h>

/* Nobody knows what a command is made of: its first runs of the most sensitive scenario are made
 * twice whatever it seems to be. */
#define RUNS_DOUBTED 2
#define TRIES_OF_STEADY 2
/* Whoever has differed once is likely to again, and a figure that happens to agree twice would look
 * exact among others that vary. */
#define TRIES_OF_UNSTEADY 4

/* ---- making it ---- */

static const int64_t *figure_in(const struct sim_result *r, const char *name)
{
    const struct engine_figure *figure = figure_find(r->figures, r->figure_count, name);

    return figure ? &figure->value : NULL;
}

const int64_t *tried_figure(const struct tried *t, const char *name)
{
    return figure_in(&t->result, name);
}

static void add_figure(struct sim_result *r, const struct engine_figure *figure)
{
    if (r->figure_count == ENGINE_FIGURES)
        return;
    r->figures[r->figure_count] = *figure;
    r->figures[r->figure_count++].value = 0;
}

/* A figure that is there only if there is something to tell counts as 0 elsewhere. */
static bool compare_figures(struct tried *t, const struct sim_result *next)
{
    bool differs = false;

    for (unsigned i = 0; i < next->figure_count; i++) {
        if (!figure_in(&t->result, next->figures[i].name))
            add_figure(&t->result, &next->figures[i]);
    }
    for (unsigned i = 0; i < t->result.figure_count; i++) {
        const int64_t *other = figure_in(next, t->result.figures[i].name);
        int64_t value = other ? *other : 0;

        t->least[i] = value < t->least[i] ? value : t->least[i];
        t->most[i] = value > t->most[i] ? value : t->most[i];
        if (t->least[i] == t->most[i])
            continue;
        t->result.figures[i].value = ENGINE_VARIES;
        differs = true;
    }
    return differs;
}

static void take_first(struct tried *t)
{
    for (unsigned i = 0; i < ENGINE_FIGURES; i++)
        t->least[i] = t->most[i] = i < t->result.figure_count ? t->result.figures[i].value : 0;
}

/* Of two outcomes that differ what was decided counts, and then what speaks against the target. */
static bool take_next(struct tried *t, const struct sim_result *next)
{
    if (t->result.outcome == SIM_MEASURED && next->outcome == SIM_MEASURED)
        return compare_figures(t, next);
    if (next->outcome == t->result.outcome || next->outcome == SIM_UNDECIDED)
        return false;
    if (t->result.outcome == SIM_MEASURED || t->result.outcome == SIM_UNDECIDED) {
        t->result = *next;
        take_first(t);
    }
    return true;
}

static void note_difference_of(struct tried *t, const struct carrier *carrier)
{
    if (!t->difference[0])
        snprintf(t->difference, sizeof t->difference, "%s", carrier->difference);
}

/* A target that cannot be run, or never got as far as to wait, is not tried again: nothing in it
 * could be otherwise, and each try takes as long as the first.  Carriers are compared only where
 * neither varies: of two draws nobody expects that they are the same. */
int try_run(struct sim_order *order, struct trust *trust, struct tried *t, struct error *error)
{
    bool doubted = trust->target->kind == TARGET_COMMAND && trust->runs < RUNS_DOUBTED &&
                   scenarios[order->scenario]->shows_chance;
    unsigned tries = trust->varies ? TRIES_OF_UNSTEADY : TRIES_OF_STEADY;
    struct sim_result next;
    bool differs = false;

    if (carrier_run(&trust->carrier, order, &t->result, error) < 0)
        return -1;
    trust->runs++;
    note_difference_of(t, &trust->carrier);
    take_first(t);
    if (!(t->result.uncertain || doubted || trust->varies) ||
        t->result.outcome == SIM_UNSUPPORTED || !t->result.started)
        return 0;
    for (unsigned i = 1; i < tries && !differs; i++) {
        if (carrier_run(&trust->carrier, order, &next, error) < 0)
            return -1;
        note_difference_of(t, &trust->carrier);
        differs = take_next(t, &next);
    }
    if (differs)
        t->difference[0] = '\0';
    trust->varies |= differs;
    return 0;
}

/* ---- judging it ---- */

/* Said of a target in a verdict's reason, whose number is that of the worst try. */
static const char *const faults[FIGURE_FAULTS] = {
    [FIGURE_CLOSED] = "closes its socket",
    [FIGURE_SILENT] = "never answers",
    [FIGURE_DISORDER] = "answers out of order",
    [FIGURE_MISROUTED] = "answers to somebody else, or of bytes that nobody sent",
    [FIGURE_REPEATED] = "answers a datagram more than once",
    [FIGURE_MISSING] = "leaves datagrams without an answer",
    [FIGURE_UNREAD] = "does not read all datagrams, also when replies are taken again",
    [FIGURE_DEAF] = "answers nothing from then on",
};

/* Answers may come in any order but where the protocol promises one: who forwards what it is asked
 * is right to answer as he gets to it. */
static bool is_fault(enum figure_fault fault, const struct exchange *exchange)
{
    return fault != FIGURE_RIGHT &&
           (fault != FIGURE_DISORDER || exchange_has(exchange, EXCHANGE_ORDERED));
}

/* "" when there is nothing to find. */
static void find(const struct tried *t, const struct exchange *exchange, char *reason, size_t size)
{
    enum figure_fault first = FIGURE_FAULTS;

    for (unsigned i = 0; i < t->result.figure_count; i++) {
        const struct engine_figure *f = &t->result.figures[i];

        if (!is_fault(f->fault, exchange) || t->most[i] == 0 || f->fault >= first)
            continue;
        first = f->fault;
        if (first == FIGURE_MISSING || first == FIGURE_UNREAD)
            snprintf(reason, size, "%s: %" PRId64, faults[first], t->most[i]);
        else
            snprintf(reason, size, "%s", faults[first]);
    }
}

enum verdict tried_verdict(const struct scenario *scenario, const struct exchange *exchange,
                           const struct tried *t, char *reason, size_t size)
{
    snprintf(reason, size, "%s",
             t->difference[0]                    ? t->difference
             : t->result.outcome == SIM_MEASURED ? ""
                                                 : t->result.text);
    if (t->difference[0])
        return VERDICT_FAIL;
    switch (t->result.outcome) {
    case SIM_ENDED:
    case SIM_ASLEEP: return scenario->may_end && !t->result.closed ? VERDICT_PASS : VERDICT_FAIL;
    case SIM_PARTLY:
    case SIM_UNSUPPORTED: return VERDICT_UNSUPPORTED;
    case SIM_UNDECIDED: return VERDICT_INVALID;
    case SIM_MEASURED: break;
    }
    find(t, exchange, reason, size);
    return *reason ? VERDICT_FAIL : VERDICT_PASS;
}
