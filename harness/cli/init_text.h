/* What `edgewise init` writes for others to read: a target file, and the lines to paste. */
#ifndef EDGEWISE_INIT_TEXT_H
#define EDGEWISE_INIT_TEXT_H

#include "cli/targets.h"

#include <stdio.h>

/* What was said of the server. */
struct init_words {
    const struct cli_targets *targets; /* of one --exec command */
    const struct target *target;       /* made of that */
    const char *ready;                 /* NULL: not said */
    const char *file;                  /* the target file's path */
};

/* The target file (docs/TARGETS.md), with the keys only that were said.  The caller gives it back;
 * NULL without memory. */
json_t *init_target_file(const struct init_words *words);

/* A whole workflow for GitHub, in YAML. */
void init_put_workflow(const struct init_words *words, FILE *out);

/* Lines for a CMakeLists.txt that make a test of it.  They stand in the folder from which `file`
 * and the command are found. */
void init_put_ctest(const struct init_words *words, FILE *out);

#endif
