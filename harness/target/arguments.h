/* Command lines: splitting, placeholders, and what `edgewise serve` is told. */
#ifndef EDGEWISE_TARGET_ARGUMENTS_H
#define EDGEWISE_TARGET_ARGUMENTS_H

#include "target/target.h"

/* Splits a command as a shell would: blanks, quotes, backslashes; nothing else is special.
 * NULL-terminated; NULL with `error` when a quote is not closed or there is no word. */
char **arguments_split(const char *command, struct error *error);

/* `option` ("--exec ", or "") and the word, quoted where a shell would not give the same word back;
 * NULL without memory.  The caller frees. */
char *arguments_quote(const char *option, const char *word);

void arguments_free(char **words);

/* What stands for "{port}", "{sockets}", "{upstream}", "{pid}" and "{address}". */
struct arguments_values {
    unsigned port, sockets, upstream;
    pid_t pid; /* 0 as long as nothing is started */
    const char *address;
};

/* A copy with all of them filled in. */
char **arguments_fill(char **words, const struct arguments_values *values);

/* The word with "{folder}" filled in, the folder that the target file at `path` lies in, so that
 * it can name what lies beside it; NULL when there is no such file, or no memory.  The caller
 * frees. */
char *arguments_with_folder(const char *word, const char *path);

/* Does one of the words hold this placeholder? */
bool arguments_mention(char **words, const char *placeholder);

/* What runs a plug-in: `edgewise serve PATH ...`. */
char **arguments_of_plugin(const struct target *target, const struct target_options *options,
                           unsigned port, const char *program);

#endif
