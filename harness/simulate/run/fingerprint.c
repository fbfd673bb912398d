#include "simulate/run/fingerprint.h"

#include "simulate/run/tries.h"
#include "simulate/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A bit each: there are far fewer scenarios than 64, and they are run in the table's order,
 * whatever the order of the words. */
int fingerprint_choose(struct fingerprint_settings *settings, const char *scenario)
{
    for (unsigned i = 0; i < scenario_count; i++) {
        if (strcmp(scenarios[i]->id, scenario) == 0) {
            settings->chosen |= UINT64_C(1) << i;
            return 0;
        }
    }
    return -1;
}

/* What is done with one target. */
struct fingerprint_work {
    json_t *found, *scenarios, *runs; /* of the scenario at hand */
    struct trust trust;
    bool ring_denied, unsupported;
};

/* ---- one run ---- */

/* "none", not a large number: a program that compares figures must not take a bound that is missing
 * for one. */
static json_t *json_of_value(int64_t value, bool is_time)
{
    if (value == ENGINE_UNBOUNDED)
        return json_string("none");
    if (value == ENGINE_VARIES)
        return json_string("varies");
    return is_time ? json_sprintf("%d ms", (int)value) : json_integer(value);
}

static json_t *json_of_figures(const struct tried *t)
{
    json_t *figures = json_object(), *varied = json_object();

    for (unsigned i = 0; i < t->result.figure_count; i++) {
        const struct engine_figure *f = &t->result.figures[i];

        json_object_set_new(figures, f->name, json_of_value(f->value, f->is_time));
        if (f->value == ENGINE_VARIES)
            json_object_set_new(varied, f->name,
                                json_pack("[o, o]", json_of_value(t->least[i], f->is_time),
                                          json_of_value(t->most[i], f->is_time)));
    }
    if (json_object_size(varied) > 0)
        json_object_set(figures, "varied", varied);
    json_decref(varied);
    return figures;
}

static json_t *json_of_run(const struct tried *t)
{
    const char *text = t->result.text;

    switch (t->result.outcome) {
    case SIM_ENDED: return json_pack("{s:s}", "ended", text);
    case SIM_ASLEEP:
        return t->result.closed ? json_pack("{s:s, s:i}", "asleep", text, "closed", 1)
                                : json_pack("{s:s}", "asleep", text);
    case SIM_UNDECIDED: return json_pack("{s:s}", "undecided", text);
    case SIM_PARTLY:
    case SIM_UNSUPPORTED: return json_pack("{s:s}", "unsupported", text);
    case SIM_MEASURED: break;
    }
    return json_of_figures(t);
}

static void tell(const struct fingerprint_settings *settings, const struct target *target,
                 const char *scenario, const char *run, enum verdict verdict, const char *reason)
{
    char id[96];

    snprintf(id, sizeof id, "%s%s%s", scenario, run ? "." : "", run ? run : "");
    settings->done(settings->context, target, id, verdict, reason);
}

/* ---- one scenario ---- */

/* A plug-in says what it can; of a command only the number of its ports is known, so that it is
 * tried with several wherever that can be told to it. */
static const char *cannot_serve(const struct target *target, const struct scenario *scenario)
{
    bool many = target->kind == TARGET_PLUGIN
                    ? (target->capabilities & EW_CAN_SOCKETS) != 0
                    : target->ports == 0 || target->ports >= scenario->sockets;

    if (scenario->needs && !(scenario->needs & target->capabilities))
        return scenario->lack;
    if (scenario->sockets <= 1 || many)
        return NULL;
    return target->ports > 1
               ? "it serves too few ports; \"ports\" or \"addresses\" of its file says how many"
               : "it serves one port only; {sockets} in its command, or \"ports\", says otherwise";
}

/* edgewise itself has failed, not the target. */
static void note_difference(struct fingerprint_work *work, const char *scenario, const char *run,
                            const char *difference)
{
    json_t *differs = json_object_get(work->found, "differs");
    char id[96];

    if (!differs) {
        differs = json_object();
        json_object_set_new(work->found, "differs", differs);
    }
    snprintf(id, sizeof id, "%s.%s", scenario, run);
    json_object_set_new(differs, id, json_string(difference));
}

/* Runs are named, not numbered, where one depends on another: their order is for people. */
static const struct tried *tried_as(const struct scenario *scenario, const struct tried *all,
                                    const char *name)
{
    unsigned i = 0;

    while (strcmp(scenario->runs[i].name, name) != 0)
        i++;
    return &all[i];
}

static bool is_asked_for(const struct fingerprint_settings *settings,
                         const struct scenario_run *run)
{
    return !settings->run || strcmp(settings->run, run->name) == 0;
}

/* Whether this run has anything to tell after those before it, of which there are none where it
 * alone is made. */
static bool is_wanted(const struct target *target, const struct scenario *scenario,
                      const struct scenario_run *run, const struct tried *all, const char *only)
{
    const int64_t *many, *bound;

    if (run->needs & ~target->capabilities)
        return false;
    if (run->size && !exchange_has(&target->exchange, EXCHANGE_VARIES_SIZE))
        return false;
    if (only || !run->after_many)
        return true;
    many = tried_figure(tried_as(scenario, all, run->after_many), "received");
    if (!many || *many < SCENARIO_MANY)
        return false;
    if (!run->after_bound)
        return true;
    bound = tried_figure(tried_as(scenario, all, run->after_bound), "received");
    return bound && *bound != ENGINE_UNBOUNDED;
}

/* The run whose figures are this one's as well; NULL: it has to be made. */
static const struct tried *tried_for(const struct scenario *scenario,
                                     const struct scenario_run *run, const struct tried *all,
                                     const char *only)
{
    const struct tried *start = only || !run->none_if ? NULL
                                                      : tried_as(scenario, all, run->none_if);
    const int64_t *received = start ? tried_figure(start, "received") : NULL;
    const int64_t *answered = start ? tried_figure(start, "answered") : NULL;

    return received && answered && *received == ENGINE_UNBOUNDED && *answered == ENGINE_UNBOUNDED
               ? start
               : NULL;
}

/* 1 when no further run has anything to tell: the target cannot be simulated at all, or never
 * waits. */
static int note_run(const struct target *target, const struct fingerprint_settings *settings,
                    struct fingerprint_work *work, const struct sim_order *order,
                    const struct tried *t)
{
    const struct scenario *scenario = scenarios[order->scenario];
    const char *run = scenario->runs[order->run].name;
    char reason[sizeof t->result.text];
    enum verdict verdict = tried_verdict(scenario, &target->exchange, t, reason, sizeof reason);

    if (t->difference[0])
        note_difference(work, scenario->id, run, t->difference);
    tell(settings, target, scenario->id, run, verdict, *reason ? reason : NULL);
    json_object_set_new(work->runs, run, json_of_run(t));
    work->ring_denied |= t->result.ring_denied;
    work->unsupported |= t->result.outcome == SIM_UNSUPPORTED;
    return t->result.outcome == SIM_UNSUPPORTED ||
           (t->result.outcome == SIM_UNDECIDED && !t->result.started);
}

static int run_scenario(const struct target *target, const struct fingerprint_settings *settings,
                        struct fingerprint_work *work, unsigned index, struct error *error)
{
    const struct scenario *scenario = scenarios[index];
    struct sim_order order = {.target = target,
                              .options = settings->options,
                              .scenario = index,
                              .limit_ms = settings->limit_ms,
                              .log = settings->log};
    struct tried *all = calloc(scenario_runs(scenario), sizeof *all);
    int result = 0;

    if (!all)
        return error_set(error, STATUS_CANNOT_RUN, "no memory for figures");
    for (; result == 0 && scenario->runs[order.run].name; order.run++) {
        const struct scenario_run *run = &scenario->runs[order.run];
        const struct tried *same = tried_for(scenario, run, all, settings->run);
        struct tried *t = &all[order.run];

        if (!is_asked_for(settings, run) || !is_wanted(target, scenario, run, all, settings->run))
            continue;
        if (same)
            *t = *same;
        else
            result = try_run(&order, &work->trust, t, error);
        if (result == 0)
            result = note_run(target, settings, work, &order, t);
    }
    free(all);
    return result;
}

/* As above, also for a scenario that the target cannot serve. */
static int try_scenario(const struct target *target, const struct fingerprint_settings *settings,
                        struct fingerprint_work *work, unsigned index, struct error *error)
{
    const char *lack = cannot_serve(target, scenarios[index]);

    /* What only some can have is worth a word only if it was asked for. */
    if (settings->chosen ? !(settings->chosen >> index & 1)
                         : scenarios[index]->on_request || (lack && scenarios[index]->needs))
        return 0;
    work->runs = json_object();
    json_object_set_new(work->scenarios, scenarios[index]->id, work->runs);
    if (!lack)
        return run_scenario(target, settings, work, index, error);
    json_object_set_new(work->runs, "unsupported", json_string(lack));
    tell(settings, target, scenarios[index]->id, NULL, VERDICT_UNSUPPORTED, lack);
    return 0;
}

int fingerprint_target(const struct target *target, const struct fingerprint_settings *settings,
                       json_t **found, struct error *error)
{
    struct fingerprint_work work = {
        .scenarios = json_object(),
        .trust = {.target = target, .carrier = {.choice = settings->carrier}}};
    int result = 0;

    *found = work.found = json_pack("{s:s, s:o}", "target", target->name, "scenarios",
                                    work.scenarios);
    if (target->missing) {
        json_object_set_new(*found, "unsupported", json_string(target->missing));
        tell(settings, target, "fingerprint", NULL, VERDICT_UNSUPPORTED, target->missing);
        return 0;
    }
    for (unsigned i = 0; i < scenario_count && result == 0; i++)
        result = try_scenario(target, settings, &work, i, error);
    if (work.trust.carrier.supervised)
        json_object_set_new(*found, "carrier", json_string("supervise"));
    if (work.ring_denied)
        json_object_set_new(*found, "denied", json_string("io_uring"));
    if (work.unsupported)
        json_object_set_new(*found, "unsupported", json_string("not interposable"));
    return result < 0 ? -1 : 0;
}
