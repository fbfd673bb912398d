/* edgewise init: a target file for somebody's server, its first verdict, and the lines to paste. */
#include "base/interrupt.h"
#include "cli/check_run.h"
#include "cli/commands.h"
#include "cli/init_text.h"
#include "target/file.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is asked when the command is not there. */
#define QUESTIONS 4
/* Then somebody else is there than a person who reads. */
#define ANSWERS_MAX 5
#define LOOK_MS 200

struct init_command {
    const char *out, *ready;
    bool force;
    char *answers[QUESTIONS]; /* what the options point to */
    char file[PATH_MAX];
};

static const struct cli_option options[] = {
    {"force", NULL, "write over a file that is there", CLI_FLAG(struct init_command, force)},
    {"out", "FILE", "the target file (NAME.json)", CLI_FILE(struct init_command, out)},
    {"ready", "echo|port|stdout:REGEX",
     "how the server is known to be ready: it answers (the default), it has bound the port, or it "
     "has printed that",
     CLI_TEXT(struct init_command, ready)},
    {0},
};

/* ---- asking ---- */

/* Of the options of targets, by their names, those whose answer nobody else can know. */
static const struct {
    const char *option, *words, *otherwise; /* NULL: there must be an answer */
} questions[QUESTIONS] = {
    {"exec", "Which command starts your server?  {port} stands for the port that it is given",
     NULL},
    {"speaks", "Which protocol does it speak?  edgewise list shows them", "echo"},
    {"sockets", "How many ports does it serve, one after the other", "1"},
    {"name", "What is it called, in results and as a file", "as its program"},
};

/* A line without its end; NULL: there is none, or we were asked to stop.  A signal that comes just
 * before the read would not cut it short; a terminal gives one line at a time, so that none hides
 * in the buffer from poll(2). */
static char *read_line(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    char *line = NULL;
    size_t size = 0;

    while (!interrupted() && poll(&in, 1, LOOK_MS) <= 0)
        ;
    if (interrupted() || getline(&line, &size, stdin) < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\n")] = '\0';
    return line;
}

/* Until an answer is one: what an option would refuse is asked again. */
static int ask_one(struct cli *cli, struct init_command *init, size_t which)
{
    const char *otherwise = questions[which].otherwise;

    for (int tries = 0; tries < ANSWERS_MAX; tries++) {
        char *answer;

        fprintf(stderr, "%s%s%s%s: ", questions[which].words, otherwise ? " [" : "",
                otherwise ? otherwise : "", otherwise ? "]" : "");
        answer = read_line();
        free(init->answers[which]);
        init->answers[which] = answer;
        if (!answer)
            break;
        if (!*answer && otherwise)
            return 0;
        if (*answer &&
            cli_targets_take(&cli->targets, questions[which].option, answer, &cli->error) == 0)
            return 0;
        fprintf(stderr, "%s\n", *answer ? cli->error.text : "It cannot be guessed.");
        cli->error = (struct error){0};
    }
    if (interrupted())
        return -1;
    return cli_usage(cli, "no answer; --%s can be given as an option, too",
                     questions[which].option);
}

/* Where the command is there, whatever else is missing has its usual value. */
static int ask_what_is_missing(struct cli *cli, struct init_command *init)
{
    if (cli->targets.commands.count > 0)
        return 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return cli_usage(cli, "which command?  Give it to --exec; on a terminal init asks for it");
    for (size_t i = 0; i < QUESTIONS; i++) {
        if (ask_one(cli, init, i) < 0)
            return -1;
    }
    return 0;
}

/* ---- writing ---- */

/* As a person would write it. */
static void put_file(const void *context, FILE *out)
{
    json_dumpf(context, out, JSON_INDENT(2));
    fputc('\n', out);
}

/* A file that has come meanwhile is not written over either: link(2) refuses, rename(2) would
 * not. */
static int keep_file(struct cli *cli, const struct init_command *init, const char *trial)
{
    int result = init->force ? rename(trial, init->file) : link(trial, init->file);

    if (result < 0)
        return error_set(&cli->error, STATUS_CANNOT_RUN, "cannot write %s: %s", init->file,
                         strerror(errno));
    if (!init->force)
        unlink(trial);
    return 0;
}

/* The chapter that any server must pass before the others mean anything.  What the file says need
 * not be said again in a command that repeats a case. */
static enum status first_verdict(struct cli *cli, const struct init_command *init,
                                 const char *trial)
{
    struct check_plan plan = {.repeat = 1, .cases = {{"integrity"}, 1}};
    enum status status;

    cli->targets.speaks.text = NULL;
    cli->targets.options.sockets = cli->targets.options.port = 0;
    check_plan_settle(cli, &plan);
    if (target_add_file(&plan.targets, trial, init->file, &cli->error) < 0)
        status = cli->error.status;
    else
        status = check_plan_run(cli, &plan);
    target_list_free(&plan.targets);
    return status;
}

/* Under another name until it has been tried: who made a mistake in the command finds nothing in
 * the way of the next one. */
static enum status try_and_keep(struct cli *cli, const struct init_command *init,
                                const json_t *target)
{
    char trial[PATH_MAX + 32];
    enum status status;

    snprintf(trial, sizeof trial, "%s.%ld", init->file, (long)getpid());
    if (cli_write(cli, trial, put_file, target) < 0)
        return STATUS_CANNOT_RUN;
    status = first_verdict(cli, init, trial);
    if (status != STATUS_OK && status != STATUS_FAILED && status != STATUS_INVALID)
        fputs("nothing was written\n", cli->text);
    else if (keep_file(cli, init, trial) == 0)
        return status;
    else
        status = cli->error.status;
    unlink(trial);
    return status;
}

/* ---- telling ---- */

/* As text, and as `key` of the result. */
static void tell(struct cli *cli, const char *key, const char *heading,
                 const struct init_words *words,
                 void (*put)(const struct init_words *words, FILE *out))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out) {
        put(words, out);
        fclose(out);
        fprintf(cli->text, "\n%s\n\n%s", heading, text);
        json_object_set_new(cli->result, key, json_string(text));
    }
    free(text);
}

static void tell_all(struct cli *cli, const struct init_words *words, const json_t *target)
{
    if (!cli->result)
        cli->result = json_object();
    json_object_set_new(cli->result, "file", json_string(words->file));
    json_object_set_new(cli->result, "target", json_deep_copy(target));
    tell(cli, "workflow",
         "For GitHub, as .github/workflows/edgewise.yml (OWNER is whose repository edgewise is "
         "from):",
         words, init_put_workflow);
    tell(cli, "ctest", "For CMake, in the CMakeLists.txt of this folder:", words, init_put_ctest);
}

/* ---- the command ---- */

/* Found by `edgewise check FILE` only if it ends so. */
static int choose_file(struct cli *cli, struct init_command *init, const char *name)
{
    size_t length;

    snprintf(init->file, sizeof init->file, init->out ? "%s" : "%s.json",
             init->out ? init->out : name);
    length = strlen(init->file);
    if (length < 5 || strcmp(init->file + length - 5, ".json") != 0)
        return cli_usage(cli, "--out takes a name that ends with .json, not '%s'", init->file);
    if (!init->force && !cli->list && access(init->file, F_OK) == 0)
        return cli_usage(cli, "%s is there already; --force writes over it, --out takes another",
                         init->file);
    return 0;
}

static enum status init_target(struct cli *cli, struct init_command *init,
                               const struct target *target)
{
    struct cli_targets said = cli->targets; /* the first verdict needs less */
    struct init_words words = {&said, target, init->ready, init->file};
    enum status status = STATUS_OK;
    json_t *file;

    if (choose_file(cli, init, target->name) < 0)
        return cli->error.status;
    file = init_target_file(&words);
    if (cli->list)
        put_file(file, cli->text);
    else
        status = try_and_keep(cli, init, file);
    if (status == STATUS_OK || status == STATUS_FAILED || status == STATUS_INVALID) {
        if (!cli->list)
            fprintf(cli->text, "\n%s is written; edgewise check %s runs every case.\n", init->file,
                    init->file);
        tell_all(cli, &words, file);
    }
    json_decref(file);
    return status;
}

static enum status cli_init_run(struct cli *cli, int argc, char **argv)
{
    struct init_command init = {0};
    struct target_list said = {0};
    int operands = cli_parse(cli, argc, argv, &init);
    enum status status = STATUS_OK;

    if (operands < 0)
        return cli->error.status;
    if (operands > 0)
        cli_usage(cli, "takes no operands, not '%s'; the command is given to --exec", argv[0]);
    else if (cli->targets.commands.count > 1)
        cli_usage(cli, "--exec can be given once here: a target file is of one command");
    else if (ask_what_is_missing(cli, &init) == 0 &&
             cli_targets_find(&cli->targets, 0, argv, &said, &cli->error) == 0)
        status = init_target(cli, &init, said.items[0]);
    if (cli->error.status != STATUS_OK)
        status = cli->error.status;
    target_list_free(&said);
    for (size_t i = 0; i < QUESTIONS; i++)
        free(init.answers[i]);
    return status_worst(status, interrupted());
}

const struct cli_command command_init = {
    .name = "init",
    .summary = "write a target file for a server of yours, try it, and show what to paste into CI",
    .operands = "",
    .takes_targets = true,
    .details =
        "Writes what --exec, --name, --sockets, --speaks, --claim, --port and --ready say into a\n"
        "target file, after the server has been started with it and tried by the cases of the\n"
        "chapter integrity; where it cannot be started nothing is written.  Then come the lines\n"
        "of a workflow for GitHub and of a test for CTest.  Without --exec it asks, on a\n"
        "terminal.  --list shows all of it, and runs and writes nothing.",
    .options = options,
    .run = cli_init_run,
};
