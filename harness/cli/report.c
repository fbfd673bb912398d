/* edgewise report FILE...: results of `edgewise check` to one page; the page is made by
 * harness/report/report.py. */
#include "base/interrupt.h"
#include "base/self.h"
#include "cli/commands.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* No header declares it (environ(7)). */
extern char **environ;

struct report_command {
    const char *format, *out;
    bool partial;
};

static const struct cli_option options[] = {
    {"format", "html|markdown", "what to make (html)", CLI_WORD(struct report_command, format)},
    {"out", "FILE|-", "where to write it (-, the standard output)",
     CLI_FILE(struct report_command, out)},
    {"partial", NULL, "take results of interrupted runs, too",
     CLI_FLAG(struct report_command, partial)},
    {0},
};

/* The script gets its standard input, output and error; -1 with errno.  Found along PATH, so that a
 * virtual environment's Python is taken where there is one. posix_spawnp(3) gives its error as its
 * result and need not set errno. */
static pid_t cli_report_start(char **argv, int error_fd)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int err;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, error_fd, STDERR_FILENO);
    err = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = err;
    return err == 0 ? pid : -1;
}

/* What the script says went wrong: its last words, in case Python says more before.  Read to the
 * end also when lines are thrown away: a writer that nobody reads would hang, or die of SIGPIPE. */
static void keep_last_line(int fd, char *text, size_t size)
{
    FILE *said = fdopen(fd, "r");
    char line[1024];

    *text = '\0';
    while (said && fgets(line, sizeof line, said)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line)
            snprintf(text, size, "%s", line);
    }
    if (said)
        fclose(said);
    else
        close(fd);
}

/* Its own statuses are ours; anything else, a traceback's 1 too, means that it did not do its
 * work. */
static enum status status_of(int how)
{
    int code = WIFEXITED(how) ? WEXITSTATUS(how) : STATUS_CANNOT_RUN;

    return code == STATUS_OK || code == STATUS_USAGE ? (enum status)code : STATUS_CANNOT_RUN;
}

/* Our end for writing is closed before we read: with it open the end of what is said would never
 * come. */
static enum status report_make(struct cli *cli, char **argv)
{
    int ends[2], how;
    pid_t pid;

    if (pipe(ends) < 0) {
        error_set(&cli->error, STATUS_CANNOT_RUN, "no pipe: %s", strerror(errno));
        return STATUS_CANNOT_RUN;
    }
    pid = cli_report_start(argv, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        error_set(&cli->error, STATUS_CANNOT_RUN,
                  "cannot run python3 (%s); install Python 3 and jinja2", strerror(errno));
        close(ends[0]);
        return STATUS_CANNOT_RUN;
    }
    keep_last_line(ends[0], cli->error.text, sizeof cli->error.text);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        continue;
    if (interrupted())
        return interrupted();
    cli->error.status = status_of(how);
    if (cli->error.status == STATUS_OK)
        cli->error.text[0] = '\0';
    return cli->error.status;
}

/* -B: nothing is written beside the script, which may lie where only root may write. "--" ends the
 * options, lest a file's name be taken for one. */
static enum status report_run(struct cli *cli, int argc, char **argv)
{
    struct report_command command = {.format = "html", .out = "-"};
    int files = cli_parse(cli, argc, argv, &command);
    char script[PATH_MAX];
    enum status status;
    char **words;

    if (files < 0)
        return cli->error.status;
    if (files == 0) {
        cli_usage(cli, "which results?  edgewise check TARGET... --json FILE writes them");
        return STATUS_USAGE;
    }
    if (strcmp(command.out, "-") == 0 && cli->text == stderr) {
        cli_usage(cli,
                  "the standard output cannot carry both the page and the result; say --out FILE");
        return STATUS_USAGE;
    }
    if (self_relative(EDGEWISE_REPORT_SCRIPT, script, sizeof script) < 0) {
        error_set(&cli->error, STATUS_CANNOT_RUN,
                  "cannot find where this program lies, and so not its %s", EDGEWISE_REPORT_SCRIPT);
        return STATUS_CANNOT_RUN;
    }
    words = calloc((size_t)files + 10, sizeof *words);
    if (!words)
        return STATUS_CANNOT_RUN;
    memcpy(words,
           (char *[]){"python3", "-B", script, "--format", (char *)command.format, "--out",
                      (char *)command.out, command.partial ? "--partial" : "--no-partial", "--"},
           9 * sizeof *words);
    memcpy(words + 9, argv, (size_t)files * sizeof *words);
    status = report_make(cli, words);
    free(words);
    return status;
}

const struct cli_command command_report = {
    .name = "report",
    .summary = "make one page of what edgewise check has written as JSON",
    .operands = "FILE...",
    .offers = cli_offer_files,
    .details =
        "The page is a matrix of targets by cases in one HTML file that needs nothing else; a cell "
        "opens what was\n"
        "sent, expected and seen, and the command that repeats it.  Needs Python 3 with jinja2.",
    .options = options,
    .run = report_run,
};
