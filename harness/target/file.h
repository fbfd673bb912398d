/* Target files: JSON that says how somebody's server is run. */
#ifndef EDGEWISE_TARGET_FILE_H
#define EDGEWISE_TARGET_FILE_H

#include "target/target.h"

/* Reads a target file and adds what it says; `word` is what names it on a command line.  What is
 * wrong with the file is told with its line and column, or with its key. */
int target_add_file(struct target_list *list, const char *path, const char *word,
                    struct error *error);

/* A target that runs these words, which it then owns; NULL without memory. */
struct target *target_of_command(char **argv);

/* Adds the target under the word that names it, quoted for a shell; the list then owns both, and
 * frees them when that fails. A word that is NULL is one there was no memory for. */
int target_add(struct target_list *list, struct target *target, char *word, struct error *error);

void target_free(struct target *target);

#endif
