/* A fingerprint as one row of each table for people: what columns there are, the scenarios say. */
#include "simulate/run/fingerprint.h"
#include "simulate/scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any scenario has; errors, with one for each error, has most. */
#define RUNS_MAX 32

/* The first table is everyone's; each scenario that names one of its own has the next, in the order
 * of the scenarios. */
static const struct scenario_column *columns_of(const struct scenario *scenario, bool wide)
{
    return wide ? scenario->columns : scenario->brief;
}

static bool belongs_to(const struct scenario *scenario, unsigned table, bool wide)
{
    unsigned own = 0;

    for (unsigned i = 0; i < scenario_count; i++) {
        own += scenarios[i]->table != NULL;
        if (scenarios[i] == scenario)
            return columns_of(scenario, wide) && table == (scenario->table ? own : 0);
    }
    return false;
}

unsigned fingerprint_table_count(bool wide)
{
    unsigned count = 1;

    for (unsigned i = 0; i < scenario_count && wide; i++)
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
    if (json_object_get(run, "unsupported"))
        return SCENARIO_NOT_SIMULATED;
    return json_object_get(run, "undecided") ? SCENARIO_UNDECIDED : SCENARIO_MEASURED;
}

/* Words stand where a number would be taken for a figure: "none", "varies", "11 ms". */
static void read_value(const json_t *value, struct engine_figure *f)
{
    const char *word = json_string_value(value);
    int ms = 0;

    f->is_time = word && sscanf(word, "%d ms", &ms) == 1;
    if (!word)
        f->value = json_integer_value(value);
    else if (f->is_time)
        f->value = ms;
    else
        f->value = strcmp(word, "varies") == 0 ? ENGINE_VARIES : ENGINE_UNBOUNDED;
}

static void read_run(json_t *run, struct scenario_found *found)
{
    const char *name;
    json_t *value;

    *found = (struct scenario_found){.outcome = outcome_of(run)};
    json_object_foreach(run, name, value)
    {
        struct engine_figure *f = &found->figures[found->figure_count];

        if (found->figure_count == ENGINE_FIGURES)
            return;
        snprintf(f->name, sizeof f->name, "%s", name);
        if (!json_is_integer(value) && found->outcome != SCENARIO_MEASURED) /* a reason */
            continue;
        if (json_is_object(value)) /* between what the tries lie */
            continue;
        read_value(value, f);
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
static void put_cells(struct scenario_cell *row, const struct scenario_column *column,
                      const struct scenario *scenario, const struct scenario_found *runs)
{
    for (; column->heading; column++) {
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

/* ---- what must not hide ---- */

/* What must not be missed in a row whose other cells look as usual, the gravest first. */
static const struct {
    const char *figure, *words; /* NULL: the figure's name and its value */
} remarks[] = {
    {"silent", "never answers"}, {"closed", "closes its socket"},
    {"unanswered", NULL},        {"disorder", NULL},
    {"misrouted", NULL},         {"repeated", NULL},
    {"missing", NULL},           {"unread", NULL},
};
#define REMARKS (sizeof remarks / sizeof *remarks)

static void note_worst(const struct scenario_found *run, int64_t worst[REMARKS])
{
    const int64_t *value;

    for (size_t i = 0; i < REMARKS; i++) {
        value = scenario_figure(run, remarks[i].figure);
        if (value && (*value == ENGINE_VARIES || worst[i] == ENGINE_VARIES))
            worst[i] = ENGINE_VARIES;
        else if (value && *value > worst[i])
            worst[i] = *value;
    }
}

static void put_remark(struct scenario_cell *row, size_t i, int64_t worst)
{
    if (remarks[i].words)
        scenario_put(row, "%s", remarks[i].words);
    else if (worst == ENGINE_VARIES)
        scenario_put(row, "%s varies", remarks[i].figure);
    else
        scenario_put(row, "%s %" PRId64, remarks[i].figure, worst);
}

/* Over all runs of all scenarios, each at its worst; "-" when there is nothing to say. */
static void put_remarks(struct scenario_cell *row, const json_t *found, struct scenario_found *runs)
{
    const char *denied = json_string_value(json_object_get(found, "denied")), *between = "\t";
    int64_t worst[REMARKS] = {0};

    for (unsigned i = 0; i < scenario_count; i++) {
        read_runs(found, scenarios[i], runs);
        for (unsigned k = 0; scenarios[i]->runs[k].name && k < RUNS_MAX; k++)
            note_worst(&runs[k], worst);
    }
    for (size_t i = 0; i < REMARKS; i++) {
        if (worst[i] == 0)
            continue;
        scenario_put(row, "%s", between);
        put_remark(row, i, worst[i]);
        between = ", ";
    }
    if (denied)
        scenario_put(row, "%s%s denied", between, denied);
    else if (*between == '\t')
        scenario_put(row, "\t-");
}

/* A table of its own has a line for those only that have something to show in it. */
static bool has_line(const struct scenario *scenario, const struct scenario_found *runs)
{
    for (const struct scenario_column *c = scenario->columns; scenario->table && c->heading; c++) {
        if (run_called(scenario, runs, c->run)->figure_count > 0)
            return true;
    }
    return !scenario->table;
}

bool fingerprint_row(unsigned table, bool wide, const json_t *found, char *text, size_t size)
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
        if (!belongs_to(scenarios[i], table, wide))
            continue;
        read_runs(found, scenarios[i], runs);
        shown = has_line(scenarios[i], runs);
        put_cells(&row, columns_of(scenarios[i], wide), scenarios[i], runs);
    }
    if (table == 0 && shown && !unsupported)
        put_remarks(&row, found, runs);
    free(runs);
    return shown;
}

void fingerprint_heading(unsigned table, bool wide, char *text, size_t size)
{
    struct scenario_cell row = {.text = text, .size = size};
    const char *first = "target";

    for (unsigned i = 0; i < scenario_count; i++) {
        if (belongs_to(scenarios[i], table, wide) && scenarios[i]->table)
            first = scenarios[i]->table;
    }
    scenario_put(&row, "%s", first);
    for (unsigned i = 0; i < scenario_count; i++) {
        const struct scenario_column *column = columns_of(scenarios[i], wide);

        for (; belongs_to(scenarios[i], table, wide) && column->heading; column++)
            scenario_put(&row, "\t%s", column->heading);
    }
    if (table == 0)
        scenario_put(&row, "\tremarks");
}

static void put_meanings(struct scenario_cell *legend, const struct scenario_column *column)
{
    for (; column->heading; column++)
        scenario_put(legend, "%s\t%s\n", column->heading, column->meaning);
}

void fingerprint_legend(unsigned table, bool wide, char *text, size_t size)
{
    struct scenario_cell legend = {.text = text, .size = size};

    for (unsigned i = 0; i < scenario_count; i++) {
        if (belongs_to(scenarios[i], table, wide) && !wide)
            put_meanings(&legend, scenarios[i]->brief);
        else if (belongs_to(scenarios[i], table, wide) && scenarios[i]->legend)
            scenario_put(&legend, "%s\n", scenarios[i]->legend);
    }
    if (!wide)
        scenario_put(&legend, "remarks\twhat else it does that a right server does not\n");
    if (table == 0)
        scenario_put(
            &legend,
            "varies: another figure each time; edgewise explain SCENARIO tells the rest%s.\n",
            wide ? "" : ", and --wide shows all figures");
}
