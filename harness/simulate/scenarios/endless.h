/* What scenarios with an endless socket share: the moments of its flood at which something else
 * comes, and how a bound is told. */
#ifndef EDGEWISE_SIMULATE_ENDLESS_H
#define EDGEWISE_SIMULATE_ENDLESS_H

#include "simulate/engine.h"
#include "simulate/scenario.h"

/* So many lie there whenever the server looks; depths from 1 to 5,000 gave the same figures. */
#define ENDLESS_DEPTH 8
/* Large enough that a budget in bytes is reached long before the cap, and small enough for any
 * server's buffer. */
#define ENDLESS_LARGE 1400

/* All zero at first. */
struct moments {
    uint32_t made; /* so many have come; the caller's */
    uint32_t gap;  /* endless datagrams until the next; 0: not chosen yet; the caller counts down */
    bool follows;  /* a wait was long: gaps run through it */
    uint32_t range, scanned; /* its length; steps made */
    uint32_t chosen;         /* the gap before this moment */
    uint32_t worst_gap, halving, looks;
    int64_t longest;
    bool last;     /* the gap that was chosen is */
    bool followed; /* nothing is left to look at */
};

/* How many there are to be, of so many that the run asks for. */
uint32_t moments_wanted(const struct engine *engine, uint32_t asked);
/* Sets the gap before the next. */
void moments_choose(const struct engine *engine, struct moments *moments);
/* What came at the last one has waited so long; true: that is too long for this look, and the run
 * is over. */
bool moments_follow(struct engine *engine, struct moments *moments, int64_t wait);
/* Does the endless socket keep all else waiting, after so many datagrams in a row? */
bool endless_is_for_ever(const struct engine *engine, uint64_t datagrams);

/* ---- for people ---- */

/* "received/answered" of a run, in bytes where they are what is counted: `large` is the same run
 * with large datagrams. */
void endless_put_bounds(struct scenario_cell *cell, const struct scenario_found *found,
                        const struct scenario_found *large);
/* One of the two. */
void endless_put_bound(struct scenario_cell *cell, const struct scenario_found *found,
                       const struct scenario_found *large, const char *name);

#endif
