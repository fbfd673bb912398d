#include "checks/reason.h"

#include <inttypes.h>
#include <stdio.h>

void check_repeat_command(const struct check *c, const struct check_case *one, char *text,
                          size_t size)
{
    snprintf(text, size, "edgewise check %s --case %s --seed %" PRIu64 "%s%s", c->target->word,
             one->id, c->settings->seed, c->settings->full ? " --scale full" : "",
             c->settings->options_text);
}

void check_reason(const struct check *c, const struct check_case *one, char *text, size_t size)
{
    char repeat[512];

    check_repeat_command(c, one, repeat, sizeof repeat);
    if (c->verdict == VERDICT_FAIL || c->verdict == VERDICT_WEAK)
        snprintf(text, size, "expected: %s; seen: %s; again: %s", c->expected, c->seen, repeat);
    else
        snprintf(text, size, "%s", c->seen);
}
