#include "flood/search.h"

/* While full-length trials find no lower bound, each asks for so much less than the last. */
#define STEP_BACK_PERCENT 10u

/* Also where no load lies between them. */
static bool is_narrow(const struct search_result *r)
{
    return r->lower != 0 && r->upper != 0 &&
           (r->upper <= r->lower + 1 ||
            (r->upper - r->lower) * 100 <= r->upper * SEARCH_WIDTH_PERCENT);
}

static uint64_t between(const struct search_result *r)
{
    return r->lower + (r->upper - r->lower) / 2;
}

static const struct search_trial *last(const struct search_result *r)
{
    return &r->trials[r->count - 1];
}

/* A trial, and what it makes of its load.  False: no further one is to follow. */
static bool try_one(struct search_result *r, uint64_t load, bool full_length, search_try try,
                    void *context, int *failed)
{
    struct search_trial *t = &r->trials[r->count];

    *t = (struct search_trial){.asked = load, .full_length = full_length};
    *failed = try(context, t);
    if (*failed)
        return false;
    r->count++;
    if (t->outcome == SEARCH_ENDED)
        return false;
    if (t->outcome == SEARCH_CLEAN) {
        r->lower = load;
        return true;
    }
    r->upper = load;
    r->generator_bound = t->outcome == SEARCH_BEHIND;
    return true;
}

/* Finds out where full-length trials are worth their time.  The load to begin them at, 0 where
 * there is none. */
static uint64_t search_bracket(uint64_t first, search_try try, void *context,
                               struct search_result *r, int *failed)
{
    uint64_t load = first;

    while (load > 0 && r->count < SEARCH_TRIALS_MAX && !is_narrow(r)) {
        if (!try_one(r, load, false, try, context, failed))
            return 0;
        load = r->upper == 0 ? r->lower * 2 : between(r);
    }
    r->settled = load == 0;
    load = r->lower;
    r->lower = 0; /* short trials make none */
    return load;
}

/* What full-length trials refute was chance: less, until one confirms a load, and then what lies
 * between. */
static void search_confirm(uint64_t load, search_try try, void *context, struct search_result *r,
                           int *failed)
{
    while (load > 0 && r->count < SEARCH_TRIALS_MAX && !is_narrow(r)) {
        if (!try_one(r, load, true, try, context, failed))
            return;
        if (last(r)->outcome == SEARCH_CLEAN)
            r->rate = last(r)->achieved;
        load = r->lower ? between(r) : load * (100 - STEP_BACK_PERCENT) / 100;
    }
    r->settled = load == 0 || is_narrow(r);
}

int search_run(uint64_t first, search_try try, void *context, struct search_result *r)
{
    uint64_t load;
    int failed = 0;

    *r = (struct search_result){0};
    load = search_bracket(first, try, context, r, &failed);
    if (load > 0)
        search_confirm(load, try, context, r, &failed);
    return failed ? -1 : 0;
}
