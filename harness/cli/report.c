/* edgewise report FILE...: results to one page; the page is made by harness/report/report.py. */
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

/* What the script says: its last words, in case Python says more before.  Read to the
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

/* With status 0 the script tells of what the page lacks, which is no error.
 *
 * Our end for writing is closed before we read: with it open the end of what is said would never
 * come. */
static enum status report_make(struct cli *cli, char **argv)
{
    char said[sizeof cli->error.text];
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
    keep_last_line(ends[0], said, sizeof said);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        continue;
    if (interrupted())
        return interrupted();
    cli->error.status = status_of(how);
    if (cli->error.status != STATUS_OK)
        snprintf(cli->error.text, sizeof cli->error.text, "%s", said);
    else if (*said) /* the page is made, and lacks something */
        fprintf(stderr, "edgewise report: %s\n", said);
    return cli->error.status;
}

/* -B: nothing is written beside the script, which may lie where only root may write.  The script
 * asks this program to compare two benches, by its path: on PATH there may be another. "--" ends
 * the options, lest a file's name be taken for one.  NULL: there is no memory. */
static char **report_words(const struct report_command *command, char *script, char *self,
                           char **files, size_t count)
{
    char *const first[] = {"python3",
                           "-B",
                           script,
                           "--format",
                           (char *)command->format,
                           "--out",
                           (char *)command->out,
                           "--edgewise",
                           self,
                           command->partial ? "--partial" : "--no-partial",
                           "--"};
    size_t before = sizeof first / sizeof *first;
    char **words = calloc(before + count + 1, sizeof *words);

    if (!words)
        return NULL;
    memcpy(words, first, sizeof first);
    memcpy(words + before, files, count * sizeof *words);
    return words;
}

static enum status report_run(struct cli *cli, int argc, char **argv)
{
    struct report_command command = {.format = "html", .out = "-"};
    int files = cli_parse(cli, argc, argv, &command);
    char script[PATH_MAX], self[PATH_MAX];
    enum status status;
    char **words;

    if (files < 0)
        return cli->error.status;
    if (files == 0) {
        cli_usage(cli, "which results?  edgewise check TARGET... --json FILE writes one, as bench, "
                       "flood and fingerprint do");
        return STATUS_USAGE;
    }
    if (strcmp(command.out, "-") == 0 && cli->text == stderr) {
        cli_usage(cli,
                  "the standard output cannot carry both the page and the result; say --out FILE");
        return STATUS_USAGE;
    }
    if (self_relative(EDGEWISE_REPORT_SCRIPT, script, sizeof script) < 0 ||
        self_path(self, sizeof self) < 0) {
        error_set(&cli->error, STATUS_CANNOT_RUN,
                  "cannot find where this program lies, and so not its %s", EDGEWISE_REPORT_SCRIPT);
        return STATUS_CANNOT_RUN;
    }
    words = report_words(&command, script, self, argv, (size_t)files);
    if (!words) {
        error_set(&cli->error, STATUS_CANNOT_RUN, "no memory for %d files", files);
        return STATUS_CANNOT_RUN;
    }
    status = report_make(cli, words);
    free(words);
    return status;
}

const struct cli_command command_report = {
    .name = "report",
    .summary = "make one page of what check, bench, flood and fingerprint have written as JSON",
    .operands = "FILE...",
    .offers = cli_offer_files,
    .details =
        "The page is one HTML file that needs nothing else, for phones, paper and the dark, too.  "
        "Of "
        "checks it is a matrix\n"
        "of targets by cases; a cell opens what was sent, expected and seen, and the command that "
        "repeats it.  Of benches,\n"
        "floods and fingerprints it has tables and plots; two benches are compared, as edgewise "
        "compare does.  Results of\n"
        "edgewise compare and edgewise merge are taken, too.  Needs Python 3 with jinja2; plots "
        "need "
        "matplotlib, and\n"
        "without it there are the tables.",
    .options = options,
    .run = report_run,
};
