/* edgewise fingerprint TARGET...: what a server does on the simulated network, exactly. */
#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/simulated.h"
#include "cli/terminal.h"
#include "simulate/scenario.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* More than a table has. */
#define COLUMNS_MAX 16
#define ROW_BYTES 1024
#define LEGEND_BYTES 2048
/* Of a legend the names of its columns. */
#define NAMES_WIDTH 14

/* The settings first: take_scenario() is given the whole. */
struct fingerprint_command {
    struct fingerprint_settings settings;
    bool wide;
};

/* Into the settings themselves: the row's offset is 0, as fingerprint_choose() keeps a set and no
 * single value. */
static int take_scenario(const struct cli_option *o, void *into, const char *value,
                         struct error *error)
{
    (void)o;
    if (fingerprint_choose(into, value) == 0)
        return 0;
    return error_set(error, STATUS_USAGE,
                     "no scenario is called '%s'; edgewise fingerprint --list shows them", value);
}

static void fingerprint_offer_scenarios(struct cli_offers *offers)
{
    for (unsigned i = 0; i < scenario_count; i++)
        cli_offer(offers, scenarios[i]->id, scenarios[i]->title);
}

static const struct cli_option options[] = {
    {"scenario", "ID",
     "this scenario only (may be given again); edgewise explain ID tells what its figures mean",
     .take = take_scenario, .offers = fingerprint_offer_scenarios},
    {"carrier", "preload|supervise|both",
     "how targets are put on the simulated network; both are compared (preload, and supervise "
     "where that cannot)",
     CLI_CHOICE(struct fingerprint_command, settings.carrier, CARRIER_PRELOAD)},
    {"wide", NULL,
     "all figures, as --scenario has them, and not only those that one asks for first",
     CLI_FLAG(struct fingerprint_command, wide)},
    {0},
};

/* ---- the table ---- */

/* The last column is as wide as it likes: nothing stands behind it. */
static void measure_columns(const char *row, size_t widths[COLUMNS_MAX])
{
    for (size_t i = 0; i < COLUMNS_MAX && *row; i++) {
        size_t length = strcspn(row, "\t");

        if (length > widths[i] && (row[length] == '\t'))
            widths[i] = length;
        row += length + (row[length] == '\t');
    }
}

/* A tab apart in a row, since cells have spaces in them. */
static void print_columns(FILE *out, const char *row, const size_t widths[COLUMNS_MAX])
{
    for (size_t i = 0; i < COLUMNS_MAX && *row; i++) {
        size_t length = strcspn(row, "\t");
        bool last = row[length] != '\t';

        fprintf(out, "%-*.*s%s", last ? 0 : (int)widths[i], (int)length, row, last ? "\n" : "  ");
        row += length + !last;
    }
}

/* Columns and their meanings, each as wide as the terminal is; other lines are broken already. */
static void print_legend(struct cli *cli, unsigned table, bool wide)
{
    unsigned width = terminal_of(cli->text, cli->plain).width;
    char legend[LEGEND_BYTES], *line = legend;

    fingerprint_legend(table, wide, legend, sizeof legend);
    fputc('\n', cli->text);
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char *tab = memchr(line, '\t', (size_t)(end - line));

        *end = '\0';
        if (tab)
            fprintf(cli->text, "%-*.*s", NAMES_WIDTH, (int)(tab - line), line);
        terminal_put(cli->text, width, tab ? NAMES_WIDTH : 0, tab ? tab + 1 : line);
    }
    fputc('\n', cli->text);
}

/* Nothing where no target has a line in it. */
static void print_table(struct cli *cli, unsigned table, bool wide, const json_t *fingerprints)
{
    size_t widths[COLUMNS_MAX] = {0}, i, lines = 0;
    char row[ROW_BYTES], heading[ROW_BYTES];
    json_t *one;

    fingerprint_heading(table, wide, heading, sizeof heading);
    measure_columns(heading, widths);
    json_array_foreach(fingerprints, i, one)
    {
        if (fingerprint_row(table, wide, one, row, sizeof row) && ++lines)
            measure_columns(row, widths);
    }
    if (lines == 0)
        return;
    print_columns(cli->text, heading, widths);
    json_array_foreach(fingerprints, i, one)
    {
        if (fingerprint_row(table, wide, one, row, sizeof row))
            print_columns(cli->text, row, widths);
    }
    print_legend(cli, table, wide);
}

/* ---- sentences ---- */

/* "mine, longest wait: 1."; of a target that has no columns its reason. */
static void say_row(FILE *out, char *heading, char *row)
{
    char *columns = NULL, *cells = NULL;
    const char *target = strtok_r(row, "\t", &cells), *cell;

    strtok_r(heading, "\t", &columns);
    if (!strchr(cells, '\t')) {
        fprintf(out, "%s: %s.\n", target, cells);
        return;
    }
    while ((cell = strtok_r(NULL, "\t", &cells)) != NULL)
        fprintf(out, "%s, %s: %s.\n", target, strtok_r(NULL, "\t", &columns),
                strcmp(cell, "-") == 0 ? "nothing" : cell);
}

static void say_legend(FILE *out, char *legend)
{
    char *lines = NULL, *line = strtok_r(legend, "\n", &lines);

    for (; line; line = strtok_r(NULL, "\n", &lines)) {
        char *tab = strchr(line, '\t');

        if (tab)
            fprintf(out, "%.*s means: %s.\n", (int)(tab - line), line, tab + 1);
        else
            fprintf(out, "%s\n", line);
    }
}

static void say_table(struct cli *cli, unsigned table, bool wide, const json_t *fingerprints)
{
    char row[ROW_BYTES], heading[ROW_BYTES], legend[LEGEND_BYTES];
    size_t i;
    json_t *one;

    json_array_foreach(fingerprints, i, one)
    {
        fingerprint_heading(table, wide, heading, sizeof heading);
        if (fingerprint_row(table, wide, one, row, sizeof row))
            say_row(cli->text, heading, row);
    }
    fingerprint_legend(table, wide, legend, sizeof legend);
    say_legend(cli->text, legend);
}

/* What people see of a target, for programs: the cells of its row by the names of their columns. */
static json_t *cells_of(unsigned table, const json_t *found)
{
    char row[ROW_BYTES], heading[ROW_BYTES];
    const char *name = heading, *cell;
    json_t *cells = json_object();

    fingerprint_heading(table, true, heading, sizeof heading);
    cell = fingerprint_row(table, true, found, row, sizeof row) ? row : "";
    while (*name && *cell) {
        size_t width = strcspn(name, "\t"), length = strcspn(cell, "\t");

        json_object_setn_new(cells, name, width, json_stringn(cell, length));
        name += width + (name[width] == '\t');
        cell += length + (cell[length] == '\t');
    }
    return cells;
}

/* What failed or could not be decided must not hide in a table. */
static void print_reasons(struct cli *cli)
{
    for (size_t i = 0; i < cli->recorded_count; i++) {
        const struct cli_recorded *one = &cli->recorded[i];
        const char *reason = json_string_value(json_object_get(one->json, "reason"));

        if (reason && one->verdict != VERDICT_PASS)
            fprintf(cli->text, "%s %s %s: %s%s\n", verdict_name(one->verdict),
                    json_string_value(json_object_get(one->json, "target")),
                    json_string_value(json_object_get(one->json, "case")), reason,
                    cli->plain ? "." : "");
    }
}

/* Figures of another carrier are said to be, above all where nobody asked for it. */
static void print_carriers(struct cli *cli, const json_t *fingerprints)
{
    size_t i;
    json_t *one;

    json_array_foreach(fingerprints, i, one)
    {
        if (json_object_get(one, "carrier") && !json_object_get(one, "unsupported"))
            fprintf(cli->text, "%s was not preloaded: a supervisor held its system calls.\n",
                    json_string_value(json_object_get(one, "target")));
    }
}

/* ---- running ---- */

/* Titles alone; what a scenario's figures mean is explain's to tell. */
static void list_scenarios(struct cli *cli)
{
    json_t *rows = json_array();

    for (unsigned i = 0; i < scenario_count; i++) {
        cli_put_row(cli, 12, scenarios[i]->id, scenarios[i]->title);
        json_array_append_new(
            rows, json_pack("{s:s, s:s}", "id", scenarios[i]->id, "title", scenarios[i]->title));
    }
    cli->result = json_pack("{s:o}", "scenarios", rows);
}

/* Tables come when all is done: their columns are as wide as their widest cell.  The kernel's
 * release is in the result because the figures lean on what it does with a pair of sockets. */
static enum status fingerprint_run_all(struct cli *cli, const struct target_list *targets,
                                       struct fingerprint_command *command)
{
    json_t *all = json_array(), *one;
    enum status status = STATUS_OK;
    struct utsname kernel = {0};
    /* Who names a scenario wants all of it. */
    bool wide = command->wide || command->settings.chosen != 0;

    uname(&kernel);
    cli->result = json_pack("{s:s, s:o}", "kernel", kernel.release, "fingerprints", all);
    for (size_t i = 0; i < targets->count && !interrupted(); i++) {
        if (fingerprint_target(targets->items[i], &command->settings, &one, &cli->error) < 0)
            status = status_worst(status, cli->error.status);
        if (!json_object_get(one, "unsupported"))
            json_object_set_new(one, "row", cells_of(0, one));
        json_array_append_new(all, one);
    }
    for (unsigned i = 0; i < fingerprint_table_count(wide); i++)
        (cli->plain ? say_table : print_table)(cli, i, wide, all);
    print_carriers(cli, all);
    print_reasons(cli);
    return status_worst(status_worst(status, interrupted()), cli_cases_status(cli));
}

static enum status fingerprint_run(struct cli *cli, int argc, char **argv)
{
    struct fingerprint_command command = {
        .settings = {.done = simulated_note_case, .context = cli}};
    struct target_list targets = {0};
    int operands = cli_parse(cli, argc, argv, &command);
    enum status status = STATUS_OK;

    if (operands < 0)
        return cli->error.status;
    command.settings.options = &cli->targets.options;
    command.settings.limit_ms = cli_timeout_ms(cli, SIMULATED_RUN_MS);
    if (cli->list)
        list_scenarios(cli);
    else if (cli_targets_find(&cli->targets, operands, argv, &targets, &cli->error) < 0)
        status = cli->error.status;
    else
        status = fingerprint_run_all(cli, &targets, &command);
    target_list_free(&targets);
    return status;
}

const struct cli_command command_fingerprint = {
    .name = "fingerprint",
    .summary =
        "show exactly what a server does, on a simulated network: the same integers on every run",
    .operands = "TARGET...",
    .takes_targets = true,
    .details =
        "The unmodified server runs with a preload library that holds both ends of its network, "
        "so\n"
        "that a scenario decides which datagram arrives when and when replies are taken.  No time\n"
        "is measured and none passes.  One that bypasses libc (static, Go) runs under a "
        "supervisor\n"
        "instead, which holds its system calls (seccomp) and lets them continue at the moment "
        "that\n"
        "the scenario wants, on a loopback of its own; the result says so.  --carrier chooses "
        "one,\n"
        "or has both find the same; that they do not is a finding about edgewise.  A bound that "
        "is\n"
        "a time of the target's and no number, as Go's, is said as one: \"11 ms\".  It needs "
        "Linux;\n"
        "the supervisor also x86-64, 5.19, and for refused sends a network namespace (root, or "
        "user\n"
        "namespaces).  io_uring is denied, which is said; the supervisor lets those have it that\n"
        "end without, and says what of it cannot be foreseen.",
    .options = options,
    .run = fingerprint_run,
};
