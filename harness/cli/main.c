/* edgewise: the subcommands and how they are chosen. */
#include "base/interrupt.h"
#include "cli/commands.h"
#include "program/program.h"

#include <stdio.h>
#include <string.h>

/* Adding a subcommand is its file and its row here. */
const struct cli_command *const cli_commands[] = {
    &command_list,        &command_serve,   &command_init,    &command_check,      &command_flood,
    &command_bench,       &command_compare, &command_merge,
#ifdef EDGEWISE_SIMULATE
    &command_fingerprint, &command_trace,   &command_torture,
#endif
    &command_explain,     &command_report,  &command_schema,  &command_completion, NULL,
};

const struct cli_command *cli_command_named(const char *name)
{
    for (const struct cli_command *const *c = cli_commands; *c; c++) {
        if (strcmp((*c)->name, name) == 0)
            return *c;
    }
    return NULL;
}

static void print_overview(FILE *out)
{
    fprintf(out, "usage: edgewise COMMAND [options] [operands]\n\n"
                 "UDP servers on every kind of event loop, and a harness that proves and measures "
                 "any UDP echo server.\n\n");
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        fprintf(out, "  %-12s %s\n", (*c)->name, (*c)->summary);
    fprintf(
        out,
        "\nedgewise help COMMAND tells about its options; edgewise --version tells the version.\n"
        "Exit status: 0 passed, 1 failed, 2 usage, 3 invalid or nothing passed, 4 could not run, "
        "130 and 143 "
        "interrupted.\n");
}

/* Everything an invocation owns is in `cli`, so that a command may return from anywhere: the files
 * are written and the memory is given back here. */
static enum status run_command(const struct cli_command *command, int argc, char **argv)
{
    struct cli cli = {.command = command, .text = stdout};

    return cli_finish(&cli, command->run(&cli, argc, argv));
}

static void print_version(FILE *out)
{
    fprintf(out, "edgewise %s\n", EDGEWISE_VERSION);
}

/* What is only printed may fail as any result may: a closed pipe, a full disk. */
static enum status main_show(const struct cli_command *command, void (*print)(FILE *out))
{
    static const struct cli_command help = {.name = "help"};
    struct cli cli = {.command = &help, .text = stdout};

    interrupt_install();
    if (command)
        cli_help(command, stdout);
    else
        print(stdout);
    return cli_finish(&cli, STATUS_OK);
}

/* To the standard error, the overview, too: whoever pipes a result gets no help text in it. */
static enum status main_refuse(const char *word)
{
    if (word)
        fprintf(stderr, "edgewise: there is no command '%s'; edgewise --help shows them\n", word);
    else
        print_overview(stderr);
    return STATUS_USAGE;
}

/* The first word decides before any option is read: each subcommand has options of its own. */
int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    const struct cli_command *command = word ? cli_command_named(word) : NULL;

    /* Before any pipe or socket of ours can get the number 0, 1 or 2. */
    ew_hold_streams();
    if (command)
        return (int)run_command(command, argc - 1, argv + 1);
    if (word && strcmp(word, "--version") == 0)
        return (int)main_show(NULL, print_version);
    if (word && (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0)) {
        command = argc > 2 ? cli_command_named(argv[2]) : NULL;
        return (int)(argc > 2 && !command ? main_refuse(argv[2])
                                          : main_show(command, print_overview));
    }
    return (int)main_refuse(word);
}
