/* Results that edgewise wrote, read again by commands that make something of them. */
#ifndef EDGEWISE_CLI_RESULT_FILE_H
#define EDGEWISE_CLI_RESULT_FILE_H

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>

/* Of which command: by itself, or joined by edgewise merge. */
enum result_kind { RESULT_BENCH, RESULT_CHECK, RESULT_OTHER };

struct result_file {
    const char *path; /* as it was given */
    json_t *json;     /* the whole; result_file_free() gives it back */
    enum result_kind kind;
    const char *command;  /* what the kind is called */
    const json_t *result; /* in `json`; an object */
};

/* Reads a file.  0, or -1 with `error` filled, STATUS_USAGE: it is no result, or of another format;
 * nothing was run; it is partial and `take_partial` does not say that this is well.  What the
 * command itself found is not looked at.  result_file_free() is safe after both. */
int result_file_load(struct result_file *file, const char *path, bool take_partial,
                     struct error *error);
void result_file_free(struct result_file *file);

#endif
