/* Results: the JSON envelope that every subcommand's result travels in, the cases, and writing that
 * notices failure. */
#include "cli/cli.h"

#include "cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *cli_status_name(enum status status)
{
    switch (status) {
    case STATUS_OK: return "ok";
    case STATUS_FAILED: return "failed";
    case STATUS_USAGE: return "usage";
    case STATUS_INVALID: return "invalid";
    case STATUS_CANNOT_RUN: return "cannot run";
    case STATUS_SIGINT:
    case STATUS_SIGTERM: return "interrupted";
    }
    return "unknown";
}

/* By the status: whoever is interrupted ends with it, wherever it was. */
static bool is_partial(enum status status)
{
    return status == STATUS_SIGINT || status == STATUS_SIGTERM;
}

/* Once for each line: a window may be made wider meanwhile. */
void cli_put_row(const struct cli *cli, int width, const char *name, const char *text)
{
    if (cli->plain) {
        fprintf(cli->text, "%s: %s.\n", name, text);
        return;
    }
    fprintf(cli->text, "%-*s ", width, name);
    terminal_put(cli->text, terminal_of(cli->text, false).width, (unsigned)width + 1, text);
}

/* ---- cases ---- */

/* The JSON keeps it in any case; what its memory lacks for is the exit status
 * (cli_cases_status). */
void cli_case(struct cli *cli, const char *target, const char *id, enum verdict verdict,
              double seconds, const char *reason)
{
    size_t bytes = (cli->recorded_count + 1) * sizeof *cli->recorded;
    struct cli_recorded *recorded = realloc(cli->recorded, bytes);
    json_t *json = json_pack("{s:s, s:s, s:s, s:f, s:s?}", "target", target, "case", id, "verdict",
                             verdict_name(verdict), "seconds", seconds, "reason", reason);

    if (!cli->cases)
        cli->cases = json_array();
    json_array_append_new(cli->cases, json);
    if (!recorded) {
        error_set(&cli->error, STATUS_CANNOT_RUN, "no memory for another case");
        return;
    }
    recorded[cli->recorded_count++] = (struct cli_recorded){json, verdict, KNOWN_NOTHING};
    cli->recorded = recorded;
}

/* Told of the case just recorded: what its target file knows beforehand. */
void cli_case_known(struct cli *cli, const char *known, bool as_known)
{
    json_t *last = json_array_get(cli->cases, json_array_size(cli->cases) - 1);

    json_object_set_new(last, "known", json_string(known));
    json_object_set_new(last, "as_known", json_boolean(as_known));
    if (cli->recorded_count > 0)
        cli->recorded[cli->recorded_count - 1].known = as_known ? KNOWN_SO : KNOWN_OTHERWISE;
}

void cli_cases_free(struct cli *cli)
{
    json_decref(cli->cases);
    free(cli->recorded);
    cli->cases = NULL;
    cli->recorded = NULL;
    cli->recorded_count = 0;
}

/* A case is a surprise when it fails and nobody knew, or when what was known is no longer so. */
static bool is_surprise(const struct cli_recorded *one)
{
    return one->known == KNOWN_OTHERWISE ||
           (one->known == KNOWN_NOTHING && one->verdict == VERDICT_FAIL);
}

static bool is_good(const struct cli_recorded *one)
{
    return one->verdict == VERDICT_PASS || one->verdict == VERDICT_WEAK || one->known == KNOWN_SO;
}

static bool is_invalid(const struct cli_recorded *one)
{
    return one->verdict == VERDICT_INVALID;
}

/* Counted when it is asked: sums kept beside the cases could come to differ from them. */
static size_t count_that(const struct cli *cli, bool (*is)(const struct cli_recorded *one))
{
    size_t count = 0;

    for (size_t i = 0; i < cli->recorded_count; i++)
        count += is(&cli->recorded[i]);
    return count;
}

enum status cli_cases_status(const struct cli *cli)
{
    /* One that could not be remembered might have been a FAIL. */
    if (cli->recorded_count < json_array_size(cli->cases))
        return STATUS_CANNOT_RUN;
    if (count_that(cli, is_surprise) > 0)
        return STATUS_FAILED;
    if (count_that(cli, is_invalid) > 0 || count_that(cli, is_good) == 0)
        return STATUS_INVALID;
    return STATUS_OK;
}

/* Bytes above 127 pass: texts are UTF-8, as is the file without being declared so (XML 1.0,
 * 4.3.3). */
void cli_put_escaped(const char *text, FILE *out)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        /* XML 1.0 has no way to write most control characters. */
        default:
            fputc((unsigned char)*text < ' ' && *text != '\n' && *text != '\t' ? '?' : *text, out);
        }
    }
}

/* What a case is for JUnit, which knows no expected failure; its readers show one as skipped, as
 * pytest writes it. */
enum element { ELEMENT_NONE, ELEMENT_FAILURE, ELEMENT_ERROR, ELEMENT_SKIPPED };

static const char *const element_names[] = {
    [ELEMENT_FAILURE] = "failure", [ELEMENT_ERROR] = "error", [ELEMENT_SKIPPED] = "skipped"};

static enum element element_of(const struct cli_recorded *one)
{
    if (is_surprise(one))
        return ELEMENT_FAILURE;
    switch (one->verdict) {
    case VERDICT_INVALID: return ELEMENT_ERROR;
    case VERDICT_FAIL:
    case VERDICT_UNSUPPORTED: return ELEMENT_SKIPPED;
    case VERDICT_PASS:
    case VERDICT_WEAK: break;
    }
    return ELEMENT_NONE;
}

static size_t count_elements(const struct cli *cli, enum element element)
{
    size_t count = 0;

    for (size_t i = 0; i < cli->recorded_count; i++)
        count += element_of(&cli->recorded[i]) == element;
    return count;
}

static void result_put_known(const char *known, const char *before, FILE *out)
{
    if (!known)
        return;
    fputs(before, out);
    fputs("known: ", out);
    cli_put_escaped(known, out);
}

static void put_case(const struct cli_recorded *recorded, FILE *out)
{
    const json_t *one = recorded->json;
    const char *reason = json_string_value(json_object_get(one, "reason"));
    const char *known = json_string_value(json_object_get(one, "known"));
    enum element element = element_of(recorded);

    fputs("    <testcase classname=\"", out);
    cli_put_escaped(json_string_value(json_object_get(one, "target")), out);
    fputs("\" name=\"", out);
    cli_put_escaped(json_string_value(json_object_get(one, "case")), out);
    fprintf(out, "\" time=\"%.3f\">", json_number_value(json_object_get(one, "seconds")));
    if (element) {
        fprintf(out, "<%s message=\"", element_names[element]);
        cli_put_escaped(reason ? reason : verdict_name(recorded->verdict), out);
        result_put_known(known, "; ", out);
        fputs("\"/>", out);
    } else if (reason || known) {
        fputs("<system-out>", out);
        cli_put_escaped(reason ? reason : "", out);
        result_put_known(known, reason ? "; " : "", out);
        fputs("</system-out>", out);
    }
    fputs("</testcase>\n", out);
}

void cli_junit(const struct cli *cli, enum status status, FILE *out)
{
    /* An invocation that went wrong as a whole is one more test case, in error: else an empty file
     * would look well. */
    bool broken = *cli->error.text || is_partial(status);

    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite "
            "name=\"edgewise %s\" tests=\"%zu\" "
            "failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
            cli->command->name, cli->recorded_count + broken, count_elements(cli, ELEMENT_FAILURE),
            count_elements(cli, ELEMENT_ERROR) + broken, count_elements(cli, ELEMENT_SKIPPED));
    for (size_t i = 0; i < cli->recorded_count; i++)
        put_case(&cli->recorded[i], out);
    if (broken) {
        fprintf(out,
                "    <testcase classname=\"edgewise\" name=\"%s\" time=\"0\"><error message=\"",
                cli->command->name);
        cli_put_escaped(*cli->error.text ? cli->error.text : cli_status_name(status), out);
        fputs("\"/></testcase>\n", out);
    }
    fputs("  </testsuite>\n</testsuites>\n", out);
}

/* ---- writing ---- */

struct outcome {
    const struct cli *cli;
    enum status status;
};

static void put_junit(const void *context, FILE *out)
{
    const struct outcome *o = context;

    cli_junit(o->cli, o->status, out);
}

/* The same fields whatever happened: who reads results need not ask which path wrote them.  Nine
 * digits of a number are more than any clock here can tell apart, and short enough to be
 * compared. */
static void put_json(const void *context, FILE *out)
{
    const struct outcome *o = context;
    const struct cli *cli = o->cli;
    enum status status = o->status;
    json_t *envelope = json_pack("{s:i, s:s, s:s, s:i, s:s, s:b, s:s?, s:I, s:O?, s:O?}", "format",
                                 CLI_RESULT_FORMAT, "edgewise", EDGEWISE_VERSION, "command",
                                 cli->command->name, "status", (int)status, "outcome",
                                 cli_status_name(status), "partial", is_partial(status), "error",
                                 *cli->error.text ? cli->error.text : NULL, "seed",
                                 (json_int_t)cli->seed, "cases", cli->cases, "result", cli->result);

    json_dumpf(envelope, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    fputc('\n', out);
    json_decref(envelope);
}

/* At once and on the standard error: the result that would have it is what cannot be written. */
static int cannot_write(const struct cli *cli, const char *path)
{
    fprintf(stderr, "edgewise %s: cannot write %s: %s\n", cli->command->name, path,
            strerror(errno));
    return -1;
}

/* Whoever closes the pipe of our output has read enough, as head(1) has: no error, and nothing to
 * be told.  An earlier write that failed is known by its mark alone; of a pipe that is closed
 * poll(2) still tells: POLLERR. */
static bool has_read_enough(int error)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return error == EPIPE || (error == 0 && poll(&out, 1, 0) == 1 && out.revents & POLLERR);
}

/* Buffered writes fail late: a full disk shows at the flush or at the close, so both are asked. */
int cli_write(const struct cli *cli, const char *path, void (*put)(const void *context, FILE *out),
              const void *context)
{
    bool to_stdout = strcmp(path, "-") == 0;
    FILE *out = to_stdout ? stdout : fopen(path, "w");
    int result = 0;

    if (!out)
        return cannot_write(cli, path);
    errno = 0;
    put(context, out);
    if ((fflush(out) != 0 || ferror(out)) && !(to_stdout && has_read_enough(errno)))
        result = cannot_write(cli, to_stdout ? "to standard output" : path);
    if (!to_stdout && fclose(out) != 0 && result == 0)
        result = cannot_write(cli, path);
    if (to_stdout)
        clearerr(stdout); /* told once */
    return result;
}

/* Each file is tried although another could not be written. */
enum status cli_finish(struct cli *cli, enum status status)
{
    struct outcome outcome = {cli, status};
    bool written = true;

    if (*cli->error.text)
        fprintf(stderr, "edgewise %s: %s\n", cli->command->name, cli->error.text);
    if (cli->json_path)
        written &= cli_write(cli, cli->json_path, put_json, &outcome) == 0;
    if (cli->junit_path)
        written &= cli_write(cli, cli->junit_path, put_junit, &outcome) == 0;
    errno = 0;
    if (!cli->output_looked_after && (fflush(stdout) != 0 || ferror(stdout)) &&
        !has_read_enough(errno)) {
        fprintf(stderr, "edgewise %s: cannot write to standard output: %s\n", cli->command->name,
                errno ? strerror(errno) : "not all of it was taken");
        written = false;
    }
    json_decref(cli->result);
    cli_cases_free(cli);
    return written ? status : status_worst(status, STATUS_CANNOT_RUN);
}
