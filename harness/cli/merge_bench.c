/* Benches as one.  Their rows become those that bench_run() would have left, had it run all rounds
 * itself, so that the report of a bench is that of what was joined: who takes a merged result needs
 * no second way to read it.  What a row cannot say, which run a sample is of, stands with the
 * sample. */
#include "cli/merge.h"

#include "cli/bench_report.h"
#include "cli/bench_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More than anybody measures, and few enough for the memory that a file can have us ask for. */
#define ROUNDS_MAX 1000000

/* What is joined: a row for each target of any file, as wide as all runs together, so that what
 * was taken in one round stands in one column. */
struct merged {
    const struct result_file *files;
    size_t count;
    struct target *targets; /* of which only the name is used */
    struct bench_row *rows;
    size_t targets_count;
    unsigned *begins; /* of each run, its first column */
    size_t runs;
    unsigned columns;
    double floor;
};

/* ---- runs ---- */

/* As many as there are: an interrupted run has fewer than it was to have. */
static json_int_t longest_row(const struct result_file *file)
{
    size_t i, longest = 0;
    const json_t *row;

    json_array_foreach(json_object_get(file->result, "ranking"), i, row)
    {
        size_t samples = json_array_size(json_object_get(row, "samples"));

        longest = samples > longest ? samples : longest;
    }
    return (json_int_t)longest;
}

/* Of a bench its own; of what was joined before the one that it says. */
static json_t *run_json(const struct result_file *file, size_t run)
{
    json_t *runs = json_object_get(file->result, "runs");
    const json_t *machine = json_object_get(file->result, "machine");

    if (runs)
        return json_deep_copy(json_array_get(runs, run));
    return json_pack("{s:s, s:O, s:O, s:I, s:O, s:f}", "file", file->path, "edgewise",
                     json_object_get(file->json, "edgewise"), "seed",
                     json_object_get(file->json, "seed"), "rounds", longest_row(file), "load",
                     json_object_get(machine, "load"), "noise_floor", bench_result_floor(file));
}

/* As bench bounds them; -1: not such a number.  What a merged file says of its runs decides how
 * much memory is asked for, so that it is not believed. */
static json_int_t rounds_of(const json_t *run)
{
    json_int_t rounds = json_integer_value(json_object_get(run, "rounds"));

    return rounds > 0 && rounds <= 10000 ? rounds : -1;
}

/* First of all runs: rows are as wide as all of them, and the columns of one begin where those of
 * the one before end. */
static int merge_bench_runs(struct cli *cli, struct merged *m, json_t *runs)
{
    for (size_t i = 0; i < m->count; i++) {
        for (size_t run = 0; run < bench_result_runs(&m->files[i]); run++) {
            if (json_array_append_new(runs, run_json(&m->files[i], run)) < 0 ||
                rounds_of(json_array_get(runs, m->runs)) < 0) {
                error_set(&cli->error, STATUS_USAGE, "%s does not tell of its rounds",
                          m->files[i].path);
                return -1;
            }
            m->runs++;
        }
        m->floor = fmax(m->floor, bench_result_floor(&m->files[i]));
    }
    m->begins = calloc(m->runs + 1, sizeof *m->begins);
    for (size_t i = 0; m->begins && i < m->runs && m->columns <= ROUNDS_MAX; i++) {
        m->begins[i] = m->columns;
        m->columns += (unsigned)rounds_of(json_array_get(runs, i));
    }
    if (!m->begins)
        error_set(&cli->error, STATUS_CANNOT_RUN, "no memory for the runs");
    else if (m->columns > ROUNDS_MAX)
        cli_usage(cli, "%u rounds are more than can be joined: %d", m->columns, ROUNDS_MAX);
    else
        return 0;
    return -1;
}

/* ---- rows ---- */

/* The row of that name, a new one if it is the first; NULL: there is no memory.  Columns of runs
 * that had not this target stay as calloc(3) left them: no tries, and not valid. */
static struct bench_row *merge_bench_row(struct merged *m, const char *name)
{
    struct bench_row *row = m->rows;

    while (row < m->rows + m->targets_count && strcmp(row->target->name, name) != 0)
        row++;
    if (row == m->rows + m->targets_count) {
        struct target *target = &m->targets[m->targets_count++];

        target->name = (char *)name;
        *row = (struct bench_row){.target = target,
                                  .samples = calloc((size_t)m->columns + 1, sizeof *row->samples),
                                  .rounds = m->columns};
    }
    return row->samples ? row : NULL;
}

/* Each behind those of the same run before it; more than the run has rounds do not fit. */
static int put_samples(struct merged *m, struct bench_row *row, const json_t *samples,
                       size_t first_run)
{
    const json_t *sample;
    size_t i;

    json_array_foreach(samples, i, sample)
    {
        size_t run = first_run + (size_t)json_integer_value(json_object_get(sample, "run"));
        unsigned end = run + 1 < m->runs ? m->begins[run + 1] : m->columns, at = m->begins[run];

        while (at < end && row->samples[at].tries > 0)
            at++;
        if (at == end)
            return -1;
        row->samples[at] = bench_result_sample(sample);
        row->samples[at].run = (unsigned)run;
        row->samples[at].tries += row->samples[at].tries == 0;
    }
    return 0;
}

/* In the order of the file's ranking, which does not matter: the joined rows get one of their
 * own. */
static int merge_bench_file(struct cli *cli, struct merged *m, const struct result_file *file,
                            size_t first_run)
{
    const json_t *json;
    size_t i;

    json_array_foreach(json_object_get(file->result, "ranking"), i, json)
    {
        const char *name = json_string_value(json_object_get(json, "name"));
        struct bench_row *row = merge_bench_row(m, name);

        if (!row)
            return error_set(&cli->error, STATUS_CANNOT_RUN, "no memory for the samples of %s",
                             name);
        if (put_samples(m, row, json_object_get(json, "samples"), first_run) < 0)
            return error_set(&cli->error, STATUS_USAGE, "%s: %s has more samples than rounds",
                             file->path, name);
    }
    return 0;
}

/* As many as all files have together are enough; most of them are the same. */
static int merge_bench_rows(struct cli *cli, struct merged *m)
{
    size_t most = 0, run = 0;

    for (size_t i = 0; i < m->count; i++)
        most += json_array_size(json_object_get(m->files[i].result, "ranking"));
    m->targets = calloc(most + 1, sizeof *m->targets);
    m->rows = calloc(most + 1, sizeof *m->rows);
    if (!m->targets || !m->rows)
        return error_set(&cli->error, STATUS_CANNOT_RUN, "no memory for %zu targets", most);
    for (size_t i = 0; i < m->count; i++) {
        if (merge_bench_file(cli, m, &m->files[i], run) < 0)
            return -1;
        run += bench_result_runs(&m->files[i]);
    }
    return 0;
}

/* ---- the whole ---- */

/* Each with the first: what is the same as it is the same as any other.  No
 * --force here: what is joined is compared as one, and nobody sees any more where it came from. */
static int merge_bench_look(struct cli *cli, const struct result_file *files, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        json_t *differences = bench_result_differences(&files[0], &files[i]);
        char text[700] = "";

        bench_result_tell(differences, text, sizeof text);
        json_decref(differences);
        if (*text)
            return cli_usage(cli, "%s and %s are not to be joined: %s", files[0].path,
                             files[i].path, text);
    }
    return 0;
}

/* What could not run in one of the files, unless another has it. */
static json_t *merge_bench_missing(const struct merged *m)
{
    json_t *missing = json_object(), *list = json_array();
    const char *name;
    json_t *one;
    size_t i, k;

    for (i = 0; i < m->count; i++) {
        json_array_foreach(json_object_get(m->files[i].result, "missing"), k, one)
        {
            name = json_string_value(json_object_get(one, "name"));
            if (name)
                json_object_set(missing, name, one);
        }
    }
    for (i = 0; i < m->targets_count; i++)
        json_object_del(missing, m->targets[i].name);
    json_object_foreach(missing, name, one) json_array_append(list, one);
    json_decref(missing);
    return list;
}

/* The baseline of the first file that has one; the first target where none has. */
static size_t merge_bench_base(const struct merged *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const json_t *comparisons = json_object_get(m->files[i].result, "comparisons");
        const char *base = json_string_value(
            json_object_get(json_array_get(comparisons, 0), "base"));

        for (size_t k = 0; base && k < m->targets_count; k++) {
            if (strcmp(m->targets[k].name, base) == 0)
                return k;
        }
    }
    return 0;
}

/* As bench tells its own: the table, medians over all runs, and ratios of pairs within rounds. */
static int merge_bench_tell(struct cli *cli, const struct merged *m, json_t *runs,
                            const char *goals_path)
{
    const json_t *first = m->files[0].result;
    json_t *machine = json_deep_copy(json_object_get(first, "machine"));
    json_t *config = json_deep_copy(json_object_get(first, "config"));
    struct bench_goals goals = {0};
    struct bench_found found = {.rows = m->rows,
                                .count = m->targets_count,
                                .base = merge_bench_base(m),
                                .noise = m->floor,
                                .rounds = m->columns,
                                .joined = true,
                                .goals = &goals};
    int result;

    json_object_set_new(machine, "load", json_null());
    json_object_set_new(config, "rounds", json_integer(m->columns));
    cli->result = json_pack("{s:s, s:o, s:o, s:o, s:O}", "of", "bench", "machine", machine,
                            "missing", merge_bench_missing(m), "config", config, "runs", runs);
    result = bench_report_goals(cli, goals_path, &goals);
    if (result == 0 && m->targets_count == 0)
        result = cli_usage(cli, "no target is in any of the files");
    if (result == 0)
        result = bench_report(cli, &found);
    bench_goals_fini(&goals);
    return result;
}

/* Each step needs what the one before has found out; what there is is given back whatever
 * happened. */
int merge_bench(struct cli *cli, const struct result_file *files, size_t count,
                const char *goals_path)
{
    struct merged m = {.files = files, .count = count};
    json_t *runs = json_array();
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++)
        result = bench_result_check(&files[i], &cli->error);
    if (result == 0)
        result = merge_bench_look(cli, files, count);
    if (result == 0)
        result = merge_bench_runs(cli, &m, runs);
    if (result == 0)
        result = merge_bench_rows(cli, &m);
    if (result == 0)
        result = merge_bench_tell(cli, &m, runs, goals_path);
    if (m.rows)
        bench_rows_fini(m.rows, m.targets_count);
    json_decref(runs);
    free(m.rows);
    free(m.targets);
    free(m.begins);
    return result;
}
