/* The subcommands, each defined in the file of its name; main.c has the table. */
#ifndef EDGEWISE_COMMANDS_H
#define EDGEWISE_COMMANDS_H

#include "cli/cli.h"

/* All of them, in the order in which the overview shows them; NULL ends them. */
extern const struct cli_command *const cli_commands[];

/* The whole word: an abbreviation would change its meaning when a command is added.  NULL: there is
 * none. */
const struct cli_command *cli_command_named(const char *name);

/* Each is constant and knows no other: what they share is in cli.h. */
extern const struct cli_command command_bench;
extern const struct cli_command command_check;
extern const struct cli_command command_compare;
extern const struct cli_command command_completion;
extern const struct cli_command command_explain;
extern const struct cli_command command_fingerprint; /* where EDGEWISE_SIMULATE is defined: Linux */
extern const struct cli_command command_flood;
extern const struct cli_command command_init;
extern const struct cli_command command_list;
extern const struct cli_command command_merge;
extern const struct cli_command command_report;
extern const struct cli_command command_schema;
extern const struct cli_command command_serve;
extern const struct cli_command command_torture; /* where EDGEWISE_SIMULATE is defined: Linux */
extern const struct cli_command command_trace;   /* where EDGEWISE_SIMULATE is defined: Linux */

#endif
