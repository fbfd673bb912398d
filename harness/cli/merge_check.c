/* Checks as one.  A target's cases are put behind each other as --repeat puts them: the page makes
 * one cell of the rounds of a case, the worst of them, wherever they come from. */
#include "cli/merge.h"

#include <string.h>

/* ---- the form ---- */

static bool has_texts(const json_t *object, const char *const *members)
{
    while (*members && json_is_string(json_object_get(object, *members)))
        members++;
    return !*members;
}

/* What is used of it here; the rest goes through as it is. */
static bool is_check(const json_t *result)
{
    static const char *const texts_of_target[] = {"name", "word", NULL};
    static const char *const texts_of_case[] = {"id", NULL};
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(result, "targets"), i, one)
    {
        if (!has_texts(one, texts_of_target) || !json_is_array(json_object_get(one, "cases")))
            return false;
    }
    json_array_foreach(json_object_get(result, "catalogue"), i, one)
    {
        if (!has_texts(one, texts_of_case))
            return false;
    }
    return json_is_string(json_object_get(result, "scale")) &&
           json_is_array(json_object_get(result, "targets")) &&
           json_is_array(json_object_get(result, "catalogue"));
}

/* Checks do not say of which machine they are: a verdict is not to depend on it, and where it does
 * it says so.  What a scale leaves out would look as if it had been tried. */
static int merge_check_look(struct cli *cli, const struct result_file *files, size_t i)
{
    const json_t *scale = json_object_get(files[i].result, "scale");
    const json_t *first = json_object_get(files[0].result, "scale");

    if (!is_check(files[i].result))
        return cli_usage(cli, "%s: not as edgewise check writes it; run edgewise check again",
                         files[i].path);
    if (!json_equal(scale, first))
        return cli_usage(cli, "%s and %s are not to be joined: scale: %s and %s", files[0].path,
                         files[i].path, json_string_value(first), json_string_value(scale));
    return 0;
}

/* ---- joining ---- */

/* Who has no cases could not be tried, and its reason stays beside it. */
static bool was_tried(const json_t *target)
{
    return !json_object_get(target, "missing") && !json_object_get(target, "error");
}

static bool is_same_text(const json_t *a, const json_t *b, const char *member)
{
    return json_equal(json_object_get(a, member), json_object_get(b, member));
}

/* The target that has these cases, too; the name alone may be that of two commands. */
static json_t *merge_check_target(json_t *targets, const json_t *wanted)
{
    json_t *one;
    size_t i;

    json_array_foreach(targets, i, one)
    {
        if (is_same_text(one, wanted, "name") && is_same_text(one, wanted, "word") &&
            was_tried(one) && was_tried(wanted))
            return one;
    }
    return NULL;
}

/* Copies: the files' own trees are to stay as they were read. */
static void merge_check_targets(json_t *targets, const json_t *more)
{
    json_t *one;
    size_t i;

    json_array_foreach(more, i, one)
    {
        json_t *known = merge_check_target(targets, one);

        if (known)
            json_array_extend(json_object_get(known, "cases"), json_object_get(one, "cases"));
        else
            json_array_append_new(targets, json_deep_copy(one));
    }
}

/* Each case once, as the first file tells of it: another version of edgewise may word it
 * otherwise. */
static void merge_check_catalogue(json_t *catalogue, const json_t *more)
{
    json_t *one, *known;
    size_t i, k;

    json_array_foreach(more, i, one)
    {
        bool found = false;

        json_array_foreach(catalogue, k, known) found |= is_same_text(known, one, "id");
        if (!found)
            json_array_append(catalogue, one);
    }
}

/* ---- cases ---- */

/* By the names that the results have. */
static bool verdict_named(const char *name, enum verdict *verdict)
{
    for (int v = VERDICT_PASS; v <= VERDICT_INVALID; v++) {
        if (name && strcmp(verdict_name((enum verdict)v), name) == 0) {
            *verdict = (enum verdict)v;
            return true;
        }
    }
    return false;
}

/* Recorded again, so that --junit has them as the runs' own had. */
static int merge_check_cases(struct cli *cli, const struct result_file *file)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(file->json, "cases"), i, one)
    {
        const char *target = json_string_value(json_object_get(one, "target"));
        const char *id = json_string_value(json_object_get(one, "case"));
        const char *known = json_string_value(json_object_get(one, "known"));
        enum verdict verdict;

        if (!target || !id ||
            !verdict_named(json_string_value(json_object_get(one, "verdict")), &verdict))
            return cli_usage(cli, "%s: case %zu is not as edgewise check writes it", file->path,
                             i + 1);
        cli_case(cli, target, id, verdict, json_number_value(json_object_get(one, "seconds")),
                 json_string_value(json_object_get(one, "reason")));
        if (known)
            cli_case_known(cli, known, json_is_true(json_object_get(one, "as_known")));
    }
    return 0;
}

/* Goals are for benches; whoever gives some for checks has mistaken the files. */
int merge_check(struct cli *cli, const struct result_file *files, size_t count,
                const char *goals_path)
{
    json_t *targets, *catalogue;

    if (goals_path)
        return cli_usage(cli, "--goals is for results of edgewise bench, and %s is none",
                         files[0].path);
    for (size_t i = 0; i < count; i++) {
        if (merge_check_look(cli, files, i) < 0)
            return -1;
    }
    cli->result = json_pack("{s:s, s:O, s:[], s:[]}", "of", "check", "scale",
                            json_object_get(files[0].result, "scale"), "targets", "catalogue");
    targets = json_object_get(cli->result, "targets");
    catalogue = json_object_get(cli->result, "catalogue");
    for (size_t i = 0; i < count; i++) {
        merge_check_targets(targets, json_object_get(files[i].result, "targets"));
        merge_check_catalogue(catalogue, json_object_get(files[i].result, "catalogue"));
        if (merge_check_cases(cli, &files[i]) < 0)
            return -1;
    }
    fprintf(cli->text, "%zu files, %zu targets, %zu cases%s\n", count, json_array_size(targets),
            json_array_size(cli->cases), cli->plain ? "." : "");
    return 0;
}
