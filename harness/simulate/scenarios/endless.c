#include "simulate/scenarios/endless.h"

#include <inttypes.h>

/* Whoever takes so many takes any number. */
#define CAP 10000
#define CAP_LARGE 2000
#define CAP_BRIEF 2000
/* Gaps between arrivals run through all residues of a prime, so that no batch size is in step with
 * them. */
#define GAPS 97
#define GAP_STEP 37
/* Once a wait was longer than those, gaps run through its whole length in so many steps; then back
 * from the worst of them, by halves, to where it begins. */
#define SCANS 60
#define SCANS_ROUGHLY 10
/* A loop whose waits grow with every look at them is looked at no longer. */
#define LOOKS_MOST 180
/* A turn takes a tenth of a millisecond; what depends on the moment shows in so many arrivals, and
 * a long wait is followed by so many looks. */
#define ARRIVALS_IN_TURNS 40
#define LOOKS_IN_TURNS 90
/* And several where another thread or process answers. */
#define ARRIVALS_HANDED_OVER 20

/* Fewer where each takes long: a turn costs two looks at all threads. */
uint32_t moments_wanted(const struct engine *e, uint32_t asked)
{
    uint32_t most = e->handed_over ? ARRIVALS_HANDED_OVER : e->parallel ? ARRIVALS_IN_TURNS : asked;

    return asked < most ? asked : most;
}

/* A period of the loop's that is longer than any gap so far hides its worst moment between two
 * arrivals: once a wait was that long, gaps run through its whole length, and then by halves to
 * where it begins. */
static uint32_t next_gap(const struct engine *e, struct moments *m)
{
    uint32_t gap, scans = e->look == ENGINE_LOOK_ROUGHLY ? SCANS_ROUGHLY : SCANS;

    if (!m->follows)
        return 1 + m->made * GAP_STEP % GAPS;
    m->looks++;
    if (m->scanned % scans != 0 || m->halving == 0) {
        gap = 1 + m->scanned++ % scans * m->range / scans;
        m->halving = m->range / scans + 1;
        m->last = e->look == ENGINE_LOOK_ROUGHLY && m->scanned % scans == 0;
        return gap;
    }
    gap = m->worst_gap > m->halving ? m->worst_gap - m->halving : 1;
    m->last = m->halving == 1;
    m->halving /= 2;
    return gap;
}

void moments_choose(const struct engine *e, struct moments *m)
{
    m->gap = m->chosen = next_gap(e, m);
}

bool moments_follow(struct engine *e, struct moments *m, int64_t wait)
{
    uint32_t looks_most = e->parallel ? LOOKS_IN_TURNS : LOOKS_MOST;

    if (wait > m->longest) {
        m->longest = wait;
        m->worst_gap = m->chosen;
    }
    if (wait <= GAPS || wait <= (int64_t)m->range || m->looks >= looks_most)
        return false;
    e->cut_short = e->look == ENGINE_LOOK_FIRST || e->look == ENGINE_LOOK_BRIEFLY;
    m->follows = true;
    m->range = (uint32_t)wait + GAPS;
    m->scanned = m->halving = 0;
    m->last = false;
    return e->cut_short;
}

bool endless_is_for_ever(const struct engine *e, uint64_t datagrams)
{
    return datagrams > (e->look == ENGINE_LOOK_BRIEFLY ? CAP_BRIEF : e->size ? CAP_LARGE : CAP);
}

/* ---- for people ---- */

/* The smaller of the two is what bounds the loop: the other is only how many datagrams fit. */
void endless_put_bound(struct scenario_cell *cell, const struct scenario_found *found,
                       const struct scenario_found *large, const char *name)
{
    const int64_t *much = scenario_figure(large, name), *small = scenario_figure(found, name);
    const int64_t *size = scenario_figure(large, "size");

    if (much && small && size && *much < *small) {
        scenario_put_figure(cell, large, name);
        scenario_put(cell, "x%" PRId64 "B", *size);
    } else {
        scenario_put_figure(cell, found, name);
    }
}

void endless_put_bounds(struct scenario_cell *cell, const struct scenario_found *found,
                        const struct scenario_found *large)
{
    if (scenario_figure(found, "parallel")) {
        scenario_put(cell, "parallel");
        return;
    }
    endless_put_bound(cell, found, large, "received");
    scenario_put(cell, "/");
    endless_put_bound(cell, found, large, "answered");
    if (scenario_figure(found, "in_turns"))
        scenario_put(cell, "*");
}
