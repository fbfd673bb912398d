/* edgewise merge A B...: several results of one kind, joined into one.  What there is to join of a
 * kind is in merge_bench.c and merge_check.c. */
#include "cli/merge.h"

#include "cli/bench_result.h"
#include "cli/commands.h"

#include <stdlib.h>

struct merge_command {
    const char *goals_path;
    bool partial;
};

static const struct cli_option options[] = {
    {"goals", "FILE", "of benches: what ratios are to be at most (those of our own servers)",
     CLI_FILE(struct merge_command, goals_path)},
    {"partial", NULL, "take results of interrupted runs, too",
     CLI_FLAG(struct merge_command, partial)},
    {0},
};

/* By enum result_kind; RESULT_OTHER is refused before. */
static int (*const joins[])(struct cli *cli, const struct result_file *files, size_t count,
                            const char *goals_path) = {
    [RESULT_BENCH] = merge_bench,
    [RESULT_CHECK] = merge_check,
};

/* The same run twice would look like twice as much knowledge.  By what was measured, not by the
 * name: a copy is the same run, too. */
static int merge_look_for_twins(struct cli *cli, const struct result_file *files, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (json_equal(files[k].result, files[i].result))
            return cli_usage(cli, "%s and %s are the same run; give it once", files[k].path,
                             files[i].path);
    }
    return 0;
}

/* The first one says which. */
static bool merge_is_one_kind(struct cli *cli, const struct result_file *files, size_t i)
{
    if (files[i].kind == RESULT_OTHER)
        cli_usage(cli,
                  "%s: a result of edgewise %s; those of edgewise bench and of edgewise check can "
                  "be joined",
                  files[i].path, files[i].command);
    else if (files[i].kind != files[0].kind)
        cli_usage(cli, "%s is a result of edgewise %s, and %s one of edgewise %s", files[0].path,
                  files[0].command, files[i].path, files[i].command);
    else
        return true;
    return false;
}

/* All are read before anything is joined: a mistake in the last file costs no half of a result. */
static int merge_load(struct cli *cli, const struct merge_command *o, struct result_file *files,
                      char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (result_file_load(&files[i], paths[i], o->partial, &cli->error) < 0)
            return -1;
        if (!merge_is_one_kind(cli, files, i) || merge_look_for_twins(cli, files, i) < 0)
            return -1;
    }
    return 0;
}

/* The files stay open until the end: what is joined has references into them. */
static enum status merge_files(struct cli *cli, const struct merge_command *o, char **paths,
                               size_t count)
{
    struct result_file *files = calloc(count, sizeof *files);
    int result = -1;

    if (!files)
        error_set(&cli->error, STATUS_CANNOT_RUN, "no memory for %zu files", count);
    else
        result = merge_load(cli, o, files, paths, count);
    if (result == 0)
        result = joins[files[0].kind](cli, files, count, o->goals_path);
    for (size_t i = 0; files && i < count; i++)
        result_file_free(&files[i]);
    free(files);
    if (result == 0)
        return STATUS_OK;
    json_decref(cli->result); /* half of it */
    cli->result = NULL;
    cli_cases_free(cli);
    return cli->error.status;
}

/* Without --json nothing would come of it; the table alone is no result that anybody could take. */
static enum status merge_run(struct cli *cli, int argc, char **argv)
{
    struct merge_command o = {0};
    int files = cli_parse(cli, argc, argv, &o);

    if (files < 0)
        return cli->error.status;
    if (files < 2)
        cli_usage(cli, "two results at least are joined; edgewise bench or check TARGET... --json "
                       "FILE writes them");
    else if (!cli->json_path)
        cli_usage(cli, "where is the result to go?  --json FILE says it");
    else
        return merge_files(cli, &o, argv, (size_t)files);
    return STATUS_USAGE;
}

const struct cli_command command_merge = {
    .name = "merge",
    .summary = "join results of edgewise bench, or of edgewise check, into one",
    .operands = "FILE...",
    .details =
        "--json says where the result goes, which edgewise compare and edgewise report take.  Of "
        "benches the samples\n"
        "are put behind each other, each with the run that it is of: pairs are made within a round "
        "only, and compare\n"
        "draws runs before it draws samples.  The noise floor is the largest of them.  Of checks "
        "the cases of a target\n"
        "are put behind each other, as --repeat does.  Refused: benches of other machines, "
        "kernels, sizes or settings,\n"
        "checks of another scale, benches and checks together, and one run twice.\n"
        "Exit status: 0 joined, 2 usage or refused, 4 the result cannot be written.",
    .options = options,
    .offers = cli_offer_files,
    .run = merge_run,
};
