/* edgewise bench TARGET...: the comparison: CPU per echo in interleaved rounds, ranked, with
 * intervals. */
#include "base/clock.h"
#include "base/interrupt.h"
#include "bench/machine.h"
#include "bench/rounds.h"
#include "cli/bench_bencher.h"
#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "program/settings.h"

#include <stdlib.h>
#include <string.h>

struct bench_command {
    struct bench_config config;
    const char *baseline;
    const char *goals_path; /* NULL: those that came with the program */
    struct bench_goals goals;
    bool no_pin;
    enum { FORMAT_TEXT, FORMAT_BENCHER } format;
};

#define ECHO_SIZE 64u

/* 48 bytes are the smallest echo that can be judged: the generator's header (PAYLOAD_MIN). */
static const struct cli_option options[] = {
    {"rounds", "N", "every target once a round (10; --scale full: 30)",
     CLI_U32(struct bench_command, config.rounds, 1, 10000)},
    {"sample-ms", "N", "load for each sample, in milliseconds (300)",
     CLI_MILLISECONDS(struct bench_command, config.sample_ns, 1, 60000)},
    {"size", "BYTES", "of a request (64; of what is no echo: its least)",
     CLI_U32(struct bench_command, config.size, 1, 65507)},
    {"flows", "N", "source ports (1)", CLI_U32(struct bench_command, config.flows, 1, 65536)},
    {"window", "N", "datagrams under way for each flow (32)",
     CLI_U32(struct bench_command, config.window, 1, 65536)},
    {"baseline", "NAME", "compare with this target (the first one)",
     CLI_TEXT(struct bench_command, baseline), .offers = cli_offer_servers},
    {"goals", "FILE", "what ratios are to be at most, as JSON (those of our own servers)",
     CLI_FILE(struct bench_command, goals_path)},
    {"format", "text|bencher",
     "what the standard output gets: a report, or what Bencher reads (text)",
     CLI_CHOICE(struct bench_command, format, FORMAT_TEXT)},
    {"no-pin", NULL, "leave client and server to the scheduler",
     CLI_FLAG(struct bench_command, no_pin)},
    {0},
};

/* ---- choosing ---- */

/* Moves what cannot run here out of the list, with a line that says why.  They stay in the array,
 * behind those that run: whoever frees the list frees them. */
static void set_missing_aside(struct cli *cli, struct target_list *list, json_t *missing)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct target *t = list->items[i];

        if (!t->missing) {
            list->items[i] = list->items[kept];
            list->items[kept++] = t;
            continue;
        }
        fprintf(cli->text, "%-*s missing: %s%s\n", cli->plain ? 0 : CLI_NAME_WIDTH, t->name,
                t->missing, cli->plain ? "." : "");
        json_array_append_new(missing,
                              json_pack("{s:s, s:s}", "name", t->name, "missing", t->missing));
    }
    list->count = kept;
}

/* By the name that is printed, so that what one reads can be given to --baseline. */
static size_t index_of(const struct target_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i]->name, name) == 0)
            return i;
    return list->count;
}

/* ---- running ---- */

/* What show_progress() is given as its context. */
struct live_line {
    unsigned rounds;
};

/* On one line, wiped before it is written again (ECMA-48: CR, then EL). */
static void show_progress(void *context, unsigned round, const char *target)
{
    const struct live_line *line = context;

    fprintf(stderr, "\r\033[Kround %u of %u: %s", round + 1, line->rounds, target);
}

/* Apart, since on one processor they would take turns and neither's rate be its own; what the two
 * share, caches and clock, remains.  In the configuration 0 means "not pinned", so that processors
 * count from 1. */
static void pin(struct cli *cli, struct bench_command *o)
{
    int cpus = machine_cpus();

    if (cpus >= 2 && !o->no_pin) {
        o->config.client_cpu = 1;
        o->config.target.cpu = 2;
        fprintf(cli->text, "client on processor 0, server on processor 1; seed %llu%s\n",
                (unsigned long long)cli->seed, cli->plain ? "." : "");
    } else {
        fprintf(cli->text, "client and server are not pinned; seed %llu%s\n",
                (unsigned long long)cli->seed, cli->plain ? "." : "");
    }
}

/* Where all are echoes; else each protocol has its own. */
static void settle_size(struct bench_config *c, const struct target_list *list)
{
    bool echoes = true;

    for (size_t i = 0; i < list->count; i++)
        echoes &= exchange_has(&list->items[i]->exchange, EXCHANGE_ANY_BYTES);
    if (c->size == 0 && echoes)
        c->size = ECHO_SIZE;
}

/* By the names of their options, and as those read them.  What is the default is left out, so that
 * a setting which comes to be added changes no result of who does not use it. */
static json_t *settings_json(const struct target_options *o)
{
    json_t *settings = json_object();
    char text[300];

    for (size_t i = 0; i < ew_settings_count; i++) {
        if (ew_setting_give(&ew_settings[i], &o->server, text, sizeof text))
            json_object_set_new(settings, ew_settings[i].name, json_string(text));
    }
    if (o->sockets > 0) {
        snprintf(text, sizeof text, "%u", o->sockets);
        json_object_set_new(settings, "sockets", json_string(text));
    }
    return settings;
}

/* All that a repetition needs beside the seed, as it was and not as it was asked for. */
static json_t *config_json(const struct bench_config *c)
{
    return json_pack("{s:i, s:f, s:o, s:i, s:i, s:o, s:o, s:o}", "rounds", (int)c->rounds,
                     "sample_s", (double)c->sample_ns / NS_PER_S, "size",
                     c->size ? json_integer(c->size) : json_null(), "flows", (int)c->flows,
                     "window", (int)c->window, "client_cpu",
                     c->client_cpu ? json_integer(c->client_cpu - 1) : json_null(), "server_cpu",
                     c->target.cpu ? json_integer(c->target.cpu - 1) : json_null(), "settings",
                     settings_json(&c->target));
}

/* What was measured before an interrupt or an error is reported: rounds are interleaved, so that
 * any number of whole ones is a fair comparison. */
static enum status bench_compare(struct cli *cli, struct bench_command *o, struct target_list *list,
                                 size_t base)
{
    struct bench_row *rows = calloc(list->count, sizeof *rows);
    struct bench_found found = {.rows = rows,
                                .count = list->count - 1,
                                .base = base,
                                .twin = rows ? rows + list->count - 1 : NULL,
                                .rounds = o->config.rounds,
                                .goals = &o->goals};
    struct live_line line = {o->config.rounds};
    enum status status = STATUS_CANNOT_RUN;

    if (terminal_of(stderr, cli->plain).redraws) {
        o->config.progress = show_progress;
        o->config.context = &line;
    }
    if (!rows)
        error_set(&cli->error, STATUS_CANNOT_RUN,
                  "no memory for the samples; ask for fewer --rounds");
    else if (bench_run(&o->config, list, rows, &cli->error) < 0)
        status = cli->error.status;
    else
        status = interrupted();
    if (o->config.progress)
        fprintf(stderr, "\r\033[K");
    o->config.context = NULL;
    if (rows && rows[0].rounds > 0 && bench_report(cli, &found) < 0)
        status = cli->error.status;
    if (rows)
        bench_rows_fini(rows, list->count);
    free(rows);
    return status;
}

/* The baseline is measured a second time as if it were another target, the last row: the distance
 * of the twins is what this machine's noise makes of no difference. */
static enum status run_list(struct cli *cli, struct bench_command *o, struct target_list *list)
{
    struct target_list with_twin;
    size_t base = o->baseline ? index_of(list, o->baseline) : 0;
    enum status status;

    if (list->count == 0)
        return STATUS_INVALID;
    if (base == list->count) {
        cli_usage(cli, "--baseline '%s' is none of the targets that can run here", o->baseline);
        return STATUS_USAGE;
    }
    with_twin.count = list->count + 1;
    with_twin.items = calloc(with_twin.count, sizeof(struct target *));
    if (!with_twin.items) {
        error_set(&cli->error, STATUS_CANNOT_RUN, "no memory for the list of targets");
        return STATUS_CANNOT_RUN;
    }
    memcpy(with_twin.items, list->items, list->count * sizeof(struct target *));
    with_twin.items[list->count] = list->items[base];
    status = bench_compare(cli, o, &with_twin, base);
    free(with_twin.items);
    return status;
}

/* The machine is in the result before anything runs: figures of another one are not compared with
 * these. */
static enum status bench_targets(struct cli *cli, struct bench_command *o, struct target_list *list)
{
    cli->result = json_pack("{s:o, s:[]}", "machine", machine_describe(), "missing");
    set_missing_aside(cli, list, json_object_get(cli->result, "missing"));
    pin(cli, o);
    settle_size(&o->config, list);
    json_object_set_new(cli->result, "config", config_json(&o->config));
    if (!cli->list)
        return run_list(cli, o, list);
    for (size_t i = 0; i < list->count; i++)
        fprintf(cli->text, "%s\n", list->items[i]->name);
    return STATUS_OK;
}

/* The standard output has one reader: what people read goes to the standard error then. */
static int settle_format(struct cli *cli, const struct bench_command *o)
{
    if (o->format == FORMAT_TEXT)
        return 0;
    if (cli->text == stderr)
        return cli_usage(cli, "only one of --format bencher, --json and --junit can be the "
                              "standard output");
    cli->text = stderr;
    return 0;
}

/* Also what an interrupted run has: whole rounds, as in the report. */
static void write_format(const struct cli *cli, const struct bench_command *o)
{
    json_t *metrics;

    if (o->format == FORMAT_TEXT || !json_object_get(cli->result, "ranking"))
        return;
    metrics = bench_bencher(cli->result);
    json_dumpf(metrics, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(metrics);
}

static enum status cli_bench_run(struct cli *cli, int argc, char **argv)
{
    struct bench_command o = {.config = {.sample_ns = 300 * NS_PER_MS, .flows = 1, .window = 32}};
    struct target_list list = {0};
    int operands = cli_parse(cli, argc, argv, &o);
    size_t found;
    enum status status;

    if (operands < 0)
        return cli->error.status;
    if (o.config.rounds == 0)
        o.config.rounds = cli->scale == SCALE_FULL ? 30 : 10;
    o.config.seed = cli->seed;
    o.config.target = cli->targets.options;
    if (settle_format(cli, &o) == 0 && bench_report_goals(cli, o.goals_path, &o.goals) == 0 &&
        cli_targets_find(&cli->targets, operands, argv, &list, &cli->error) == 0) {
        found = list.count;
        status = bench_targets(cli, &o, &list);
        list.count = found; /* those that were set aside, too */
        write_format(cli, &o);
    } else
        status = cli->error.status;
    target_list_free(&list);
    bench_goals_fini(&o.goals);
    return status;
}

const struct cli_command command_bench = {
    .name = "bench",
    .summary = "compare targets: CPU per echo in interleaved rounds, ranked, with intervals",
    .operands = "TARGET...",
    .details = "Every target runs once a round, in a shuffled order, as a fresh process under the "
               "same closed-loop traffic; the\n"
               "baseline runs twice, and how far it is from itself is the noise floor.  Rounds "
               "that the environment spoiled\n"
               "(steal time, drops of our own) are repeated, three times at most.",
    .options = options,
    .takes_targets = true,
    .run = cli_bench_run,
};
