#include "cli/bench_report.h"

#include "base/self.h"
#include "bench/compare.h"
#include "bench/stats.h"
#include "cli/bench_floor.h"
#include "flood/served.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

/* A file that somebody names must be there and right.  Without the one that came with the program
 * everything can still be compared; that goals are missing is said. */
int bench_report_goals(struct cli *cli, const char *path, struct bench_goals *goals)
{
    struct error error = {0};
    char ours[PATH_MAX];

    if (path)
        return bench_goals_load(goals, path, &cli->error);
    if (self_relative(EDGEWISE_BENCH_GOALS, ours, sizeof ours) < 0)
        fprintf(cli->text, "no goals: cannot find where this program lies\n");
    else if (bench_goals_load(goals, ours, &error) < 0)
        fprintf(cli->text, "no goals: %s\n", error.text);
    return 0;
}

/* ---- ranking ---- */

/* A row's place in the ranking; rows without a valid sample come last. */
struct place {
    double median;
    const struct bench_row *row;
};

/* Infinite ones compare equal, and qsort(3) may order them as it likes. */
static int by_median(const void *a, const void *b)
{
    double x = ((const struct place *)a)->median, y = ((const struct place *)b)->median;

    return (x > y) - (x < y);
}

enum figure { FIGURE_CPU_NS, FIGURE_ECHOES_PER_S };

/* What the environment spoiled is in the JSON, with its reason, and in no figure. */
static unsigned valid_values(const struct bench_row *row, enum figure figure, double *values)
{
    unsigned n = 0;

    for (unsigned i = 0; i < row->rounds; i++)
        if (row->samples[i].valid)
            values[n++] = figure == FIGURE_CPU_NS ? row->samples[i].cpu_ns
                                                  : row->samples[i].echoes_per_s;
    return n;
}

/* From when each datagram was to be sent, which in a closed loop is when it was. */
static json_t *latency_json(const int64_t *ns)
{
    json_t *latency = json_object();
    char name[16];

    for (size_t i = 0; i < BENCH_PERCENTILES; i++) {
        bench_percentile_name(i, name, sizeof name);
        json_object_set_new(latency, name, json_integer(ns[i]));
    }
    return latency;
}

/* Of each percentile the median of the valid samples. */
static json_t *row_latency(const struct bench_row *row, double *room)
{
    int64_t medians[BENCH_PERCENTILES];

    for (size_t i = 0; i < BENCH_PERCENTILES; i++) {
        unsigned n = 0;

        for (unsigned k = 0; k < row->rounds; k++)
            if (row->samples[k].valid)
                room[n++] = (double)row->samples[k].latency_ns[i];
        medians[i] = n ? (int64_t)stats_median(room, n) : 0;
    }
    return latency_json(medians);
}

static json_t *sample_json(const struct bench_sample *s, bool trains)
{
    json_t *sample = json_pack("{s:b, s:s?, s:f, s:f, s:f, s:o, s:i, s:i, s:i, s:i}", "valid",
                               s->valid, "reason", s->valid ? NULL : s->reason, "cpu_ns_per_echo",
                               s->cpu_ns, "echoes_per_s", s->echoes_per_s, "client_cpu_part",
                               s->client_cpu_part, "steal_part",
                               s->steal_part < 0 ? json_null() : json_real(s->steal_part), "tries",
                               (int)s->tries, "client_receive_bytes", (int)s->receive_bytes,
                               "window", (int)s->window, "under_way", (int)s->under_way);

    json_object_set_new(sample, "latency_ns", latency_json(s->latency_ns));
    if (trains)
        json_object_set_new(sample, "trains", flood_trains_json(&s->trains));
    if (s->served.workers > 0)
        json_object_set_new(sample, "workers", served_json(&s->served));
    return sample;
}

/* Each sample, not the summary alone: whoever doubts an interval can compute it again.  A round of
 * a run that had not this target was never tried; of a joined one all is kept that its file had. */
static json_t *samples_json(const struct bench_found *f, const struct bench_row *row)
{
    json_t *samples = json_array();

    for (unsigned i = 0; i < row->rounds; i++) {
        const struct bench_sample *s = &row->samples[i];
        json_t *sample;

        if (f->joined && s->tries == 0)
            continue;
        sample = s->as_read ? json_deep_copy(s->as_read) : sample_json(s, f->trains);
        if (f->joined)
            json_object_set_new(sample, "run", json_integer(s->run));
        json_array_append_new(samples, sample);
    }
    return samples;
}

/* Of medians, not of pairs as the comparisons are: the floor is a scale beside the rows, and
 * nothing is decided by it.  What was not measured has a dash. */
static void report_multiples(struct cli *cli, const struct bench_measure *m, double cpu_ns,
                             json_t *row)
{
    const struct {
        const char *key, *name;
        double ns;
    } of[] = {{"times_floor", "floor", m->floor_ns}, {"times_path", "path", m->path_ns}};

    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        if (of[i].ns > 0) {
            json_object_set_new(row, of[i].key, json_real(cpu_ns / of[i].ns));
            fprintf(cli->text, cli->plain ? ", %.2f times the %s" : " %8.2f", cpu_ns / of[i].ns,
                    of[i].name);
        } else if (!cli->plain)
            fprintf(cli->text, " %8s", "-");
    }
}

/* Without a valid sample it keeps its row: who could not be measured is not who was left out. */
static void bench_report_row(struct cli *cli, const struct bench_found *f,
                             const struct bench_row *row, const struct bench_measure *measure,
                             double *room, json_t *rows)
{
    unsigned n = valid_values(row, FIGURE_CPU_NS, room);
    json_t *json = json_pack("{s:s, s:o, s:i}", "name", row->target->name, "samples",
                             samples_json(f, row), "valid", (int)n);

    json_array_append_new(rows, json);
    if (n == 0) {
        fprintf(cli->text, "%-*s INVALID: %s%s\n", cli->plain ? 0 : CLI_NAME_WIDTH,
                row->target->name, row->rounds ? row->samples[0].reason : "interrupted",
                cli->plain ? "." : "");
        return;
    }
    json_object_set_new(json, "cpu_ns_per_echo", json_real(stats_median(room, n)));
    fprintf(cli->text,
            cli->plain ? "%-*s took %.0f nanoseconds of CPU an echo, from %.0f to %.0f"
                       : "%-*s %8.0f (%.0f to %.0f)",
            cli->plain ? 0 : CLI_NAME_WIDTH, row->target->name, stats_median(room, n),
            stats_least(room, n), stats_most(room, n));
    report_multiples(cli, measure, stats_median(room, n), json);
    valid_values(row, FIGURE_ECHOES_PER_S, room);
    json_object_set_new(json, "echoes_per_s", json_real(stats_median(room, n)));
    fprintf(cli->text,
            cli->plain ? ", at %.0f echoes a second in %u valid rounds of %u.\n"
                       : " %10.0f %6u/%u\n",
            stats_median(room, n), n, row->rounds);
    json_object_set_new(json, "latency_ns", row_latency(row, room));
}

/* Medians: a round that was disturbed without being found out moves a mean, not them. */
static int report_ranking(struct cli *cli, const struct bench_found *f,
                          const struct bench_measure *measure, double *room)
{
    struct place *places = calloc(f->count, sizeof *places);
    json_t *json = json_array();

    json_object_set_new(cli->result, "ranking", json);
    if (!places)
        return -1;
    if (!cli->plain)
        fprintf(cli->text, "%-*s %s\n", CLI_NAME_WIDTH, "",
                "CPU ns an echo: median (least to most), times the floor, times the path, "
                "echoes/s, valid rounds");
    for (size_t i = 0; i < f->count; i++) {
        unsigned n = valid_values(&f->rows[i], FIGURE_CPU_NS, room);

        places[i] = (struct place){n ? stats_median(room, n) : INFINITY, &f->rows[i]};
    }
    qsort(places, f->count, sizeof *places, by_median);
    for (size_t i = 0; i < f->count; i++)
        bench_report_row(cli, f, places[i].row, measure, room, json);
    free(places);
    return 0;
}

/* ---- ratios ---- */

/* Met when the whole interval lies below the goal and its margin.  An interval that reaches over
 * the goal says neither: more rounds would narrow it. */
static const char *judge_goal(const struct interval *i, double at_most, double margin)
{
    return i->high < at_most + margin  ? "met"
           : i->low > at_most + margin ? "missed"
                                       : "cannot tell";
}

/* Of pairs from the same round, which met the same machine; a row without such pairs has no
 * ratio. */
static void report_ratio(struct cli *cli, const struct bench_found *f, size_t row, size_t base,
                         double floor, double *room)
{
    const char *name = f->rows[row].target->name, *of = f->rows[base].target->name;
    unsigned n = bench_ratios(&f->rows[row], &f->rows[base], room);
    double at_most = bench_goal_of(f->goals, name, of);
    struct interval i;

    if (n == 0)
        return;
    i = stats_bootstrap(room, n, cli->seed);
    fprintf(cli->text,
            cli->plain ? "%-*s takes %.3f times as much, from %.3f to %.3f: %s"
                       : "%-*s %.3f (%.3f to %.3f)  %s",
            cli->plain ? 0 : CLI_NAME_WIDTH, name, i.median, i.low, i.high,
            relation_name(relation_of(&i, floor)));
    if (at_most > 0)
        fprintf(cli->text, "; target at most %.2f of %s: %s", at_most, of,
                judge_goal(&i, at_most, f->goals->margin));
    fputs(cli->plain ? ".\n" : "\n", cli->text);
    json_array_append_new(json_object_get(cli->result, "comparisons"),
                          json_pack("{s:s, s:s, s:f, s:f, s:f, s:i, s:s, s:o}", "name", name,
                                    "base", of, "ratio", i.median, "low", i.low, "high", i.high,
                                    "rounds", (int)n, "relation",
                                    relation_name(relation_of(&i, floor)), "at_most",
                                    at_most > 0 ? json_real(at_most) : json_null()));
}

/* What was joined brings its floor along: the twins of its runs are no longer there.  All against
 * the baseline; then what has a goal against another one. */
static void report_comparison(struct cli *cli, const struct bench_found *f, double *room)
{
    unsigned pairs = f->twin ? bench_ratios(f->twin, &f->rows[f->base], room) : 0;
    double floor = f->twin ? compare_noise(room, pairs, cli->seed) : f->noise;

    json_object_set_new(cli->result, "noise_floor", json_real(floor));
    json_object_set_new(cli->result, "comparisons", json_array());
    fprintf(cli->text,
            "%sCPU an echo in paired rounds, with its 95 %% interval; %s differs from itself by "
            "%.1f %%%s\n",
            cli->plain ? "" : "\n", f->rows[f->base].target->name, floor * 100,
            cli->plain ? "." : ":");
    for (size_t i = 0; i < f->count; i++) {
        if (i != f->base)
            report_ratio(cli, f, i, f->base, floor, room);
    }
    for (size_t i = 0; i < f->count; i++) {
        for (size_t b = 0; b < f->count; b++) {
            if (b != f->base &&
                bench_goal_of(f->goals, f->rows[i].target->name, f->rows[b].target->name) > 0)
                report_ratio(cli, f, i, b, floor, room);
        }
    }
}

/* One array for all medians and ratios, as long as a row can be: none of them is needed when the
 * next is made. */
int bench_report(struct cli *cli, const struct bench_found *f)
{
    double *room = calloc(f->rounds, sizeof *room);
    struct bench_measure measure = {0};
    int result = -1;

    if (room) {
        if (f->floors)
            measure = bench_floor_report(cli, f, room);
        result = report_ranking(cli, f, &measure, room);
    }
    if (result == 0)
        report_comparison(cli, f, room);
    else
        error_set(&cli->error, STATUS_CANNOT_RUN,
                  "no memory for the comparison; ask for fewer --rounds");
    free(room);
    return result;
}
