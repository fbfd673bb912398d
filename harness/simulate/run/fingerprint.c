#include "simulate/run/fingerprint.h"

#include "simulate/scenario.h"

#include <stdio.h>
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

/* ---- one run ---- */

static json_t *json_of_value(const struct engine_figure *f)
{
    if (f->is_time)
        return json_sprintf("%d ms", (int)f->value);
    return f->value == ENGINE_UNBOUNDED ? json_string("none") : json_integer(f->value);
}

/* "none", not a large number: a program that compares figures must not take a bound that is missing
 * for one. */
static json_t *json_of_figures(const struct sim_result *r)
{
    json_t *figures = json_object();

    for (unsigned i = 0; i < r->figure_count; i++) {
        const struct engine_figure *f = &r->figures[i];

        json_object_set_new(figures, f->name, json_of_value(f));
    }
    return figures;
}

static bool has_fault(const struct sim_result *r)
{
    for (unsigned i = 0; i < r->figure_count; i++) {
        if (r->figures[i].is_fault && r->figures[i].value != 0)
            return true;
    }
    return false;
}

/* A target that a single error ends, or puts to sleep, has shown its figure; one that ends
 * unprovoked has failed. */
static enum verdict fingerprint_verdict_of(const struct scenario *scenario,
                                           const struct sim_result *r, const char **reason)
{
    *reason = r->outcome == SIM_MEASURED ? NULL : r->text;
    switch (r->outcome) {
    case SIM_ENDED:
    case SIM_ASLEEP: return scenario->may_end ? VERDICT_PASS : VERDICT_FAIL;
    case SIM_LACKING:
    case SIM_UNSUPPORTED: return VERDICT_UNSUPPORTED;
    case SIM_UNDECIDED: return VERDICT_INVALID;
    case SIM_MEASURED: break;
    }
    if (!has_fault(r))
        return VERDICT_PASS;
    *reason = "answers out of order, to somebody else, or of bytes that nobody sent";
    return VERDICT_FAIL;
}

static json_t *json_of_run(const struct sim_result *r)
{
    switch (r->outcome) {
    case SIM_ENDED: return json_pack("{s:s}", "ended", r->text);
    case SIM_ASLEEP: return json_pack("{s:s}", "asleep", r->text);
    case SIM_UNDECIDED: return json_pack("{s:s}", "undecided", r->text);
    case SIM_LACKING:
    case SIM_UNSUPPORTED: return json_pack("{s:s}", "unsupported", r->text);
    case SIM_MEASURED: break;
    }
    return json_of_figures(r);
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
    bool many = target->kind == TARGET_PLUGIN ? (target->capabilities & EW_CAN_SOCKETS) != 0
                                              : target->ports != 1;

    if (scenario->needs & ~target->capabilities)
        return scenario->lack;
    return scenario->sockets > 1 && !many
               ? "it serves one port only; {sockets} in its command, or \"ports\", says otherwise"
               : NULL;
}

/* What is done with one target. */
struct fingerprint_work {
    json_t *found, *scenarios;
    struct carrier carrier;
};

/* edgewise itself has failed, not the target. */
static void note_difference(struct fingerprint_work *work, const char *scenario, const char *run)
{
    json_t *differs = json_object_get(work->found, "differs");
    char id[96];

    if (!differs) {
        differs = json_object();
        json_object_set_new(work->found, "differs", differs);
    }
    snprintf(id, sizeof id, "%s.%s", scenario, run);
    json_object_set_new(differs, id, json_string(work->carrier.difference));
}

/* 1 when the target cannot be simulated at all: found there and then, it holds for every
 * scenario. */
static int run_scenario(const struct target *target, const struct fingerprint_settings *settings,
                        struct fingerprint_work *work, unsigned index, struct error *error)
{
    const struct scenario *scenario = scenarios[index];
    struct sim_order order = {.target = target,
                              .options = settings->options,
                              .scenario = index,
                              .limit_ms = settings->limit_ms};
    json_t *runs = json_object();
    struct sim_result result;
    const char *reason;
    enum verdict verdict;

    json_object_set_new(work->scenarios, scenario->id, runs);
    for (; scenario->runs[order.run].name; order.run++) {
        const char *run = scenario->runs[order.run].name;

        if (carrier_run(&work->carrier, &order, &result, error) < 0)
            return -1;
        verdict = fingerprint_verdict_of(scenario, &result, &reason);
        if (work->carrier.difference[0]) {
            verdict = VERDICT_FAIL;
            reason = work->carrier.difference;
            note_difference(work, scenario->id, run);
        }
        tell(settings, target, scenario->id, run, verdict, reason);
        json_object_set_new(runs, run, json_of_run(&result));
        if (result.outcome == SIM_UNSUPPORTED)
            return 1;
    }
    return 0;
}

/* As above, also for a scenario that the target cannot serve. */
static int try_scenario(const struct target *target, const struct fingerprint_settings *settings,
                        struct fingerprint_work *work, unsigned index, struct error *error)
{
    const char *lack = cannot_serve(target, scenarios[index]);

    /* What only some can have is worth a word only if it was asked for. */
    if (settings->chosen ? !(settings->chosen >> index & 1) : lack && scenarios[index]->needs)
        return 0;
    if (!lack)
        return run_scenario(target, settings, work, index, error);
    json_object_set_new(work->scenarios, scenarios[index]->id,
                        json_pack("{s:s}", "unsupported", lack));
    tell(settings, target, scenarios[index]->id, NULL, VERDICT_UNSUPPORTED, lack);
    return 0;
}

int fingerprint_target(const struct target *target, const struct fingerprint_settings *settings,
                       json_t **found, struct error *error)
{
    struct fingerprint_work work = {.scenarios = json_object(),
                                    .carrier = {.choice = settings->carrier}};
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
    if (work.carrier.supervised)
        json_object_set_new(*found, "carrier", json_string("supervise"));
    if (result == 1)
        json_object_set_new(*found, "unsupported", json_string("not interposable"));
    return result < 0 ? -1 : 0;
}
