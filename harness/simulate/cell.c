/* The cells of the table that people see. */
#include "simulate/scenario.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void scenario_put(struct scenario_cell *cell, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(cell->text + cell->length, cell->size - cell->length, format, arguments);
    va_end(arguments);
    cell->length += n < 0 ? 0 : (size_t)n;
    if (cell->length >= cell->size)
        cell->length = cell->size - 1;
}

const int64_t *scenario_figure(const struct scenario_found *found, const char *name)
{
    const struct engine_figure *figure = figure_find(found->figures, found->figure_count, name);

    return figure ? &figure->value : NULL;
}

void scenario_put_figure(struct scenario_cell *cell, const struct scenario_found *found,
                         const char *name)
{
    const struct engine_figure *figure = figure_find(found->figures, found->figure_count, name);

    if (!figure)
        scenario_put(cell, "-");
    else if (figure->value == ENGINE_UNBOUNDED)
        scenario_put(cell, "none");
    else if (figure->value == ENGINE_VARIES)
        scenario_put(cell, "varies");
    else
        scenario_put(cell, "%" PRId64 "%s", figure->value, figure->is_time ? " ms" : "");
}
