/* A file may come from anybody: what is read further down was looked at in bench_result_check(),
 * and jansson gives NULL, 0 or false for what is missing beside it. */
#include "cli/bench_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the form ---- */

/* Cost and rate are divided by and compared: what is valid has both above 0. */
static bool is_sample(const json_t *sample, size_t runs)
{
    const json_t *valid = json_object_get(sample, "valid"), *run = json_object_get(sample, "run");

    if (!json_is_boolean(valid) || json_integer_value(run) < 0 ||
        (size_t)json_integer_value(run) >= runs)
        return false;
    return json_is_false(valid) ||
           (json_number_value(json_object_get(sample, "cpu_ns_per_echo")) > 0 &&
            json_number_value(json_object_get(sample, "echoes_per_s")) > 0);
}

/* Everything that is read below, so that no reader need ask again. */
static bool is_row(const json_t *row, size_t runs)
{
    const json_t *samples = json_object_get(row, "samples"), *sample;
    size_t i;

    if (!json_is_string(json_object_get(row, "name")) || !json_is_array(samples))
        return false;
    json_array_foreach(samples, i, sample)
    {
        if (!is_sample(sample, runs))
            return false;
    }
    return true;
}

/* A bench that was only listed has a machine and settings, and nothing that was measured. */
int bench_result_check(const struct result_file *file, struct error *error)
{
    const json_t *ranking = json_object_get(file->result, "ranking"), *row;
    size_t i;

    if (!json_is_object(json_object_get(file->result, "machine")) ||
        !json_is_object(json_object_get(file->result, "config")))
        return error_set(error, STATUS_USAGE,
                         "%s: does not tell of which machine and settings it is; run edgewise "
                         "bench again",
                         file->path);
    if (!json_is_array(ranking) || !json_is_number(json_object_get(file->result, "noise_floor")))
        return error_set(error, STATUS_USAGE, "%s: nothing was measured; run edgewise bench again",
                         file->path);
    json_array_foreach(ranking, i, row)
    {
        if (!is_row(row, bench_result_runs(file)))
            return error_set(error, STATUS_USAGE,
                             "%s: target %zu of its ranking is not as edgewise bench writes it",
                             file->path, i + 1);
    }
    return 0;
}

/* The command in the message is the one that the file names: who gave the wrong file sees which. */
int bench_result_load(struct result_file *file, const char *path, bool take_partial,
                      struct error *error)
{
    if (result_file_load(file, path, take_partial, error) < 0)
        return -1;
    if (file->kind != RESULT_BENCH)
        return error_set(error, STATUS_USAGE,
                         "%s: a result of edgewise %s; here those of edgewise bench are taken",
                         path, file->command);
    return bench_result_check(file, error);
}

/* ---- what it was measured on ---- */

/* All that figures depend on beside the target.  The load of the minute before is not among them,
 * nor is the number of rounds: both change how sure a figure is, and the interval tells that. */
static const struct condition {
    const char *object, *member, *what;
} conditions[] = {
    {"machine", "machine", "architecture"},
    {"machine", "cpu", "processor"},
    {"machine", "cpus", "processors"},
    {"machine", "kernel", "kernel"},
    {"machine", "governor", "governor"},
    {"config", "size", "size"},
    {"config", "sizes", "sizes"},
    {"config", "sockets", "sockets"},
    {"config", "active", "active sockets"},
    {"config", "batch", "batch"},
    {"config", "traffic", "traffic"},
    {"config", "flows", "flows"},
    {"config", "window", "window"},
    {"config", "sample_s", "seconds of a sample"},
    {"config", "client_cpu", "the client's processor"},
    {"config", "server_cpu", "the server's processor"},
    {"config", "settings", "settings"},
};

/* Results from before a member was there differ by it only where it says something. */
static bool is_same(const json_t *a, const json_t *b)
{
    bool nothing_a = !a || json_is_null(a) || (json_is_object(a) && json_object_size(a) == 0);
    bool nothing_b = !b || json_is_null(b) || (json_is_object(b) && json_object_size(b) == 0);

    if (nothing_a || nothing_b)
        return nothing_a && nothing_b;
    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) == json_number_value(b);
    return json_equal(a, b);
}

/* As text: people read it, and JSON's own text is one for every type. */
static json_t *as_text(const json_t *value)
{
    char *dumped;
    json_t *text;

    if (json_is_string(value))
        return json_string(json_string_value(value));
    dumped = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(6))
                   : NULL;
    text = json_string(dumped && !json_is_null(value) ? dumped : "unknown");
    free(dumped);
    return text;
}

/* All of them, not the first: who measures again wants to mend them at once. */
json_t *bench_result_differences(const struct result_file *a, const struct result_file *b)
{
    json_t *differences = json_array();

    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        const struct condition *c = &conditions[i];
        const json_t *in_a = json_object_get(json_object_get(a->result, c->object), c->member);
        const json_t *in_b = json_object_get(json_object_get(b->result, c->object), c->member);

        if (!is_same(in_a, in_b))
            json_array_append_new(differences, json_pack("{s:s, s:o, s:o}", "what", c->what, "a",
                                                         as_text(in_a), "b", as_text(in_b)));
    }
    return differences;
}

/* Times as long.  A machine that is left alone repeats each part within a tenth. */
#define FLOOR_MOVED 1.25

static double floor_part_ns(const struct result_file *file, const char *part)
{
    const json_t *parts = json_object_get(json_object_get(file->result, "floor"), "parts");

    return json_number_value(json_object_get(json_object_get(parts, part), "ns"));
}

/* What one of them has not cannot have moved. */
json_t *bench_result_moved(const struct result_file *a, const struct result_file *b)
{
    json_t *moved = json_array();

    for (int i = 0; i < FLOOR_PARTS; i++) {
        const char *part = floor_name((enum floor_part)i);
        double in_a = floor_part_ns(a, part), in_b = floor_part_ns(b, part);

        if (in_a > 0 && in_b > 0 && fmax(in_a, in_b) > FLOOR_MOVED * fmin(in_a, in_b))
            json_array_append_new(moved, json_pack("{s:s, s:o, s:o}", "what",
                                                   floor_meaning((enum floor_part)i), "a",
                                                   json_sprintf("%.0f ns", in_a), "b",
                                                   json_sprintf("%.0f ns", in_b)));
    }
    return moved;
}

/* snprintf(3) counts what it had no room for, so that `n` may pass `size`: then nothing more is
 * added. */
void bench_result_tell(const json_t *differences, char *text, size_t size)
{
    const json_t *one;
    size_t i, n = 0;

    json_array_foreach(differences, i, one)
    {
        if (n < size)
            n += (size_t)snprintf(text + n, size - n, "%s%s: %s and %s", i > 0 ? "; " : "",
                                  json_string_value(json_object_get(one, "what")),
                                  json_string_value(json_object_get(one, "a")),
                                  json_string_value(json_object_get(one, "b")));
    }
}

/* ---- figures ---- */

const json_t *bench_result_row(const struct result_file *file, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(file->result, "ranking"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
            return row;
    }
    return NULL;
}

size_t bench_result_runs(const struct result_file *file)
{
    size_t runs = json_array_size(json_object_get(file->result, "runs"));

    return runs > 0 ? runs : 1;
}

double bench_result_floor(const struct result_file *file)
{
    return json_number_value(json_object_get(file->result, "noise_floor"));
}

/* The valid figures of one run, behind those that are there. */
static size_t take_run(const json_t *samples, size_t run, double *into)
{
    const json_t *sample;
    size_t i, n = 0;

    json_array_foreach(samples, i, sample)
    {
        if (json_is_true(json_object_get(sample, "valid")) &&
            (size_t)json_integer_value(json_object_get(sample, "run")) == run)
            into[n++] = json_number_value(json_object_get(sample, "cpu_ns_per_echo"));
    }
    return n;
}

/* Runs without a valid sample are left out: drawn, they would be nothing. */
int bench_result_values(const struct result_file *file, const json_t *row,
                        struct compare_values *values)
{
    const json_t *samples = json_object_get(row, "samples");
    size_t runs = bench_result_runs(file), n = 0;

    values->runs = 0;
    values->list = calloc(json_array_size(samples) + 1, sizeof *values->list);
    values->counts = calloc(runs, sizeof *values->counts);
    if (!values->list || !values->counts)
        return -1;
    for (size_t run = 0; run < runs; run++) {
        size_t count = take_run(samples, run, values->list + n);

        if (count > 0)
            values->counts[values->runs++] = count;
        n += count;
    }
    return 0;
}

void bench_values_free(struct compare_values *values)
{
    free(values->list);
    free(values->counts);
}

/* Of results from before latencies were kept none is there. */
static void read_latency(const json_t *latency, int64_t *ns)
{
    char name[16];

    for (size_t i = 0; i < BENCH_PERCENTILES; i++) {
        bench_percentile_name(i, name, sizeof name);
        ns[i] = json_integer_value(json_object_get(latency, name));
    }
}

/* Of a sample that is not valid some of it means nothing; what is missing is 0. */
struct bench_sample bench_result_sample(const json_t *sample)
{
    const char *reason = json_string_value(json_object_get(sample, "reason"));
    const json_t *steal = json_object_get(sample, "steal_part");
    struct bench_sample s = {
        .valid = json_is_true(json_object_get(sample, "valid")),
        .cpu_ns = json_number_value(json_object_get(sample, "cpu_ns_per_echo")),
        .echoes_per_s = json_number_value(json_object_get(sample, "echoes_per_s")),
        .client_cpu_part = json_number_value(json_object_get(sample, "client_cpu_part")),
        .steal_part = json_is_number(steal) ? json_number_value(steal) : -1,
        .tries = (unsigned)json_integer_value(json_object_get(sample, "tries")),
        .receive_bytes = (uint32_t)json_integer_value(
            json_object_get(sample, "client_receive_bytes")),
        .as_read = sample,
    };

    read_latency(json_object_get(sample, "latency_ns"), s.latency_ns);
    snprintf(s.reason, sizeof s.reason, "%s", reason ? reason : "");
    return s;
}
