/* The subcommands, each defined in the file of its name; main.c has the table. */
#ifndef EDGEWISE_COMMANDS_H
#define EDGEWISE_COMMANDS_H

#include "cli/cli.h"

/* Each is constant and knows no other: what they share is in cli.h. */
extern const struct cli_command command_bench;
extern const struct cli_command command_check;
extern const struct cli_command command_explain;
extern const struct cli_command command_fingerprint; /* where EDGEWISE_SIMULATE is defined: Linux */
extern const struct cli_command command_flood;
extern const struct cli_command command_init;
extern const struct cli_command command_list;
extern const struct cli_command command_report;
extern const struct cli_command command_serve;
extern const struct cli_command command_trace; /* where EDGEWISE_SIMULATE is defined: Linux */

#endif
