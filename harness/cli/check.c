/* edgewise check TARGET...: conformance, live. */
#include "base/counters.h"
#include "base/interrupt.h"
#include "checks/chapters/chapters.h"
#include "checks/runner/runner.h"
#include "checks/tools/control.h"
#include "cli/commands.h"
#include "cli/check_report.h"
#include "program/settings.h"
#include "target/platform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct check_command {
    struct target_list targets;
    struct cli_words cases, skips;
    uint64_t repeat;
    bool private;
    char options[256];
    struct check_settings settings;
};

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

#define CASES(member) \
    CLI_MEMBER(take_case, struct cli_words, struct check_command, member), .most = CLI_WORDS_MAX

static const struct cli_option options[] = {
    {"case", "ID", "run this case or chapter only; may be given several times", CASES(cases)},
    {"private", NULL,
     "in a network namespace of its own, where that is allowed: no traffic but ours",
     CLI_FLAG(struct check_command, private)},
    {"repeat", "N", "run every case N times (1)",
     CLI_U64(struct check_command, repeat, 1, 1000000)},
    {"require", "fairness|loopsafe",
     "a port that starves beside a flooded one, or a server that can be set on itself, is a FAIL, "
     "not WEAK",
     CLI_MEMBER(take_require, struct check_settings, struct check_command, settings)},
    {"skip", "ID", "leave this case or chapter out; may be given several times", CASES(skips)},
    {0},
};

/* ---- choosing ---- */

/* --skip goes before --case: a chapter without one of its cases can be asked for. */
static bool is_chosen(const struct check_command *command, const struct check_case *one)
{
    bool chosen = command->cases.count == 0;

    for (unsigned i = 0; i < command->cases.count; i++)
        chosen |= check_is_named(one, command->cases.items[i]);
    for (unsigned i = 0; i < command->skips.count; i++)
        chosen &= !check_is_named(one, command->skips.items[i]);
    return chosen;
}

/* The command that repeats a case must configure the target and the case alike. */
static void remember_options(const struct cli *cli, const struct check_command *command, char *text,
                             size_t size)
{
    const struct cli_targets *t = &cli->targets;
    const struct target_options *o = &t->options;
    struct ew_config config = o->server;
    char value[128];
    size_t n = 0;

    config.port = o->port;
    config.address = o->address;
    for (size_t i = 0; i < ew_settings_count; i++) {
        if (ew_setting_give(&ew_settings[i], &config, value, sizeof value) && n < size)
            n += (size_t)snprintf(text + n, size - n, " --%s %s", ew_settings[i].name, value);
    }
    if (t->speaks.text && n < size)
        snprintf(text + n, size - n, " --speaks %s", t->speaks.text);
    if (n < size)
        snprintf(text + n, size - n, "%s%s%s", command->private ? " --private" : "",
                 command->settings.require_fairness ? " --require fairness" : "",
                 command->settings.require_loopsafe ? " --require loopsafe" : "");
    n = strlen(text);
    if (o->sockets && n < size)
        n += (size_t)snprintf(text + n, size - n, " --sockets %u", o->sockets);
    if (cli->timeout_scale != 1 && n < size)
        snprintf(text + n, size - n, " --timeout-scale %g", cli->timeout_scale);
}

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

/* What a case needs of the target, and of the platform. */
static json_t *needs_of(const struct check_case *one)
{
    json_t *needs = json_array();

    for (unsigned bit = 0; capability_name(bit); bit++) {
        if (one->needs >> bit & 1)
            json_array_append_new(needs, json_string(capability_name(bit)));
    }
    if (one->needs & CHECK_ALONE)
        json_array_append_new(needs, json_string("a network namespace"));
    return needs;
}

static json_t *listed(const struct check_case *one)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", one->id, "chapter",
                     check_chapter_of(one)->name, "title", one->title, "statement", one->statement,
                     "needs", needs_of(one));
}

/* What each chosen case does, so that a result can be read without the program. */
static json_t *catalogue_of(const struct check_command *command)
{
    const struct check_case *one;
    json_t *rows = json_array();

    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
        if (is_chosen(command, one))
            json_array_append_new(rows, listed(one));
    }
    return rows;
}

/* Those that would run: --list after the same words answers what they choose. */
static void list_cases(struct cli *cli, const struct check_command *command)
{
    const struct check_case *one;

    cli->result = json_pack("{s:o}", "cases", catalogue_of(command));
    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
        if (is_chosen(command, one))
            fprintf(cli->text, "%-24s %s\n", one->id, one->title);
    }
    for (size_t i = 0; i < command->targets.count; i++)
        fprintf(cli->text, "on %s\n", command->targets.items[i]->word);
}

/* ---- running ---- */

/* Can it be started at all?  If not, that is the result; no case is scored.  One reason once,
 * instead of the same one in fifty cases. */
static bool try_start(struct check_command *command, const struct target *target,
                      struct error *error)
{
    struct check c = {.target = target, .settings = &command->settings};
    struct target_options start = check_options(&c);
    struct target_run *run;

    if (target_start(target, &start, &run, error) < 0)
        return false;
    target_stop(run, NULL);
    return true;
}

/* Rounds are the outer loop: where a run is interrupted, each case has been tried about as often as
 * the others. */
static enum status check_target(struct check_command *command, struct check_report *report,
                                const struct target *target)
{
    struct error error = {0};
    const struct check_case *one;
    struct check c;

    report_target(report, target);
    if (target->missing) {
        report_missing(report, target);
        return STATUS_OK;
    }
    if (!try_start(command, target, &error)) {
        if (interrupted())
            return interrupted();
        report_error(report, target, &error);
        return error.status;
    }
    for (uint64_t round = 0; round < command->repeat; round++) {
        for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
            if (!is_chosen(command, one))
                continue;
            report_begin(report, one);
            if (!check_run(&c, one, target, &command->settings))
                return interrupted();
            report_case(report, &c, one);
        }
    }
    return STATUS_OK;
}

/* Nothing to run is a mistake in the words, not a result. */
static bool chose_nothing(const struct check_command *command)
{
    const struct check_case *one;

    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
        if (is_chosen(command, one))
            return false;
    }
    return true;
}

/* The control first: on a machine where our own tools see what is not there, no verdict would mean
 * anything.  Without a namespace it still runs: other people's traffic is a nuisance, not an
 * error. */
static enum status check_all(struct cli *cli, struct check_command *command)
{
    enum status status = STATUS_OK;
    struct check_report report;

    if (check_control(&cli->error) < 0)
        return cli->error.status;
    if (command->private && platform_private_network() < 0)
        fprintf(stderr,
                "edgewise check: no network namespace of its own here (%s); other traffic may "
                "disturb\n",
                strerror(errno));
    report_init(&report, cli, command->targets.count > 1);
    json_object_set_new(cli->result, "catalogue", catalogue_of(command));
    for (size_t i = 0; i < command->targets.count && !interrupted(); i++) {
        enum status one = check_target(command, &report, command->targets.items[i]);

        report_target_end(&report);
        status = status_worst(status, one);
    }
    report_end(&report, command->repeat);
    return status_worst(status_worst(status, interrupted()), cli_cases_status(cli));
}

/* With --list alone no target is needed: then the cases are shown, and nothing that they would run
 * on. */
static enum status cli_check_run(struct cli *cli, int argc, char **argv)
{
    struct check_command command = {.repeat = 1};
    int operands = cli_parse(cli, argc, argv, &command);
    enum status status = STATUS_OK;

    if (operands < 0)
        return cli->error.status;
    command.settings.seed = cli->seed;
    command.settings.full = cli->scale == SCALE_FULL;
    command.settings.timeout_scale = cli->timeout_scale;
    command.settings.options = &cli->targets.options;
    command.settings.options_text = command.options;
    remember_options(cli, &command, command.options, sizeof command.options);
    if ((!(cli->list && operands == 0) &&
         cli_targets_find(&cli->targets, operands, argv, &command.targets, &cli->error) < 0) ||
        expect_cases_exist(cli, &command.targets) < 0 ||
        (chose_nothing(&command) &&
         cli_usage(cli, "--skip leaves no case of those that --case chooses")))
        status = cli->error.status;
    else if (cli->list)
        list_cases(cli, &command);
    else
        status = check_all(cli, &command);
    target_list_free(&command.targets);
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
