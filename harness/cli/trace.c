/* edgewise trace TARGET: one run on the simulated network, call by call. */
#include "cli/trace.h"

#include "cli/commands.h"
#include "cli/simulated.h"
#include "simulate/scenario.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_SCENARIO "starvation"

struct trace_command {
    struct fingerprint_settings settings;
    const char *scenario; /* "ID" or "ID.RUN" */
    const char *svg_path; /* NULL: none */
    unsigned index, run;  /* what was chosen: rows of scenarios[] and of its runs */
};

/* Each run by its own name; a scenario's alone means its first. */
static void trace_offer_runs(struct cli_offers *offers)
{
    char word[128];

    for (unsigned i = 0; i < scenario_count; i++) {
        cli_offer(offers, scenarios[i]->id, scenarios[i]->title);
        for (const struct scenario_run *r = scenarios[i]->runs; r->name; r++) {
            snprintf(word, sizeof word, "%s.%s", scenarios[i]->id, r->name);
            cli_offer(offers, word, "");
        }
    }
}

static const struct cli_option trace_options[] = {
    {"scenario", "ID[.RUN]", "what is done to it (starvation.first-start)",
     CLI_TEXT(struct trace_command, scenario), .offers = trace_offer_runs},
    {"carrier", "preload|supervise",
     "how it is put on the simulated network (preload, and supervise where that cannot)",
     CLI_CHOICE(struct trace_command, settings.carrier, CARRIER_PRELOAD)},
    {"svg", "FILE", "draw it as a timeline, with the sockets as lanes; -: standard output",
     CLI_FILE(struct trace_command, svg_path)},
    {0},
};

/* ---- which run ---- */

/* scenario_count: none is called so. */
static unsigned scenario_called(const char *name, size_t length)
{
    unsigned i = 0;

    while (i < scenario_count &&
           (strlen(scenarios[i]->id) != length || strncmp(scenarios[i]->id, name, length) != 0))
        i++;
    return i;
}

static int refuse_run(struct cli *cli, const struct scenario *scenario, const char *name)
{
    char names[512] = "";

    for (const struct scenario_run *r = scenario->runs; r->name; r++) {
        size_t length = strlen(names);

        snprintf(names + length, sizeof names - length, "%s%s", length ? ", " : "", r->name);
    }
    return cli_usage(cli, "no run of %s is called '%s'; there are %s", scenario->id, name, names);
}

/* The first run where none is named. */
static int choose_run(struct cli *cli, struct trace_command *t)
{
    const char *name = t->scenario ? t->scenario : DEFAULT_SCENARIO, *dot = strchr(name, '.');
    const struct scenario *scenario;

    t->index = scenario_called(name, dot ? (size_t)(dot - name) : strlen(name));
    if (t->index == scenario_count)
        return cli_usage(cli, "no scenario is called '%s'; edgewise fingerprint --list shows them",
                         name);
    scenario = scenarios[t->index];
    fingerprint_choose(&t->settings, scenario->id);
    t->settings.run = dot ? dot + 1 : scenario->runs[0].name;
    for (; scenario->runs[t->run].name; t->run++) {
        if (strcmp(scenario->runs[t->run].name, t->settings.run) == 0)
            return 0;
    }
    return refuse_run(cli, scenario, t->settings.run);
}

/* ---- what is shown ---- */

static json_t *json_of_event(const struct log_event *e)
{
    json_t *event = json_pack("{s:s}", "kind", log_kind_name(e->kind));

    if (log_kind_who(e->kind) == LOG_TARGET)
        json_object_set_new(event, "call", json_string(engine_call_name(e->call)));
    if (e->socket != LOG_NO_SOCKET)
        json_object_set_new(event, "socket", json_integer(e->socket));
    if (e->value != 0)
        json_object_set_new(event, "value", json_integer(e->value));
    return event;
}

static json_t *json_of_trace(const struct trace *trace)
{
    json_t *events = json_array();

    for (uint32_t i = 0; i < trace->log.count; i++)
        json_array_append_new(events, json_of_event(&trace->log.events[i]));
    return json_pack("{s:s, s:s, s:i, s:O?, s:I, s:o}", "target", trace->target, "run", trace->id,
                     "sockets", (int)trace->sockets, "figures", trace->found, "total",
                     (json_int_t)trace->log.total, "events", events);
}

/* A target that cannot be run has no figures: then only its reason is there to tell. */
static const json_t *found_in(json_t *found, const struct scenario *scenario, const char *run)
{
    const json_t *runs = json_object_get(json_object_get(found, "scenarios"), scenario->id),
                 *one = json_object_get(runs, run);

    if (one || json_object_get(runs, "unsupported"))
        return one ? one : runs;
    json_object_del(found, "target");
    json_object_del(found, "scenarios");
    return found;
}

static enum status show(struct cli *cli, const struct trace_command *t, struct trace *trace,
                        json_t *found)
{
    const struct scenario *scenario = scenarios[t->index];
    enum status status = cli_cases_status(cli);

    snprintf(trace->id, sizeof trace->id, "%s.%s", scenario->id, t->settings.run);
    trace->sockets = engine_sockets(t->index, t->run);
    trace->found = found_in(found, scenario, t->settings.run);
    cli->result = json_of_trace(trace);
    if (t->svg_path && cli_write(cli, t->svg_path, trace_put_svg, trace) < 0)
        return STATUS_CANNOT_RUN;
    if (!t->svg_path || strcmp(t->svg_path, "-") != 0)
        trace_print(trace, cli->plain, cli->text);
    return status;
}

static enum status trace_target(struct cli *cli, struct trace_command *t,
                                const struct target *target)
{
    struct trace *trace = calloc(1, sizeof *trace);
    json_t *found = NULL;
    enum status status;

    if (!trace) {
        error_set(&cli->error, STATUS_CANNOT_RUN, "no memory for what happens");
        return STATUS_CANNOT_RUN;
    }
    trace->target = target->name;
    t->settings.log = &trace->log;
    if (fingerprint_target(target, &t->settings, &found, &cli->error) < 0)
        status = cli->error.status;
    else
        status = show(cli, t, trace, found);
    json_decref(found);
    free(trace);
    return status;
}

static enum status trace_run(struct cli *cli, int argc, char **argv)
{
    struct trace_command t = {.settings = {.done = simulated_note_case, .context = cli}};
    struct target_list targets = {0};
    int operands = cli_parse(cli, argc, argv, &t);
    enum status status = STATUS_USAGE;

    if (operands < 0 || choose_run(cli, &t) < 0)
        return cli->error.status;
    if (t.svg_path && strcmp(t.svg_path, "-") == 0 && cli->text == stderr)
        return cli_usage(cli, "only one of --svg, --json and --junit can be the standard output"),
               cli->error.status;
    t.settings.options = &cli->targets.options;
    t.settings.limit_ms = cli_timeout_ms(cli, SIMULATED_RUN_MS);
    if (cli_targets_find(&cli->targets, operands, argv, &targets, &cli->error) < 0)
        status = cli->error.status;
    else if (targets.count != 1)
        cli_usage(cli, "one target at a time can be traced, and these are %zu", targets.count);
    else
        status = trace_target(cli, &t, targets.items[0]);
    target_list_free(&targets);
    return status;
}

const struct cli_command command_trace = {
    .name = "trace",
    .summary = "show what a server does on the simulated network, call by call",
    .operands = "TARGET",
    .takes_targets = true,
    .details =
        "Runs the unmodified server through one run of a scenario, as edgewise fingerprint does,\n"
        "and tells its calls (waits, receives, sends, interest, others such as an awakener's)\n"
        "beside what the scenario does: so one sees why a bound is what it is.  What repeats\n"
        "itself is told once, with how often.  The figures are those of the fingerprint.  Of very\n"
        "many calls the first 1,024 are told, and how many more there were.  It needs Linux.",
    .options = trace_options,
    .run = trace_run,
};
