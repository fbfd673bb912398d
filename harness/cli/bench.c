/* edgewise bench TARGET...: the comparison: CPU per echo in interleaved rounds, ranked, with
 * intervals. */
#include "base/interrupt.h"
#include "bench/machine.h"
#include "bench/rounds.h"
#include "cli/bench_bencher.h"
#include "cli/bench_curve.h"
#include "cli/bench_options.h"
#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>

#define ECHO_SIZE 64u

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
    if (c->sizes.count == 0 && c->sizes.list[0] == 0 && echoes)
        c->sizes = (struct sizes){.count = 1, .list = {ECHO_SIZE}};
}

/* What was measured before an interrupt or an error is reported: rounds are interleaved, so that
 * any number of whole ones is a fair comparison. */
static enum status bench_compare(struct cli *cli, struct bench_command *o, struct target_list *list,
                                 size_t base)
{
    struct bench_row *rows = calloc(list->count, sizeof *rows);
    struct bench_floor *floors = calloc(o->config.rounds, sizeof *floors);
    struct bench_found found = {.rows = rows,
                                .count = list->count - 1,
                                .base = base,
                                .twin = rows ? rows + list->count - 1 : NULL,
                                .rounds = o->config.rounds,
                                .trains = o->config.batch == FLOOD_BATCH_GSO,
                                .floors = floors,
                                .goals = &o->goals};
    struct live_line line = {o->config.rounds};
    enum status status = STATUS_CANNOT_RUN;

    o->config.base = base;
    if (terminal_of(stderr, cli->plain).redraws) {
        o->config.progress = show_progress;
        o->config.context = &line;
    }
    if (!rows || !floors)
        error_set(&cli->error, STATUS_CANNOT_RUN,
                  "no memory for the samples; ask for fewer --rounds");
    else if (bench_run(&o->config, list, rows, floors, &cli->error) < 0)
        status = cli->error.status;
    else
        status = interrupted();
    if (o->config.progress)
        fprintf(stderr, "\r\033[K");
    o->config.context = NULL;
    if (rows && floors && rows[0].rounds > 0 && bench_report(cli, &found) < 0)
        status = cli->error.status;
    if (status == STATUS_OK && o->config.until && !bench_is_narrow(&o->config, rows, list->count))
        fprintf(cli->text, "An interval is still wider than %u %% after %u rounds%s\n",
                o->config.until, rows[0].rounds, cli->plain ? "." : "");
    if (rows)
        bench_rows_fini(rows, list->count);
    free(floors);
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

/* ---- a curve ---- */

/* Below which rates it is asked for; told, since all points depend on them. */
static int find_highest(struct cli *cli, struct bench_command *o, const struct target_list *list,
                        struct bench_highest *highest)
{
    json_t *rates;

    for (size_t i = 0; i < list->count && !interrupted(); i++) {
        if (bench_find_highest(&o->config, list->items[i], &highest[i], &cli->error) < 0)
            return -1;
        fprintf(cli->text,
                cli->plain ? "The highest rate of %s without loss is %llu datagrams a second.\n"
                           : "highest rate of %s without loss: %llu/s\n",
                list->items[i]->name, (unsigned long long)highest[i].rate);
    }
    rates = json_object();
    for (size_t i = 0; i < list->count; i++)
        json_object_set_new(rates, list->items[i]->name, json_integer((json_int_t)highest[i].rate));
    json_object_set_new(json_object_get(cli->result, "curve"), "highest", rates);
    o->config.highest = highest;
    o->config.n_highest = list->count;
    return 0;
}

/* One point, as a comparison with a result of its own, of which the curve keeps a part. */
static enum status run_point(struct cli *cli, const struct bench_curve *curve,
                             const struct bench_command *raw, const struct bench_command *o,
                             struct target_list *list, uint32_t value)
{
    struct bench_command one = *raw;
    json_t *whole = cli->result;
    enum status status;

    one.sockets = cli->targets.options.sockets;
    one.config.target = cli->targets.options; /* for the curve to look at: settled below */
    curve->set(&one, value, sizes_largest(&o->values));
    bench_settle(cli, &one);
    one.config.client_cpu = o->config.client_cpu;
    one.config.target.cpu = o->config.target.cpu;
    one.config.highest = o->config.highest;
    one.config.n_highest = o->config.n_highest;
    one.goals = o->goals;
    settle_size(&one.config, list);
    fprintf(cli->text, cli->plain ? "At %u %s.\n" : "\n-- %u %s\n", value, curve->unit);
    cli->result = json_pack("{s:o}", "config", bench_config_json(&one));
    status = run_list(cli, &one, list);
    if (json_object_get(cli->result, "ranking"))
        json_array_append_new(
            json_object_get(json_object_get(whole, "curve"), "points"),
            bench_curve_point(cli->result, value,
                              one.baseline ? one.baseline : list->items[0]->name));
    json_decref(cli->result);
    cli->result = whole;
    return status;
}

/* The points that there are, are told whatever ends it. */
static enum status run_curve(struct cli *cli, const struct bench_command *raw,
                             struct bench_command *o, struct target_list *list)
{
    const struct bench_curve *curve = bench_curve_named(o->curve);
    struct bench_highest *highest = calloc(list->count + 1, sizeof *highest);
    enum status status = STATUS_OK;

    if (o->values.count == 0)
        o->values = curve->values;
    json_object_set_new(cli->result, "curve", bench_curve_json(curve));
    if (!highest)
        status = STATUS_CANNOT_RUN;
    else if (curve->of_highest && find_highest(cli, o, list, highest) < 0)
        status = cli->error.status;
    for (unsigned i = 0; i < o->values.count && status == STATUS_OK && !interrupted(); i++)
        status = run_point(cli, curve, raw, o, list, o->values.list[i]);
    free(highest);
    return interrupted() ? interrupted() : status;
}

/* The machine is in the result before anything runs: figures of another one are not compared with
 * these. */
static enum status bench_targets(struct cli *cli, const struct bench_command *raw,
                                 struct bench_command *o, struct target_list *list)
{
    cli->result = json_pack("{s:o, s:[]}", "machine", machine_describe(), "missing");
    set_missing_aside(cli, list, json_object_get(cli->result, "missing"));
    pin(cli, o);
    settle_size(&o->config, list);
    json_object_set_new(cli->result, "config", bench_config_json(o));
    if (!cli->list)
        return o->curve ? run_curve(cli, raw, o, list) : run_list(cli, o, list);
    for (size_t i = 0; i < list->count; i++)
        fprintf(cli->text, "%s\n", list->items[i]->name);
    return STATUS_OK;
}

/* What cannot be meant together.  The standard output has one reader: what people read goes to the
 * standard error then. */
static int settle_format(struct cli *cli, const struct bench_command *o)
{
    if (o->values.count == 0 && o->values.list[0] > 0)
        return cli_usage(cli, "--values takes a list like 1,10,100, not a range");
    if (o->format == FORMAT_TEXT)
        return 0;
    if (o->curve)
        return cli_usage(cli, "--format bencher has no form for a curve: leave one of them out");
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
    struct bench_command o = {0}, raw;
    struct target_list list = {0};
    int operands = cli_parse(cli, argc, argv, &o);
    size_t found;
    enum status status;

    if (operands < 0)
        return cli->error.status;
    raw = o;
    bench_settle(cli, &o);
    if (settle_format(cli, &o) == 0 && bench_report_goals(cli, o.goals_path, &o.goals) == 0 &&
        cli_targets_find(&cli->targets, operands, argv, &list, &cli->error) == 0) {
        found = list.count;
        status = bench_targets(cli, &raw, &o, &list);
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
               "(steal time, drops of our own) are repeated, three times at most.  Each row is "
               "also a multiple of the floor: what\n"
               "two system calls, a cache line between the processors and two copies take here; "
               "edgewise explain call line path.",
    .options = bench_options,
    .takes_targets = true,
    .run = cli_bench_run,
};
