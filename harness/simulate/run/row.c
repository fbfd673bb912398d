/* A fingerprint as one row of each table for people: what columns there are, the scenarios say. */
#include "simulate/run/fingerprint.h"
#include "simulate/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any scenario has; errors, with one for each error, has most. */
#define RUNS_MAX 32

/* The first table is everyone's; each scenario that names one of its own has the next, in the order
 * of the scenarios. */
static bool belongs_to(const struct scenario *scenario, unsigned table)
{
    unsigned own = 0;

    for (unsigned i = 0; i < scenario_count; i++) {
        own += scenarios[i]->table != NULL;
        if (scenarios[i] == scenario)
            return scenario->columns && table == (scenario->table ? own : 0);
    }
    return false;
}

unsigned fingerprint_table_count(void)
{
    unsigned count = 1;

    for (unsigned i = 0; i < scenario_count; i++)
        count += scenarios[i]->table != NULL;
    return count;
}

/* ---- what was found ---- */

/* Read from the JSON: what people see is made of what programs are given. */
static enum scenario_outcome outcome_of(const json_t *run)
{
    if (!run)
        return SCENARIO_NOT_RUN;
    if (json_object_get(run, "ended"))
        return SCENARIO_ENDED;
    if (json_object_get(run, "asleep"))
        return SCENARIO_ASLEEP;
    return json_object_get(run, "undecided") ? SCENARIO_UNDECIDED : SCENARIO_MEASURED;
}

static void read_run(json_t *run, struct scenario_found *found)
{
    const char *name;
    json_t *value;
    int ms = 0;

    *found = (struct scenario_found){.outcome = outcome_of(run)};
    json_object_foreach(run, name, value)
    {
        struct engine_figure *f = &found->figures[found->figure_count];

        if (found->figure_count == ENGINE_FIGURES || found->outcome != SCENARIO_MEASURED)
            return;
        snprintf(f->name, sizeof f->name, "%s", name);
        f->value = json_is_integer(value) ? json_integer_value(value) : ENGINE_UNBOUNDED;
        f->is_time = json_is_string(value) && sscanf(json_string_value(value), "%d ms", &ms) == 1;
        if (f->is_time)
            f->value = ms;
        found->figure_count++;
    }
}

static void read_runs(const json_t *found, const struct scenario *scenario,
                      struct scenario_found *runs)
{
    json_t *all = json_object_get(json_object_get(found, "scenarios"), scenario->id);

    for (unsigned i = 0; scenario->runs[i].name && i < RUNS_MAX; i++)
        read_run(json_object_get(all, scenario->runs[i].name), &runs[i]);
}

/* ---- rows ---- */

static const struct scenario_found *run_called(const struct scenario *scenario,
                                               const struct scenario_found *runs, const char *name)
{
    static const struct scenario_found none;

    for (unsigned i = 0; scenario->runs[i].name && i < RUNS_MAX; i++) {
        if (strcmp(scenario->runs[i].name, name) == 0)
            return &runs[i];
    }
    return &none;
}

/* Each cell is written in place and knows nothing of the row, so that a column's function cannot
 * spoil others. */
static void put_cells(struct scenario_cell *row, const struct scenario *scenario,
                      const struct scenario_found *runs)
{
    for (const struct scenario_column *column = scenario->columns; column->heading; column++) {
        const struct scenario_found *of = column->run ? run_called(scenario, runs, column->run)
                                                      : runs;
        struct scenario_cell cell;

        scenario_put(row, "\t");
        cell = (struct scenario_cell){.text = row->text + row->length,
                                      .size = row->size - row->length};
        if (column->put)
            column->put(&cell, of);
        else
            scenario_put_figure(&cell, of, column->figure);
        row->length += cell.length;
    }
}

/* A table of its own has a line for those only that have something to show in it. */
static bool has_line(const struct scenario *scenario, const struct scenario_found *runs)
{
    return !scenario->table || run_called(scenario, runs, scenario->columns->run)->figure_count > 0;
}

bool fingerprint_row(unsigned table, const json_t *found, char *text, size_t size)
{
    struct scenario_cell row = {.text = text, .size = size};
    const json_t *unsupported = json_object_get(found, "unsupported");
    struct scenario_found *runs = calloc(RUNS_MAX, sizeof *runs);
    bool shown = runs != NULL;

    scenario_put(&row, "%s", json_string_value(json_object_get(found, "target")));
    if (unsupported) {
        scenario_put(&row, "\t%s", json_string_value(unsupported));
        shown &= table == 0;
    }
    for (unsigned i = 0; i < scenario_count && shown && !unsupported; i++) {
        if (!belongs_to(scenarios[i], table))
            continue;
        read_runs(found, scenarios[i], runs);
        shown = has_line(scenarios[i], runs);
        put_cells(&row, scenarios[i], runs);
    }
    free(runs);
    return shown;
}

void fingerprint_heading(unsigned table, char *text, size_t size)
{
    struct scenario_cell row = {.text = text, .size = size};
    const char *first = "target";

    for (unsigned i = 0; i < scenario_count; i++) {
        if (belongs_to(scenarios[i], table) && scenarios[i]->table)
            first = scenarios[i]->table;
    }
    scenario_put(&row, "%s", first);
    for (unsigned i = 0; i < scenario_count; i++) {
        const struct scenario_column *column = scenarios[i]->columns;

        for (; belongs_to(scenarios[i], table) && column->heading; column++)
            scenario_put(&row, "\t%s", column->heading);
    }
}

void fingerprint_legend(unsigned table, char *text, size_t size)
{
    struct scenario_cell legend = {.text = text, .size = size};

    for (unsigned i = 0; i < scenario_count; i++) {
        if (belongs_to(scenarios[i], table) && scenarios[i]->legend)
            scenario_put(&legend, "%s\n", scenarios[i]->legend);
    }
    if (table == 0)
        scenario_put(&legend, "edgewise explain SCENARIO tells the rest.\n");
}
