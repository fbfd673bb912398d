/* edgewise torture TARGET: its system calls fail, one after the other. */
#include "cli/torture.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* Of a line of --resume. */
#define LINE_ROOM 2048

struct torture_command {
    struct cli *cli;
    struct cli_words calls, errors;
    int64_t limit_ns;
    bool private;
    const char *resume_path;
    FILE *resume;  /* what is done is written here at once; NULL: nowhere */
    json_t *known; /* by torture_key(), what it had at the start */
    struct torture_found found;
    int64_t since_ns; /* the end of the last cell */
};

static void torture_offer_calls(struct cli_offers *offers)
{
    for (size_t i = 0; i < torture_table_count; i++) {
        if (i == 0 || strcmp(torture_table[i].call, torture_table[i - 1].call) != 0)
            cli_offer(offers, torture_table[i].call, "");
    }
}

/* Each once, where it first stands in the table. */
static void torture_offer_errors(struct cli_offers *offers)
{
    for (size_t i = 0; i < torture_table_count; i++) {
        size_t before = 0;

        while (strcmp(torture_table[before].error_name, torture_table[i].error_name) != 0)
            before++;
        if (before == i)
            cli_offer(offers, torture_table[i].error_name, "");
    }
}

/* The limit is a target's, not the command's: of several each gets as much. */
static const struct cli_option torture_options[] = {
    {"call", "CALL", "fail this system call only; may be given several times",
     CLI_WORDS(struct torture_command, calls, CLI_WORDS_MAX), .offers = torture_offer_calls},
    {"errno", "NAME", "with this error only; may be given several times",
     CLI_WORDS(struct torture_command, errors, CLI_WORDS_MAX), .offers = torture_offer_errors},
    {"limit", "S", "begin no cell of a target after so many seconds (no limit)",
     CLI_SECONDS(struct torture_command, limit_ns)},
    {"private", NULL,
     "in a network namespace of its own, where that is allowed: nobody else takes the port between "
     "two starts",
     CLI_FLAG(struct torture_command, private)},
    {"resume", "FILE", "go on where an earlier run ended; cells are added as they are done",
     CLI_FILE(struct torture_command, resume_path)},
    {0},
};

/* ---- which ---- */

/* Without words everything is. */
static bool torture_is_among(const struct cli_words *words, const char *name)
{
    for (unsigned i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], name) == 0)
            return true;
    }
    return words->count == 0;
}

static bool torture_wants(void *context, const struct torture_row *row)
{
    const struct torture_command *t = context;

    return torture_is_among(&t->calls, row->call) && torture_is_among(&t->errors, row->error_name);
}

/* A word that the table has not is a slip of the pen: it would try nothing. */
static int torture_check_words(struct torture_command *t)
{
    for (unsigned i = 0; i < t->calls.count + t->errors.count; i++) {
        bool call = i < t->calls.count;
        const char *word = call ? t->calls.items[i] : t->errors.items[i - t->calls.count];
        size_t row = 0;

        while (row < torture_table_count &&
               strcmp(call ? torture_table[row].call : torture_table[row].error_name, word) != 0)
            row++;
        if (row == torture_table_count)
            return cli_usage(t->cli, "no %s is called '%s'; edgewise torture --list shows them",
                             call ? "call" : "errno", word);
    }
    for (size_t row = 0; row < torture_table_count; row++) {
        if (torture_wants(t, &torture_table[row]))
            return 0;
    }
    return cli_usage(t->cli, "none of the calls fails with such an errno; edgewise torture --list "
                             "shows which do");
}

/* A word that is no finding would never come true. */
static int torture_check_known(struct cli *cli, const struct target_list *targets)
{
    const char *outcome;
    json_t *reason;

    for (size_t i = 0; i < targets->count; i++) {
        json_object_foreach(targets->items[i]->torture, outcome, reason)
        {
            enum torture_outcome named = torture_outcome_named(outcome);

            if (named == TORTURE_OUTCOMES || !torture_is_finding(named))
                return cli_usage(cli, "%s: \"torture\": no finding is called '%s'",
                                 targets->items[i]->word, outcome);
        }
    }
    return 0;
}

static void torture_list(struct cli *cli)
{
    json_t *rows = json_array();
    char name[64];

    for (size_t i = 0; i < torture_table_count; i++) {
        const struct torture_row *row = &torture_table[i];

        snprintf(name, sizeof name, "%s %s", row->call, row->error_name);
        cli_put_row(cli, 28, name, row->page);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "call", row->call, "errno",
                                              row->error_name, "page", row->page));
    }
    cli->result = json_pack("{s:o}", "rows", rows);
}

/* ---- what has been done before ---- */

/* Names a cell; the target's options are not part of it, so that a file is for one command line. */
static void torture_key(const char *target, const char *call, const char *error, json_int_t nth,
                        bool lasting, char key[256])
{
    snprintf(key, 256, "%s %s %s %lld%s", target, call, error, (long long)nth,
             lasting ? " lastingly" : "");
}

/* The last line may have been cut short when the run was killed: it is as good as missing, and
 * closed, so that the next one stands by itself. */
static void torture_read_known(struct torture_command *t, FILE *file)
{
    char line[LINE_ROOM] = "\n", key[256];

    while (fgets(line, sizeof line, file)) {
        json_t *cell = json_loads(line, 0, NULL);
        const char *target, *call, *error;
        json_int_t nth;
        int lasting;

        if (cell && json_unpack(cell, "{s:s, s:s, s:s, s:I, s:b}", "target", &target, "call", &call,
                                "errno", &error, "k", &nth, "lasting", &lasting) == 0) {
            torture_key(target, call, error, nth, lasting, key);
            json_object_set(t->known, key, cell);
        }
        json_decref(cell);
    }
    if (line[strlen(line) - 1] != '\n')
        fputc('\n', file);
}

/* Opened for both at once: what is read at the start is what is there, and what is written goes
 * behind it wherever the reading stopped (fopen(3), "a+"). */
static int torture_open_resume(struct torture_command *t)
{
    t->known = json_object();
    if (!t->resume_path)
        return 0;
    t->resume = fopen(t->resume_path, "a+");
    if (!t->resume)
        return error_set(&t->cli->error, STATUS_CANNOT_RUN, "cannot open %s: %s", t->resume_path,
                         strerror(errno));
    rewind(t->resume);
    torture_read_known(t, t->resume);
    return 0;
}

/* A word for the outcome that this edgewise does not know is a file of another: the cell is tried
 * again. */
static bool torture_knows(void *context, const struct target *target, struct torture_cell *cell)
{
    struct torture_command *t = context;
    const char *outcome = "", *detail = "";
    char key[256];
    json_t *known;

    torture_key(target->name, cell->row->call, cell->row->error_name, (json_int_t)cell->nth,
                cell->lasting, key);
    known = json_object_get(t->known, key);
    if (!known || json_unpack(known, "{s:s, s:s}", "outcome", &outcome, "detail", &detail) < 0 ||
        torture_outcome_named(outcome) == TORTURE_OUTCOMES)
        return false;
    cell->outcome = torture_outcome_named(outcome);
    snprintf(cell->detail, sizeof cell->detail, "%s", detail);
    t->found.known++;
    return true;
}

/* Whole at once: the run may be killed any time. */
static void torture_keep(struct torture_command *t, const struct target *target,
                         const struct torture_cell *cell)
{
    char key[256];
    json_t *line;

    torture_key(target->name, cell->row->call, cell->row->error_name, (json_int_t)cell->nth,
                cell->lasting, key);
    if (!t->resume || cell->outcome == TORTURE_NOT_FINISHED || json_object_get(t->known, key))
        return;
    line = torture_cell_json(cell);
    json_object_set_new(line, "target", json_string(target->name));
    json_dumpf(line, t->resume, JSON_COMPACT);
    fputc('\n', t->resume);
    fflush(t->resume);
    json_decref(line);
}

/* ---- running ---- */

/* On the standard error, and only where a line can be written over: results stay as they are. */
static void torture_show_progress(const struct torture_command *t, const struct torture_cell *cell)
{
    if (terminal_of(stderr, t->cli->plain).redraws)
        fprintf(stderr, "\r\033[K%s: %u cells, %s %s", t->found.target->name, t->found.tried,
                cell->row->call, cell->row->error_name);
}

static void torture_done(void *context, const struct target *target,
                         const struct torture_cell *cell)
{
    struct torture_command *t = context;
    int64_t now_ns = clock_now_ns();

    torture_keep(t, target, cell);
    torture_found_add(&t->found, cell, (double)(now_ns - t->since_ns) / (double)NS_PER_S);
    t->since_ns = now_ns;
    torture_show_progress(t, cell);
}

/* What there is is shown and recorded whatever ended the sweep: of an interrupted one, what it
 * found. */
static enum status torture_target(struct torture_command *t, const struct target *target,
                                  json_t *all)
{
    struct cli *cli = t->cli;
    struct torture_settings settings = {.options = &cli->targets.options,
                                        .timeout_scale = cli->timeout_scale,
                                        .full = cli->scale == SCALE_FULL,
                                        .until_ns = t->limit_ns ? clock_now_ns() + t->limit_ns : 0,
                                        .wants = torture_wants,
                                        .knows = torture_knows,
                                        .done = torture_done,
                                        .context = t};
    enum status status = STATUS_OK;

    /* The first cell's time has the run without a fault in it. */
    t->since_ns = clock_now_ns();
    t->found = (struct torture_found){.target = target, .cells = json_array()};
    t->found.pairs = calloc(torture_table_count, sizeof *t->found.pairs);
    if (!t->found.pairs)
        return STATUS_CANNOT_RUN;
    if (torture_sweep(target, &settings, &cli->error) < 0)
        status = cli->error.status;
    if (terminal_of(stderr, cli->plain).redraws)
        fputs("\r\033[K", stderr);
    torture_print(cli, &t->found);
    json_array_append_new(all, torture_record(cli, &t->found));
    json_decref(t->found.cells);
    free(t->found.pairs);
    return status;
}

/* A case of its own: who was not tried must not be taken for one without findings. */
static void torture_leave_out(struct cli *cli, const struct target *target, const char *reason)
{
    fprintf(cli->text, "%s\nunsupported: %s\n", target->name, reason);
    cli_case(cli, target->name, "all", VERDICT_UNSUPPORTED, 0, reason);
}

static enum status torture_all(struct torture_command *t, const struct target_list *targets)
{
    enum status status = STATUS_OK;
    struct utsname kernel = {0};
    json_t *all = json_array();

    uname(&kernel);
    t->cli->result = json_pack("{s:s, s:o}", "kernel", kernel.release, "targets", all);
    for (size_t i = 0; i < targets->count && !interrupted(); i++) {
        const char *refusal = torture_refuses(targets->items[i]);

        if (refusal)
            torture_leave_out(t->cli, targets->items[i], refusal);
        else
            status = status_worst(status, torture_target(t, targets->items[i], all));
    }
    return status_worst(status_worst(status, interrupted()), cli_cases_status(t->cli));
}

static enum status torture_run(struct cli *cli, int argc, char **argv)
{
    struct torture_command t = {.cli = cli};
    struct target_list targets = {0};
    int operands = cli_parse(cli, argc, argv, &t);
    enum status status = STATUS_OK;

    if (operands < 0)
        return cli->error.status;
    if (cli->list)
        torture_list(cli);
    else if (torture_check_words(&t) < 0 ||
             cli_targets_find(&cli->targets, operands, argv, &targets, &cli->error) < 0 ||
             torture_check_known(cli, &targets) < 0 || torture_open_resume(&t) < 0)
        status = cli->error.status;
    else {
        if (t.private)
            cli_go_private(cli->command->name);
        status = torture_all(&t, &targets);
    }
    if (t.resume)
        fclose(t.resume);
    json_decref(t.known);
    target_list_free(&targets);
    return status;
}

const struct cli_command command_torture = {
    .name = "torture",
    .summary = "have a server's system calls fail, one after the other, and see what it makes of "
               "it",
    .operands = "TARGET...",
    .takes_targets = true,
    .details =
        "The unmodified server runs under a supervisor (seccomp) that answers the k-th of a call\n"
        "with an error that its manual page names.  With --scale quick k is 1, 2, 3 and the last,\n"
        "and it fails once; with full k rises until none fails, once and then lastingly, which\n"
        "is for 1,000 calls.  Servers of ours are tried from their first call on, memory\n"
        "included, others from their first bind() on.  It may serve on, or end with words and a\n"
        "status; a crash, a hang, a spin, a descriptor too many, a wrong answer, an end without\n"
        "a word, and a port that cannot be had again are findings, and exit status 1, unless the\n"
        "target file knows of them: \"torture\": {\"crash\": \"why\"}.  It needs\n"
        "x86-64, Linux 5.19 and no privilege; what needs setuid or setgid cannot be tried.",
    .options = torture_options,
    .run = torture_run,
};
