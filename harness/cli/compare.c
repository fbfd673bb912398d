/* edgewise compare A B: two results of edgewise bench; which targets came to cost more or less. */
#include "cli/bench_result.h"
#include "cli/commands.h"

#include <string.h>

struct compare_command {
    bool force, partial;
};

static const struct cli_option options[] = {
    {"force", NULL,
     "compare also what was measured on other machines, kernels or settings, or on one that "
     "was not the same",
     CLI_FLAG(struct compare_command, force)},
    {"partial", NULL, "take results of interrupted runs, too",
     CLI_FLAG(struct compare_command, partial)},
    {0},
};

/* The case of a JUnit file, and of "cases" in the JSON: in CI what is slower is a test that
 * failed. */
#define COMPARE_CASE "cpu-per-echo"

/* One call.  The floor is the same for all targets: it is the machine's, measured on the baselines,
 * and no target has one of its own. */
struct comparison {
    struct cli *cli;
    const struct result_file *a, *b;
    double floor;
    bool moved; /* the machine was not as it had been: nothing can be told */
    size_t in_both;
};

/* ---- one target ---- */

/* Slower is the one thing that a check of a change is to find. */
static void compare_record(struct comparison *c, const char *name, enum relation relation,
                           const char *why)
{
    cli_case(c->cli, name, COMPARE_CASE, relation == RELATION_SLOWER ? VERDICT_FAIL : VERDICT_PASS,
             0, why);
}

/* The same line for what has a ratio, for what is invalid and for what stands alone: each target of
 * either file has one, so that nobody needs to ask where it has gone. */
static void compare_put_ratio(const struct comparison *c, const char *name, const char *why)
{
    fprintf(c->cli->text, c->cli->plain ? "%-*s: %s.\n" : "%-*s %s\n",
            c->cli->plain ? 0 : CLI_NAME_WIDTH, name, why);
}

/* With too few values there is a ratio all the same, and an interval that claims nothing.  The
 * words of the text are the reason of the case, too: JUnit's readers see the figures. */
static void compare_tell(struct comparison *c, const char *name, const struct compare_values *a,
                         const struct compare_values *b)
{
    size_t in_a = compare_count(a), in_b = compare_count(b);
    bool few = !compare_is_enough(a, b);
    struct interval i = compare_unpaired(a, b, c->cli->seed);
    enum relation relation = few || c->moved ? RELATION_CANNOT_TELL : relation_of(&i, c->floor);
    char why[160];

    snprintf(why, sizeof why, "%.3f (%.3f to %.3f)  %s", i.median, i.low, i.high,
             relation_name(relation));
    if (few)
        snprintf(why, sizeof why, "%.3f  cannot tell from %zu and %zu valid samples; it takes %d",
                 i.median, in_a, in_b, COMPARE_VALUES_LEAST);
    compare_put_ratio(c, name, why);
    compare_record(c, name, relation, why);
    json_array_append_new(json_object_get(c->cli->result, "comparisons"),
                          json_pack("{s:s, s:f, s:f, s:f, s:i, s:i, s:s}", "name", name, "ratio",
                                    i.median, "low", i.low, "high", i.high, "samples_a", (int)in_a,
                                    "samples_b", (int)in_b, "relation", relation_name(relation)));
}

/* Who could not be measured is not who was left out. */
static void compare_tell_invalid(struct comparison *c, const char *name, const char *path)
{
    char why[1024];

    snprintf(why, sizeof why, "INVALID: no valid sample in %s", path);
    compare_put_ratio(c, name, why);
    cli_case(c->cli, name, COMPARE_CASE, VERDICT_INVALID, 0, why);
    json_array_append_new(json_object_get(c->cli->result, "invalid"),
                          json_pack("{s:s, s:s}", "name", name, "file", path));
}

/* Counted before anything can go wrong: that a target is in both is what the end asks. */
static int compare_target(struct comparison *c, const char *name, const json_t *in_a,
                          const json_t *in_b)
{
    struct compare_values a = {0}, b = {0};
    int result = 0;

    c->in_both++;
    if (bench_result_values(c->a, in_a, &a) < 0 || bench_result_values(c->b, in_b, &b) < 0)
        result = error_set(&c->cli->error, STATUS_CANNOT_RUN, "no memory for the samples");
    else if (a.runs == 0 || b.runs == 0)
        compare_tell_invalid(c, name, a.runs == 0 ? c->a->path : c->b->path);
    else
        compare_tell(c, name, &a, &b);
    bench_values_free(&a);
    bench_values_free(&b);
    return result;
}

/* ---- all ---- */

/* No case: a target that is new, or was left out, is neither better nor worse. */
static void compare_tell_only(struct comparison *c, const char *name, const char *path)
{
    char where[1024];

    snprintf(where, sizeof where, "only in %s", path);
    compare_put_ratio(c, name, where);
    json_array_append_new(json_object_get(c->cli->result, "only"),
                          json_pack("{s:s, s:s}", "name", name, "file", path));
}

/* In the order of A, and then what B alone has. */
static int compare_rows(struct comparison *c)
{
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(c->a->result, "ranking"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        const json_t *in_b = bench_result_row(c->b, name);

        if (!in_b)
            compare_tell_only(c, name, c->a->path);
        else if (compare_target(c, name, row, in_b) < 0)
            return -1;
    }
    json_array_foreach(json_object_get(c->b->result, "ranking"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));

        if (!bench_result_row(c->a, name))
            compare_tell_only(c, name, c->b->path);
    }
    return 0;
}

/* What a reader needs to find the runs again; `edgewise` may differ, for that is what is often
 * compared. */
static json_t *compare_file_json(const struct result_file *file)
{
    return json_pack("{s:s, s:O, s:O, s:i, s:f}", "file", file->path, "edgewise",
                     json_object_get(file->json, "edgewise"), "seed",
                     json_object_get(file->json, "seed"), "runs", (int)bench_result_runs(file),
                     "noise_floor", bench_result_floor(file));
}

/* The files' own seeds, unless one is given: comparing the same two again comes to the same. */
static void compare_settle_seed(struct cli *cli, const struct result_file *a,
                                const struct result_file *b)
{
    uint64_t seed_a = (uint64_t)json_integer_value(json_object_get(a->json, "seed"));
    uint64_t seed_b = (uint64_t)json_integer_value(json_object_get(b->json, "seed"));

    if (!cli->seed_given)
        cli->seed = (seed_a * 31 + seed_b) % 1000000000;
}

/* Refused before anything is compared: a number that was shown is believed. */
static int compare_look_at_machines(struct cli *cli, const struct compare_command *o,
                                    const struct result_file *a, const struct result_file *b)
{
    const json_t *differs = json_object_get(cli->result, "differs");
    char text[700] = "";

    if (json_array_size(differs) == 0)
        return 0;
    bench_result_tell(differs, text, sizeof text);
    if (!o->force)
        return cli_usage(cli,
                         "%s and %s are not to be compared: %s; --force compares them all the same",
                         a->path, b->path, text);
    fprintf(cli->text, "compared by force, although they differ in %s%s\n", text,
            cli->plain ? "." : "");
    return 0;
}

/* Told before the figures that it makes worthless. */
static bool compare_look_at_floors(struct cli *cli, const struct compare_command *o)
{
    const json_t *moved = json_object_get(cli->result, "moved");
    char text[700] = "";

    if (json_array_size(moved) == 0)
        return false;
    bench_result_tell(moved, text, sizeof text);
    fprintf(cli->text, "the machine was not the same in both: %s%s%s\n", text,
            o->force ? "" : ": nobody can tell; measure again, or take --force",
            cli->plain ? "." : "");
    return !o->force;
}

/* The result is complete before anything is refused: what differs is in the JSON, too. */
static enum status compare_files(struct cli *cli, const struct compare_command *o,
                                 const struct result_file *a, const struct result_file *b)
{
    struct comparison c = {
        .cli = cli,
        .a = a,
        .b = b,
        .floor = compare_floor(bench_result_floor(a), bench_result_floor(b)),
    };

    compare_settle_seed(cli, a, b);
    cli->result = json_pack("{s:[o, o], s:o, s:o, s:f, s:[], s:[], s:[]}", "files",
                            compare_file_json(a), compare_file_json(b), "differs",
                            bench_result_differences(a, b), "moved", bench_result_moved(a, b),
                            "noise_floor", c.floor, "comparisons", "invalid", "only");
    if (compare_look_at_machines(cli, o, a, b) < 0)
        return cli->error.status;
    c.moved = compare_look_at_floors(cli, o);
    fprintf(cli->text,
            "CPU an echo, %s by %s, with its 95 %% interval; below %.1f %% it is noise%s\n",
            b->path, a->path, c.floor * 100, cli->plain ? "." : ":");
    if (compare_rows(&c) < 0)
        return cli->error.status;
    if (c.in_both == 0) {
        cli_usage(cli, "no target is in both %s and %s", a->path, b->path);
        return STATUS_USAGE;
    }
    return cli_cases_status(cli);
}

/* Two and no more: of three nobody could say which is before and which after; joining is
 * merge's. */
static enum status compare_run(struct cli *cli, int argc, char **argv)
{
    struct compare_command o = {0};
    struct result_file a = {0}, b = {0};
    int files = cli_parse(cli, argc, argv, &o);
    enum status status = STATUS_USAGE;

    if (files < 0)
        return cli->error.status;
    if (files != 2)
        cli_usage(cli,
                  "two results are compared, not %d; edgewise bench TARGET... --json FILE "
                  "writes them",
                  files);
    else if (bench_result_load(&a, argv[0], o.partial, &cli->error) == 0 &&
             bench_result_load(&b, argv[1], o.partial, &cli->error) == 0)
        status = compare_files(cli, &o, &a, &b);
    result_file_free(&a);
    result_file_free(&b);
    return status;
}

const struct cli_command command_compare = {
    .name = "compare",
    .summary = "compare two results of edgewise bench: which targets became slower or faster",
    .operands = "A B",
    .details =
        "For each target of both files: CPU an echo in B by that in A, its 95 % interval, and "
        "whether B is faster, slower,\n"
        "or whether nobody can tell.  The runs were not side by side, so that the interval is that "
        "of two samples, each\n"
        "drawn by itself (bootstrap; of several runs that were merged also the runs); a "
        "difference counts when the interval\n"
        "excludes 1 and it exceeds the noise floors of both, of six valid samples at least.\n"
        "Refused, unless --force is given: other machines, kernels, sizes or settings.  Where a "
        "part of the floor took\n"
        "1.25 times as long in one of them the machine was not the same, and nobody can tell.\n"
        "Exit status: 0 nothing is slower, 1 something is, 2 usage, no such results, none that go "
        "together or no target\n"
        "in both, 3 a target has no valid sample and nothing is slower, 4 no memory.",
    .options = options,
    .offers = cli_offer_files,
    .run = compare_run,
};
