#include "checks/tools/growth.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* What a part left to do is worked off then; who never rests is measured all the same. */
#define REST_MS 200

/* What is counted, and its name in a text. */
static const struct {
    const char *what;
    size_t offset;
} counted[] = {
    {"descriptors", offsetof(struct target_usage, descriptors)},
    {"threads or children", offsetof(struct target_usage, threads)},
    {"bytes", offsetof(struct target_usage, resident_bytes)},
};
#define BYTES_ROW 2

static int64_t growth_value(const struct target_usage *usage, size_t row)
{
    int64_t value;

    memcpy(&value, (const char *)usage + counted[row].offset, sizeof value);
    return value;
}

bool growth_look(struct growth *g, int64_t work)
{
    struct target_usage *usage = &g->at[g->parts];

    target_settle(g->check->run, check_ms(g->check, REST_MS));
    if (target_usage(g->check->run, usage) < 0 || usage->descriptors < 0) {
        check_unsupported(g->check, "this system does not tell what a process has");
        return false;
    }
    g->work[g->parts++] = work;
    return !check_over(g->check);
}

/* One more for where the steps begin, and the first part warms up. */
bool growth_is_known(const struct growth *g)
{
    return g->parts > GROWTH_STEPS + 1;
}

/* What a part of so much work may add. */
static int64_t growth_allowed(const struct growth *g, size_t row, int64_t work)
{
    if (row != BYTES_ROW)
        return g->clients;
    return work * g->bytes_each > g->bytes_least ? work * g->bytes_each : g->bytes_least;
}

/* What part `i` added to the one before, for each unit of its work; 0: no more than it may. */
static double growth_step(const struct growth *g, size_t row, unsigned i)
{
    int64_t step = growth_value(&g->at[i], row) - growth_value(&g->at[i - 1], row);

    if (g->work[i] <= 0 || step <= growth_allowed(g, row, g->work[i]))
        return 0;
    return (double)step / (double)g->work[i];
}

bool growth_added(const struct growth *g)
{
    bool added = false;

    for (size_t row = 0; g->parts > 1 && row < sizeof counted / sizeof *counted; row++)
        added |= growth_step(g, row, g->parts - 1) > 0;
    return added;
}

static bool grows(const struct growth *g, size_t row)
{
    unsigned first = g->parts - GROWTH_STEPS;

    for (unsigned i = first; i < g->parts; i++) {
        if (!(growth_step(g, row, i) > 0))
            return false;
    }
    return 4 * growth_step(g, row, g->parts - 1) >= growth_step(g, row, first);
}

/* A runtime's heap is reserved at once and first used page by page until its collector runs: that
 * grows, too, but asks the system for nothing more. */
static bool asks_for_more(const struct growth *g)
{
    const struct target_usage *last = &g->at[g->parts - 1], *first = last - GROWTH_STEPS;

    return 2 * (last->writable_bytes - first->writable_bytes) >=
           last->resident_bytes - first->resident_bytes;
}

const char *growth_goes_on(const struct growth *g)
{
    for (size_t row = 0; growth_is_known(g) && row < sizeof counted / sizeof *counted; row++) {
        if (grows(g, row) && (row != BYTES_ROW || asks_for_more(g)))
            return counted[row].what;
    }
    return NULL;
}

bool growth_is_open(const struct growth *g)
{
    return growth_is_known(g) && grows(g, BYTES_ROW) && !asks_for_more(g);
}

void growth_fail(const struct growth *g, const char *what, const char *part)
{
    int64_t values[GROWTH_STEPS + 1] = {0};

    for (size_t row = 0; row < sizeof counted / sizeof *counted; row++) {
        for (unsigned i = 0; i <= GROWTH_STEPS && strcmp(what, counted[row].what) == 0; i++)
            values[i] = growth_value(&g->at[g->parts - 1 - GROWTH_STEPS + i], row);
    }
    check_fail(g->check, "what it has comes to rest, however long it serves",
               "%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 " %s, after each %s, of which "
               "there were %u",
               values[0], values[1], values[2], values[3], what, part, g->parts);
}
