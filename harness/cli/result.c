/* Results: the JSON envelope that every subcommand's result travels in, the cases, and writing that
 * notices failure. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Raised when the meaning of a field changes; fields may be added without. */
#define RESULT_FORMAT 1

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

static bool is_partial(enum status status)
{
    return status == STATUS_SIGINT || status == STATUS_SIGTERM;
}

/* ---- cases ---- */

void cli_case(struct cli *cli, const char *target, const char *id, enum verdict verdict,
              double seconds, const char *reason)
{
    if (!cli->cases)
        cli->cases = json_array();
    json_array_append_new(cli->cases, json_pack("{s:s, s:s, s:s, s:f, s:s?}", "target", target,
                                                "case", id, "verdict", verdict_name(verdict),
                                                "seconds", seconds, "reason", reason));
}

void cli_case_known(struct cli *cli, const char *known, bool as_known)
{
    json_t *last = json_array_get(cli->cases, json_array_size(cli->cases) - 1);

    json_object_set_new(last, "known", json_string(known));
    json_object_set_new(last, "as_known", json_boolean(as_known));
}

/* A case is a surprise when it fails and nobody knew, or when what was known is no longer so. */
static bool is_surprise(const json_t *one)
{
    const json_t *as_known = json_object_get(one, "as_known");

    return as_known ? json_is_false(as_known)
                    : strcmp(json_string_value(json_object_get(one, "verdict")),
                             verdict_name(VERDICT_FAIL)) == 0;
}

static bool is_as_known(const json_t *one)
{
    return json_is_true(json_object_get(one, "as_known"));
}

static size_t count_that(const struct cli *cli, bool (*is)(const json_t *one))
{
    size_t count = 0;
    size_t i;
    json_t *one;

    json_array_foreach(cli->cases, i, one) count += is(one);
    return count;
}

static size_t count_cases(const struct cli *cli, enum verdict verdict)
{
    size_t count = 0;
    size_t i;
    json_t *one;

    json_array_foreach(cli->cases, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "verdict")), verdict_name(verdict)) == 0)
            count++;
    }
    return count;
}

enum status cli_cases_status(const struct cli *cli)
{
    size_t passed = count_cases(cli, VERDICT_PASS) + count_cases(cli, VERDICT_WEAK) +
                    count_that(cli, is_as_known);

    if (count_that(cli, is_surprise) > 0)
        return STATUS_FAILED;
    if (count_cases(cli, VERDICT_INVALID) > 0 || passed == 0)
        return STATUS_INVALID;
    return STATUS_OK;
}

static void put_escaped(const char *text, FILE *out)
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

/* JUnit knows no expected failure; its readers show one as skipped, as pytest writes it. */
static const char *element_of(const json_t *one)
{
    const char *verdict = json_string_value(json_object_get(one, "verdict"));

    if (is_surprise(one))
        return "failure";
    if (strcmp(verdict, "INVALID") == 0)
        return "error";
    return strcmp(verdict, "UNSUPPORTED") == 0 || strcmp(verdict, "FAIL") == 0 ? "skipped" : NULL;
}

static size_t count_elements(const struct cli *cli, const char *element)
{
    size_t count = 0;
    size_t i;
    json_t *one;

    json_array_foreach(cli->cases, i, one)
    {
        const char *its = element_of(one);

        count += its && strcmp(its, element) == 0;
    }
    return count;
}

static void result_put_known(const char *known, const char *before, FILE *out)
{
    if (!known)
        return;
    fputs(before, out);
    fputs("known: ", out);
    put_escaped(known, out);
}

static void put_case(const json_t *one, FILE *out)
{
    const char *verdict = json_string_value(json_object_get(one, "verdict"));
    const char *reason = json_string_value(json_object_get(one, "reason"));
    const char *known = json_string_value(json_object_get(one, "known"));
    const char *element = element_of(one);

    fputs("    <testcase classname=\"", out);
    put_escaped(json_string_value(json_object_get(one, "target")), out);
    fputs("\" name=\"", out);
    put_escaped(json_string_value(json_object_get(one, "case")), out);
    fprintf(out, "\" time=\"%.3f\">", json_number_value(json_object_get(one, "seconds")));
    if (element) {
        fprintf(out, "<%s message=\"", element);
        put_escaped(reason ? reason : verdict, out);
        result_put_known(known, "; ", out);
        fputs("\"/>", out);
    } else if (reason || known) {
        fputs("<system-out>", out);
        put_escaped(reason ? reason : "", out);
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
    size_t i;
    json_t *one;

    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite "
            "name=\"edgewise %s\" tests=\"%zu\" "
            "failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
            cli->command->name, json_array_size(cli->cases) + broken,
            count_elements(cli, "failure"), count_elements(cli, "error") + broken,
            count_elements(cli, "skipped"));
    json_array_foreach(cli->cases, i, one) put_case(one, out);
    if (broken) {
        fprintf(out,
                "    <testcase classname=\"edgewise\" name=\"%s\" time=\"0\"><error message=\"",
                cli->command->name);
        put_escaped(*cli->error.text ? cli->error.text : cli_status_name(status), out);
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

/* The same fields whatever happened: who reads results need not ask which path wrote them. */
static void put_json(const void *context, FILE *out)
{
    const struct outcome *o = context;
    const struct cli *cli = o->cli;
    enum status status = o->status;
    json_t *envelope = json_pack("{s:i, s:s, s:s, s:i, s:s, s:b, s:s?, s:I, s:O?, s:O?}", "format",
                                 RESULT_FORMAT, "edgewise", EDGEWISE_VERSION, "command",
                                 cli->command->name, "status", (int)status, "outcome",
                                 cli_status_name(status), "partial", is_partial(status), "error",
                                 *cli->error.text ? cli->error.text : NULL, "seed",
                                 (json_int_t)cli->seed, "cases", cli->cases, "result", cli->result);

    json_dumpf(envelope, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    fputc('\n', out);
    json_decref(envelope);
}

static int cannot_write(const struct cli *cli, const char *path)
{
    fprintf(stderr, "edgewise %s: cannot write %s: %s\n", cli->command->name, path,
            strerror(errno));
    return -1;
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
    put(context, out);
    if (fflush(out) != 0 || ferror(out))
        result = cannot_write(cli, to_stdout ? "to standard output" : path);
    if (!to_stdout && fclose(out) != 0 && result == 0)
        result = cannot_write(cli, path);
    if (to_stdout)
        clearerr(stdout); /* told once */
    return result;
}

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
    errno = 0; /* an earlier write that failed is known by its mark alone */
    if (!cli->output_looked_after && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "edgewise %s: cannot write to standard output: %s\n", cli->command->name,
                errno ? strerror(errno) : "not all of it was taken");
        written = false;
    }
    json_decref(cli->result);
    json_decref(cli->cases);
    return written ? status : status_worst(status, STATUS_CANNOT_RUN);
}
