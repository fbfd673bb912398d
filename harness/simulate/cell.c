/* The cells of the table that people see. */
#include "simulate/scenario.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
    for (unsigned i = 0; i < found->figure_count; i++) {
        if (strcmp(found->figures[i].name, name) == 0)
            return &found->figures[i].value;
    }
    return NULL;
}

void scenario_put_figure(struct scenario_cell *cell, const struct scenario_found *found,
                         const char *name)
{
    const int64_t *value = scenario_figure(found, name);

    if (!value)
        scenario_put(cell, "-");
    else if (*value == ENGINE_UNBOUNDED)
        scenario_put(cell, "none");
    else
        scenario_put(cell, "%" PRId64, *value);
}
