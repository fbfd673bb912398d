/* edgewise check TARGET...: conformance, live. */
#include "checks/chapters/chapters.h"
#include "cli/check_run.h"
#include "cli/commands.h"

#include <string.h>

/* ---- options ---- */

/* By the same function as the choice itself, so that a word that is taken chooses something. */
static bool names_something(const char *word)
{
    const struct check_case *one;

    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
        if (check_is_named(one, word))
            return true;
    }
    return false;
}

/* Asked for at once: beside a right word a mistyped one would only choose less than was meant, and
 * nobody would notice. */
static int take_case(const struct cli_option *o, void *into, const char *value, struct error *error)
{
    if (names_something(value))
        return cli_take_words(o, into, value, error);
    return error_set(error, STATUS_USAGE,
                     "no case or chapter is called '%s'; edgewise check --list shows them", value);
}

/* Into the settings that cases read: what is required changes verdicts, not which cases are run. */
static int take_require(const struct cli_option *o, void *into, const char *value,
                        struct error *error)
{
    struct check_settings *settings = into;
    const char *word;

    if (cli_take_word(o, &word, value, error) < 0)
        return -1;
    if (strcmp(word, "loopsafe") == 0)
        settings->require_loopsafe = true;
    else
        settings->require_fairness = true;
    return 0;
}

/* Chapters, too. */
static void check_offer_cases(struct cli_offers *offers)
{
    const struct check_case *one;

    for (size_t i = 0; i < check_chapter_count; i++)
        cli_offer(offers, check_chapters[i]->name, "a chapter");
    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++)
        cli_offer(offers, one->id, one->title);
}

#define CASES(member)                                                   \
    CLI_MEMBER(take_case, struct cli_words, struct check_plan, member), \
        .most = CLI_WORDS_MAX, .offers = check_offer_cases

static const struct cli_option options[] = {
    {"case", "ID", "run this case or chapter only; may be given several times", CASES(cases)},
    {"jobs", "N",
     "so many targets side by side, each in a network namespace of its own (1: one after the "
     "other)",
     CLI_U32(struct check_plan, jobs, 1, 1024)},
    {"private", NULL,
     "in a network namespace of its own, where that is allowed: no traffic but ours",
     CLI_FLAG(struct check_plan, private)},
    {"repeat", "N", "run every case N times (1)", CLI_U64(struct check_plan, repeat, 1, 1000000)},
    {"require", "fairness|loopsafe",
     "a port that starves beside a flooded one, or a server that can be set on itself, is a FAIL, "
     "not WEAK",
     CLI_MEMBER(take_require, struct check_settings, struct check_plan, settings)},
    {"skip", "ID", "leave this case or chapter out; may be given several times", CASES(skips)},
    {0},
};

/* ---- choosing ---- */

/* Not a chapter's name: what is known is known of one case. */
static bool is_case(const char *id)
{
    const struct check_case *one;

    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
        if (strcmp(one->id, id) == 0)
            return true;
    }
    return false;
}

/* A word that is no case in "expect" of a target file would never come true and never be missed. */
static int expect_cases_exist(struct cli *cli, const struct target_list *targets)
{
    const char *id;
    json_t *known;

    for (size_t i = 0; i < targets->count; i++) {
        json_object_foreach(targets->items[i]->expect, id, known)
        {
            if (!is_case(id))
                return cli_usage(
                    cli, "%s: \"expect\": no case is called '%s'; edgewise check --list shows them",
                    targets->items[i]->word, id);
        }
    }
    return 0;
}

/* ---- listing ---- */

/* Those that would run: --list after the same words answers what they choose. */
static void list_cases(struct cli *cli, const struct check_plan *plan)
{
    const struct check_case *one;

    cli->result = json_pack("{s:o}", "cases", check_plan_catalogue(plan));
    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
        if (check_plan_has(plan, one))
            cli_put_row(cli, 24, one->id, one->title);
    }
    for (size_t i = 0; i < plan->targets.count; i++)
        fprintf(cli->text, cli->plain ? "The target is %s.\n" : "on %s\n",
                plan->targets.items[i]->word);
}

/* Nothing to run is a mistake in the words, not a result. */
static bool chose_nothing(const struct check_plan *plan)
{
    const struct check_case *one;

    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
        if (check_plan_has(plan, one))
            return false;
    }
    return true;
}

/* With --list alone no target is needed: then the cases are shown, and nothing that they would run
 * on. */
static enum status cli_check_run(struct cli *cli, int argc, char **argv)
{
    struct check_plan plan = {.repeat = 1};
    int operands = cli_parse(cli, argc, argv, &plan);
    enum status status = STATUS_OK;

    if (operands < 0)
        return cli->error.status;
    check_plan_settle(cli, &plan);
    if ((!(cli->list && operands == 0) &&
         cli_targets_find(&cli->targets, operands, argv, &plan.targets, &cli->error) < 0) ||
        expect_cases_exist(cli, &plan.targets) < 0 ||
        (chose_nothing(&plan) &&
         cli_usage(cli, "--skip leaves no case of those that --case chooses")))
        status = cli->error.status;
    else if (cli->list)
        list_cases(cli, &plan);
    else
        status = check_plan_run(cli, &plan);
    target_list_free(&plan.targets);
    return status;
}

const struct cli_command command_check = {
    .name = "check",
    .summary = "try whether a server does what any UDP echo server must do",
    .operands = "TARGET...",
    .takes_targets = true,
    .details =
        "A target is the name of a server or a group (edgewise list), the path of a plug-in .so or "
        "of a target\n"
        "file .json, or a command given to --exec.  edgewise explain CASE tells what a case does, "
        "why,\n"
        "and what good looks like.  A case that the machine spoils is tried three times before it "
        "is INVALID.\n\n"
        "A target file may name known results in \"expect\": {\"case-id\": \"FAIL: reason\"}, or\n"
        "\"FAIL|WEAK: reason\" where it varies.  What is as known does not make the exit status 1; "
        "what is worse or better does.",
    .options = options,
    .run = cli_check_run,
};
