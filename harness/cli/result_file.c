/* What the report's own reader (harness/report) says of the same mistakes, in the same words. */
#include "cli/result_file.h"

#include "cli/cli.h"

#include <string.h>

static const char *const kinds[] = {[RESULT_BENCH] = "bench", [RESULT_CHECK] = "check"};

/* What was joined says of which command it is; all else is of the command that wrote it. */
static enum result_kind kind_named(const char *command)
{
    for (int kind = 0; kind < RESULT_OTHER; kind++) {
        if (strcmp(kinds[kind], command) == 0)
            return (enum result_kind)kind;
    }
    return RESULT_OTHER;
}

/* In the order in which a reader would ask: is it ours, can we read it, is it whole, is there
 * anything in it? */
static int read_envelope(struct result_file *file, bool take_partial, struct error *error)
{
    json_int_t format = json_integer_value(json_object_get(file->json, "format"));
    const char *said = json_string_value(json_object_get(file->json, "error")), *of;

    file->command = json_string_value(json_object_get(file->json, "command"));
    file->result = json_object_get(file->json, "result");
    if (!file->command || format == 0)
        return error_set(error, STATUS_USAGE,
                         "%s: no result of edgewise; edgewise bench --json FILE writes one",
                         file->path);
    if (format != CLI_RESULT_FORMAT)
        return error_set(error, STATUS_USAGE,
                         "%s: format %lld, and this edgewise reads %d; use the edgewise that wrote "
                         "it",
                         file->path, (long long)format, CLI_RESULT_FORMAT);
    if (json_is_true(json_object_get(file->json, "partial")) && !take_partial)
        return error_set(error, STATUS_USAGE,
                         "%s: partial, the run was interrupted; run it again, or take what there "
                         "is with --partial",
                         file->path);
    if (!json_is_object(file->result))
        return error_set(error, STATUS_USAGE, "%s: nothing was run: %s", file->path,
                         said ? said : "the result is empty");
    of = json_string_value(json_object_get(file->result, "of"));
    file->command = of ? of : file->command;
    file->kind = kind_named(file->command);
    return 0;
}

/* A key twice is a file that somebody mended by hand: which of the two counts is anybody's
 * guess. */
int result_file_load(struct result_file *file, const char *path, bool take_partial,
                     struct error *error)
{
    json_error_t wrong;

    *file = (struct result_file){.path = path};
    file->json = json_load_file(path, JSON_REJECT_DUPLICATES, &wrong);
    if (!file->json && wrong.line < 0) /* whose text names the file */
        return error_set(error, STATUS_USAGE, "%s", wrong.text);
    if (!file->json)
        return error_set(error, STATUS_USAGE, "%s: line %d: %s", path, wrong.line, wrong.text);
    return read_envelope(file, take_partial, error);
}

void result_file_free(struct result_file *file)
{
    json_decref(file->json);
    file->json = NULL;
}
