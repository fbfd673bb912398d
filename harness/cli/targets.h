/* The options by which every subcommand that takes targets lets them be chosen and configured:
 * --exec, --sockets, --queue... A command with `takes_targets` has them all beside its own. */
#ifndef EDGEWISE_CLI_TARGETS_H
#define EDGEWISE_CLI_TARGETS_H

#include "cli/option.h"
#include "target/target.h"

#define CLI_COMMANDS_MAX 16

struct cli;

struct cli_targets {
    struct target_options options; /* for target_start() */
    const char *commands[CLI_COMMANDS_MAX];
    unsigned n_commands;
};

extern const struct cli_option cli_target_options[];

/* Takes row `index` of the table; like cli_take. */
int cli_take_target_option(struct cli *cli, int index, const char *value);

/* Adds what the operands and the --exec commands name to `list`; -1 with cli->error filled. */
int cli_find_targets(struct cli *cli, int operands, char **argv, struct target_list *list);

#endif
