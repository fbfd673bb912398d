#include "flood/search.h"

/* Rates nearer to each other than this part are alike. */
#define RESOLUTION_PERCENT 2u
/* A rate that a longer run did not confirm is lowered by this part. */
#define STEP_BACK_PERCENT 10u

struct bracket {
    uint64_t low;  /* achieved without loss; 0: none yet */
    uint64_t high; /* failed; 0: none yet */
};

static bool is_narrow(const struct bracket *b)
{
    return b->high != 0 && b->low != 0 &&
           (b->high <= b->low || (b->high - b->low) * 100 <= b->high * RESOLUTION_PERCENT);
}

static uint64_t next_rate(const struct bracket *b)
{
    if (b->high == 0)
        return b->low * 2;
    return b->low == 0 ? b->high / 2 : b->low + (b->high - b->low) / 2;
}

static void narrow(struct bracket *b, const struct search_trial *t)
{
    if (t->outcome != SEARCH_CLEAN) {
        b->high = t->asked;
        return;
    }
    b->low = t->achieved > b->low ? t->achieved : b->low;
}

static int try_one(struct search_result *r, uint64_t rate, bool longer, search_try try,
                   void *context)
{
    struct search_trial *t = &r->trials[r->count];

    *t = (struct search_trial){.asked = rate, .longer = longer};
    if (try(context, t) < 0)
        return -1;
    r->count++;
    if (t->outcome == SEARCH_LOSS || t->outcome == SEARCH_BEHIND)
        r->generator_bound = t->outcome == SEARCH_BEHIND;
    return 0;
}

static const struct search_trial *last(const struct search_result *r)
{
    return &r->trials[r->count - 1];
}

/* What a longer run refutes was chance: lower, until one confirms. */
static int confirm(uint64_t rate, search_try try, void *context, struct search_result *r)
{
    while (r->count < SEARCH_TRIALS_MAX && rate > 0) {
        if (try_one(r, rate, true, try, context) < 0)
            return -1;
        r->settled = last(r)->outcome == SEARCH_CLEAN;
        if (r->settled)
            r->rate = last(r)->achieved;
        if (r->settled || last(r)->outcome == SEARCH_ENDED)
            return 0;
        rate = rate * (100 - STEP_BACK_PERCENT) / 100;
    }
    return 0;
}

int search_run(uint64_t first, search_try try, void *context, struct search_result *r)
{
    struct bracket bracket = {0, 0};

    *r = (struct search_result){0};
    for (uint64_t rate = first; r->count < SEARCH_TRIALS_MAX && !is_narrow(&bracket);
         rate = next_rate(&bracket)) {
        if (rate == 0) {
            r->settled = true;
            return 0;
        }
        if (try_one(r, rate, false, try, context) < 0)
            return -1;
        if (last(r)->outcome == SEARCH_ENDED)
            return 0;
        narrow(&bracket, last(r));
    }
    return confirm(bracket.low, try, context, r);
}
