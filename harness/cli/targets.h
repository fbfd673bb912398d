/* The options by which every subcommand that takes targets lets them be chosen and configured:
 * --exec, --sockets, --queue... A command with `takes_targets` has them all beside its own. */
#ifndef EDGEWISE_CLI_TARGETS_H
#define EDGEWISE_CLI_TARGETS_H

#include "cli/option.h"
#include "target/target.h"

/* What --speaks says: as it was given, NULL when it was not, and what it means.  One for all
 * targets of the command: several protocols side by side are for target files. */
struct cli_speaks {
    const char *text;
    struct exchange exchange;
};

/* Filled by the options alone; the operands come as they are, since what they name is for the
 * target's own rules. */
struct cli_targets {
    struct target_options options; /* for target_start() */
    struct cli_words commands;     /* of --exec */
    struct cli_speaks speaks;
    struct cli_words names;  /* of --name: the first is the first command's */
    struct cli_words claims; /* of --claim: all of them are every command's */
};

/* Fills a struct cli_targets. */
extern const struct cli_option cli_target_options[];

/* Takes `value` for the option of that name, as if it stood on the command line; 0, or -1 with
 * `error` filled.  The value is not copied. */
int cli_targets_take(struct cli_targets *targets, const char *option, const char *value,
                     struct error *error);

/* The servers that are found by name; with their groups and files, what a target may be. */
void cli_offer_servers(struct cli_offers *offers);
void cli_offer_targets(struct cli_offers *offers);

/* Adds what the operands and the --exec commands name to `list`; -1 with `error` filled, also when
 * nothing is named.  The process is in a network namespace of its own from then on if one of them
 * runs only there. */
int cli_targets_find(const struct cli_targets *targets, int operands, char **argv,
                     struct target_list *list, struct error *error);

/* --private of `command`: puts this process into a network namespace of its own, while it has one
 * thread.  Where that is not allowed it says so on the standard error and goes on: other people's
 * traffic is a nuisance and no error. */
void cli_go_private(const char *command);

#endif
