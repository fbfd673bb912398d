#include "simulate/figure.h"

#include <string.h>

const struct engine_figure *figure_find(const struct engine_figure *figures, unsigned count,
                                        const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(figures[i].name, name) == 0)
            return &figures[i];
    }
    return NULL;
}
