/* All scenarios on one target, and what they show. */
#ifndef EDGEWISE_SIMULATE_FINGERPRINT_H
#define EDGEWISE_SIMULATE_FINGERPRINT_H

#include "simulate/run/carrier.h"

#include <jansson.h>

/* What is wanted of each target. */
struct fingerprint_settings {
    const struct target_options *options;
    uint64_t chosen;  /* a bit for each row of the scenarios' table; 0: all */
    int64_t limit_ms; /* for each run */
    enum carrier_choice carrier;
    const char *run; /* of each scenario this one alone, whatever came of others; NULL: all */
    struct log *log; /* where what happened in the last run is copied to; NULL: nowhere */
    /* Told of every run as it is done; `verdict` is FAIL for an answer out of order and a target
     * that ended where nothing was done to it.  `reason` may be NULL. */
    void (*done)(void *context, const struct target *target, const char *id, enum verdict verdict,
                 const char *reason);
    void *context;
};

/* {"target", "scenarios": {ID: {RUN: {FIGURE: integer, "none" or "11 ms"} or {"ended": text} or
 * {"asleep": text} or {"undecided": text} or {"unsupported": text}}}}, or {"target", "unsupported":
 * text}; with "carrier": "supervise" where that was it, and "differs": {"ID.RUN": text} where both
 * were to be compared and did not find the same.  0, or -1 with `error` (and what was found so
 * far). */
int fingerprint_target(const struct target *target, const struct fingerprint_settings *settings,
                       json_t **found, struct error *error);

/* Wants this scenario, beside others that were chosen.  -1: there is none of this name. */
int fingerprint_choose(struct fingerprint_settings *settings, const char *scenario);

/* The tables for people: the first has a line for every target, further ones for some.  `wide`: of
 * all figures; else of those that a newcomer asks for, and there is the first table alone.  Heading
 * and rows hold the columns divided by tabs; all texts are cut where they do not fit. */
unsigned fingerprint_table_count(bool wide);
void fingerprint_heading(unsigned table, bool wide, char *text, size_t size);
/* What its columns mean, in lines; a tab stands between a column and its meaning. */
void fingerprint_legend(unsigned table, bool wide, char *text, size_t size);
/* False for a target that has no line in it. */
bool fingerprint_row(unsigned table, bool wide, const json_t *found, char *text, size_t size);

#endif
