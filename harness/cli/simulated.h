/* What the subcommands share that run targets on the simulated network. */
#ifndef EDGEWISE_CLI_SIMULATED_H
#define EDGEWISE_CLI_SIMULATED_H

#include "cli/cli.h"
#include "simulate/run/fingerprint.h"

/* A run takes 3 ms (C) to 80 ms (Node) on an idle machine: this is for those that hang, and for
 * valgrind. */
#define SIMULATED_RUN_MS 10000

/* For fingerprint_settings: records the case; `context` is the struct cli. */
void simulated_note_case(void *context, const struct target *target, const char *id,
                         enum verdict verdict, const char *reason);

#endif
