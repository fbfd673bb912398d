/* edgewise bench TARGET...: the comparison: CPU per echo in interleaved rounds, ranked, with
 * intervals. */
#include "bench/machine.h"
#include "bench/rounds.h"
#include "bench/stats.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "cli/commands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What our own servers are to reach, as ratios of CPU per echo.  Met when the interval lies below
 * the target plus 0.01. */
static const struct target_ratio {
    const char *name;
    const char *base;
    double at_most;
} target_ratios[] = {
    {"echo-epoll-edge", "echo-bare", 1.02},       {"echo-mio-edge", "echo-epoll-edge", 1.03},
    {"echo-mio-level", "echo-epoll-level", 1.03}, {"echo-tokio", "echo-epoll-edge", 1.05},
    {"echo-tokio", "rust-tokio", 1.00},
};
#define TARGET_RATIO_COUNT (sizeof target_ratios / sizeof *target_ratios)
#define TARGET_MARGIN 0.01

struct bench_command {
    struct bench_config config;
    const char *baseline;
    bool no_pin;
};

static const struct cli_option options[] = {
    {"rounds", "N", "every target once a round (10; --scale full: 30)",
     CLI_U32(struct bench_command, config.rounds, 1, 10000)},
    {"sample-ms", "N", "load for each sample, in milliseconds (300)",
     CLI_MILLISECONDS(struct bench_command, config.sample_ns, 1, 60000)},
    {"size", "BYTES", "of a datagram (64)", CLI_U32(struct bench_command, config.size, 48, 65507)},
    {"flows", "N", "source ports (1)", CLI_U32(struct bench_command, config.flows, 1, 65536)},
    {"window", "N", "datagrams under way for each flow (32)",
     CLI_U32(struct bench_command, config.window, 1, 65536)},
    {"baseline", "NAME", "compare with this target (the first one)",
     CLI_TEXT(struct bench_command, baseline)},
    {"no-pin", NULL, "leave client and server to the scheduler",
     CLI_FLAG(struct bench_command, no_pin)},
    {0},
};

/* ---- choosing ---- */

/* Moves what cannot run here out of the list, with a line that says why. */
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
        fprintf(cli->text, "%-*s missing: %s\n", CLI_NAME_WIDTH, t->name, t->missing);
        json_array_append_new(missing,
                              json_pack("{s:s, s:s}", "name", t->name, "missing", t->missing));
    }
    list->count = kept;
}

static size_t index_of(const struct target_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i]->name, name) == 0)
            return i;
    return list->count;
}

/* ---- reporting ---- */

/* A row's place in the ranking; rows without a valid sample come last. */
struct place {
    double median;
    const struct bench_row *row;
};

static int by_median(const void *a, const void *b)
{
    double x = ((const struct place *)a)->median, y = ((const struct place *)b)->median;

    return (x > y) - (x < y);
}

enum figure { FIGURE_CPU_NS, FIGURE_ECHOES_PER_S };

static unsigned valid_values(const struct bench_row *row, enum figure figure, double *values)
{
    unsigned n = 0;

    for (unsigned i = 0; i < row->rounds; i++)
        if (row->samples[i].valid)
            values[n++] = figure == FIGURE_CPU_NS ? row->samples[i].cpu_ns
                                                  : row->samples[i].echoes_per_s;
    return n;
}

static json_t *samples_json(const struct bench_row *row)
{
    json_t *samples = json_array();

    for (unsigned i = 0; i < row->rounds; i++) {
        const struct bench_sample *s = &row->samples[i];

        json_array_append_new(
            samples,
            json_pack("{s:b, s:s?, s:f, s:f, s:f, s:o, s:i, s:i}", "valid", s->valid, "reason",
                      s->valid ? NULL : s->reason, "cpu_ns_per_echo", s->cpu_ns, "echoes_per_s",
                      s->echoes_per_s, "client_cpu_part", s->client_cpu_part, "steal_part",
                      s->steal_part < 0 ? json_null() : json_real(s->steal_part), "tries",
                      (int)s->tries, "client_receive_bytes", (int)s->receive_bytes));
    }
    return samples;
}

static void report_row(struct cli *cli, const struct bench_row *row, double *room, json_t *rows)
{
    unsigned n = valid_values(row, FIGURE_CPU_NS, room);
    json_t *json = json_pack("{s:s, s:o, s:i}", "name", row->target->name, "samples",
                             samples_json(row), "valid", (int)n);

    json_array_append_new(rows, json);
    if (n == 0) {
        fprintf(cli->text, "%-*s INVALID: %s\n", CLI_NAME_WIDTH, row->target->name,
                row->rounds ? row->samples[0].reason : "interrupted");
        return;
    }
    json_object_set_new(json, "cpu_ns_per_echo", json_real(stats_median(room, n)));
    fprintf(cli->text, "%-*s %8.0f (%.0f to %.0f)", CLI_NAME_WIDTH, row->target->name,
            stats_median(room, n), stats_least(room, n), stats_most(room, n));
    valid_values(row, FIGURE_ECHOES_PER_S, room);
    json_object_set_new(json, "echoes_per_s", json_real(stats_median(room, n)));
    fprintf(cli->text, " %10.0f %6u/%u\n", stats_median(room, n), n, row->rounds);
}

static void report_ranking(struct cli *cli, const struct bench_row *rows, size_t count,
                           double *room)
{
    struct place *places = calloc(count, sizeof *places);
    json_t *json = json_array();

    fprintf(cli->text, "%-*s %s\n", CLI_NAME_WIDTH, "",
            "CPU ns an echo: median (least to most), echoes/s, valid rounds");
    for (size_t i = 0; places && i < count; i++) {
        unsigned n = valid_values(&rows[i], FIGURE_CPU_NS, room);

        places[i] = (struct place){.median = n ? stats_median(room, n) : INFINITY, .row = &rows[i]};
    }
    if (places)
        qsort(places, count, sizeof *places, by_median);
    for (size_t i = 0; places && i < count; i++)
        report_row(cli, places[i].row, room, json);
    json_object_set_new(cli->result, "ranking", json);
    free(places);
}

static const char *relation(const struct interval *i, double floor)
{
    if (i->low > 1 && i->median - 1 > floor)
        return "slower";
    if (i->high < 1 && 1 - i->median > floor)
        return "faster";
    return "cannot tell";
}

static void report_ratio(struct cli *cli, const struct bench_row *row, const struct bench_row *base,
                         double floor, double at_most, double *room)
{
    unsigned n = bench_ratios(row, base, room);
    struct interval i;

    if (n == 0)
        return;
    i = stats_bootstrap(room, n, cli->seed);
    fprintf(cli->text, "%-*s %.3f (%.3f to %.3f)  %s", CLI_NAME_WIDTH, row->target->name, i.median,
            i.low, i.high, relation(&i, floor));
    if (at_most > 0)
        fprintf(cli->text, "; target at most %.2f of %s: %s", at_most, base->target->name,
                i.high < at_most + TARGET_MARGIN  ? "met"
                : i.low > at_most + TARGET_MARGIN ? "missed"
                                                  : "cannot tell");
    fprintf(cli->text, "\n");
    json_array_append_new(json_object_get(cli->result, "comparisons"),
                          json_pack("{s:s, s:s, s:f, s:f, s:f, s:i, s:s, s:o}", "name",
                                    row->target->name, "base", base->target->name, "ratio",
                                    i.median, "low", i.low, "high", i.high, "rounds", (int)n,
                                    "relation", relation(&i, floor), "at_most",
                                    at_most > 0 ? json_real(at_most) : json_null()));
}

static double target_for(const char *name, const char *base)
{
    for (size_t i = 0; i < TARGET_RATIO_COUNT; i++)
        if (strcmp(target_ratios[i].name, name) == 0 && strcmp(target_ratios[i].base, base) == 0)
            return target_ratios[i].at_most;
    return 0;
}

/* How far a server seems to be from itself: smaller effects are noise. */
static double noise_floor(struct cli *cli, const struct bench_row *base,
                          const struct bench_row *twin, double *room)
{
    unsigned n = bench_ratios(twin, base, room);
    struct interval i = n ? stats_bootstrap(room, n, cli->seed) : (struct interval){1, 1, 1};

    return fmax(fabs(i.low - 1), fabs(i.high - 1));
}

static void report_comparison(struct cli *cli, const struct bench_row *rows, size_t count,
                              size_t base, double *room)
{
    const struct bench_row *twin = &rows[count];
    double floor = noise_floor(cli, &rows[base], twin, room);

    json_object_set_new(cli->result, "noise_floor", json_real(floor));
    json_object_set_new(cli->result, "comparisons", json_array());
    fprintf(cli->text,
            "\nCPU an echo in paired rounds, with its 95 %% interval; %s differs from itself by "
            "%.1f %%:\n",
            rows[base].target->name, floor * 100);
    for (size_t i = 0; i < count; i++)
        if (i != base)
            report_ratio(cli, &rows[i], &rows[base], floor,
                         target_for(rows[i].target->name, rows[base].target->name), room);
    for (size_t i = 0; i < count; i++)
        for (size_t b = 0; b < count; b++) {
            double at_most = target_for(rows[i].target->name, rows[b].target->name);

            if (at_most > 0 && b != base)
                report_ratio(cli, &rows[i], &rows[b], floor, at_most, room);
        }
}

/* ---- running ---- */

struct live_line {
    unsigned rounds;
};

static void show_progress(void *context, unsigned round, const char *target)
{
    const struct live_line *line = context;

    fprintf(stderr, "\r\033[Kround %u of %u: %s", round + 1, line->rounds, target);
}

static void pin(struct cli *cli, struct bench_command *o)
{
    int cpus = machine_cpus();

    if (cpus >= 2 && !o->no_pin) {
        o->config.client_cpu = 1;
        o->config.target.cpu = 2;
        fprintf(cli->text, "client on processor 0, server on processor 1; seed %llu\n",
                (unsigned long long)cli->seed);
    } else {
        fprintf(cli->text, "client and server are not pinned; seed %llu\n",
                (unsigned long long)cli->seed);
    }
}

static json_t *config_json(const struct bench_config *c)
{
    return json_pack("{s:i, s:f, s:i, s:i, s:i, s:o, s:o}", "rounds", (int)c->rounds, "sample_s",
                     (double)c->sample_ns / NS_PER_S, "size", (int)c->size, "flows", (int)c->flows,
                     "window", (int)c->window, "client_cpu",
                     c->client_cpu ? json_integer(c->client_cpu - 1) : json_null(), "server_cpu",
                     c->target.cpu ? json_integer(c->target.cpu - 1) : json_null());
}

static enum status bench_compare(struct cli *cli, struct bench_command *o, struct target_list *list,
                                 size_t base)
{
    struct bench_row *rows = calloc(list->count, sizeof *rows);
    double *room = calloc(o->config.rounds, sizeof *room);
    struct live_line line = {o->config.rounds};
    size_t count = list->count - 1; /* the last is the baseline's twin */
    enum status status = STATUS_CANNOT_RUN;

    if (isatty(STDERR_FILENO)) {
        o->config.progress = show_progress;
        o->config.context = &line;
    }
    if (!rows || !room)
        error_set(&cli->error, STATUS_CANNOT_RUN,
                  "no memory for the samples; ask for fewer --rounds");
    else if (bench_run(&o->config, list, rows, &cli->error) < 0)
        status = cli->error.status;
    else
        status = interrupted();
    if (o->config.progress)
        fprintf(stderr, "\r\033[K");
    if (rows && room && rows[0].rounds > 0) {
        report_ranking(cli, rows, count, room);
        report_comparison(cli, rows, count, base, room);
    }
    if (rows)
        bench_rows_fini(rows, list->count);
    free(rows);
    free(room);
    return status;
}

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
    if (!with_twin.items)
        return STATUS_CANNOT_RUN;
    memcpy(with_twin.items, list->items, list->count * sizeof(struct target *));
    with_twin.items[list->count] = list->items[base];
    status = bench_compare(cli, o, &with_twin, base);
    free(with_twin.items);
    return status;
}

static enum status cli_bench_run(struct cli *cli, int argc, char **argv)
{
    struct bench_command o = {
        .config = {.sample_ns = 300 * NS_PER_MS, .size = 64, .flows = 1, .window = 32}};
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
    if (cli_targets_find(&cli->targets, operands, argv, &list, &cli->error) < 0) {
        target_list_free(&list);
        return cli->error.status;
    }
    found = list.count;
    cli->result = json_pack("{s:o, s:[]}", "machine", machine_describe(), "missing");
    set_missing_aside(cli, &list, json_object_get(cli->result, "missing"));
    pin(cli, &o);
    json_object_set_new(cli->result, "config", config_json(&o.config));
    for (size_t i = 0; cli->list && i < list.count; i++)
        fprintf(cli->text, "%s\n", list.items[i]->name);
    status = cli->list ? STATUS_OK : run_list(cli, &o, &list);
    list.count = found;
    target_list_free(&list);
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
