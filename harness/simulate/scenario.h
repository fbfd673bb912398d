/* A scenario: what is done to a server, what of it is put down, and how people see that.
 *
 * It is one file in scenarios/ and one row in scenarios.c.  Its functions run in the target, under
 * the page's lock; those of its columns in edgewise. */
#ifndef EDGEWISE_SIMULATE_SCENARIO_H
#define EDGEWISE_SIMULATE_SCENARIO_H

#include "edgewise/server.h"
#include "simulate/figure.h"

#include <assert.h>
#include <stdbool.h>

struct engine;
struct engine_carrier;
struct engine_tag;

/* A bound that is no small number of datagrams. */
#define SCENARIO_MANY 100

struct scenario_run {
    const char *name;     /* NULL: the last */
    const void *settings; /* the scenario's own, NULL: none */
    uint32_t size; /* bytes of each datagram, or what its protocol has of them; 0: no more than its
                      tag takes */
    unsigned sockets; /* 0: as many as the scenario has */
    /* Made only where this run's "received" was many or had no bound, and that one had one;
     * NULL: always. */
    const char *after_many, *after_bound;
    /* Begins as that one does: what has no bound there has none here, and is not made again. */
    const char *none_if;
    uint64_t needs; /* enum ew_capability: what happens in it beside datagrams; 0: nothing */
};

/* ---- what people see ---- */

enum scenario_outcome {
    SCENARIO_NOT_RUN,
    SCENARIO_MEASURED,
    SCENARIO_ENDED,
    SCENARIO_ASLEEP,
    SCENARIO_UNDECIDED,
    SCENARIO_NOT_SIMULATED,
};

/* What one of its runs gave. */
struct scenario_found {
    enum scenario_outcome outcome;
    unsigned figure_count;
    struct engine_figure figures[ENGINE_FIGURES];
};

/* The cell of a table that is being written. */
struct scenario_cell {
    char *text;
    size_t size, length;
};

struct scenario_column {
    const char *heading; /* NULL: the last */
    const char *run;     /* whose figures it shows; NULL: all runs' */
    const char *figure;  /* with `put` NULL: this one */
    /* `found`: what that run gave, and after it what the further ones did; or all of them */
    void (*put)(struct scenario_cell *cell, const struct scenario_found *found);
    const char *meaning; /* of a brief column, for the legend */
};

/* ---- the scenario ---- */

struct scenario {
    const char *id;
    const char *title;
    const char *meaning; /* what the figures say, what good ones are */
    unsigned sockets;
    uint64_t needs;    /* enum ew_capability: of which a target must have one; 0: none */
    const char *lack;  /* said of one that has not */
    bool on_request;   /* it takes long: made only where it is asked for by its name */
    bool may_end;      /* it is a figure, too, that it ends a target or puts it to sleep */
    bool is_bound;     /* `received` is a bound of the loop, which may be one of time */
    bool wants_all;    /* nothing is done to the target that would excuse a missing answer */
    bool shows_chance; /* whatever chance there is in a target shows here */
    const struct scenario_run *runs;
    const struct scenario_column *columns; /* all figures (--wide); NULL: none */
    const struct scenario_column *brief;   /* what a newcomer asks first; NULL: nothing */
    const char *legend;                    /* what its columns mean */
    const char *table; /* the heading of a table of its own; NULL: it has columns in everyone's */
    /* All ports are bound, and the server has not yet waited.  May be NULL. */
    void (*on_bound)(struct engine *engine, const struct engine_carrier *carrier);
    /* All is quiet: do the next thing; false: there is none, the run is over. */
    bool (*on_quiet)(struct engine *engine, const struct engine_carrier *carrier);
    /* may be NULL */
    void (*on_received)(struct engine *engine, const struct engine_carrier *carrier,
                        unsigned socket);
    /* may be NULL */
    void (*on_sent)(struct engine *engine, const struct engine_carrier *carrier,
                    const struct engine_tag *tag);
    void (*on_end)(struct engine *engine); /* puts the figures down; also after a spin */
    /* Adds to them what the server itself has counted; NULL: its counters are not asked for.  In
     * edgewise, when all is over. */
    void (*on_counters)(struct engine *engine, const struct ew_page *counters);
};

extern const struct scenario *const scenarios[];
extern const unsigned scenario_count;
/* How many runs it has. */
unsigned scenario_runs(const struct scenario *scenario);

/* ---- for scenarios ---- */

/* What this run was given. */
const void *scenario_settings(const struct engine *engine);
/* Says at compile time that what a scenario keeps of a run has room in the engine, where it lies
 * all zero at the begin. */
#define SCENARIO_KEEPS(type) \
    static_assert(sizeof(type) <= ENGINE_STATE_BYTES, "more than the engine has room for")

__attribute__((format(printf, 2, 3))) void scenario_put(struct scenario_cell *cell,
                                                        const char *format, ...);
/* NULL: it has none of this name. */
const int64_t *scenario_figure(const struct scenario_found *found, const char *name);
/* As it is: "none" for one without bound, "varies" for one that was another each
 * time, "-" for one that is not there. */
void scenario_put_figure(struct scenario_cell *cell, const struct scenario_found *found,
                         const char *name);

#endif
