#include "cli/embedded.h"

#include <stddef.h>
#include <string.h>

const struct embedded_text *embedded_named(const struct embedded_text *texts, const char *name)
{
    for (; texts->name; texts++) {
        if (strcmp(texts->name, name) == 0)
            return texts;
    }
    return NULL;
}
