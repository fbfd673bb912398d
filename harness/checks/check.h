/* Conformance cases: what any UDP echo server must do, tried live.
 *
 * A chapter is one file that ends in a table of cases.  Each case starts the target anew, does its
 * work and leaves a verdict in its `struct check`; the runner stops the target, and turns a death
 * during the case into a FAIL with the target's last words. A case reads like this:
 *
 *     static void freeze(struct check *c)
 *     {
 *         if (!check_start(c, NULL))
 *             return;
 *         if (...)
 *             check_fail(c, "N answers", "%u", seen);
 *     }
 *
 * A case that says nothing has passed.  What a case waits for has a deadline from check_ms(). */
#ifndef EDGEWISE_CHECK_H
#define EDGEWISE_CHECK_H

#include "target/target.h"

#include <stdbool.h>
#include <stdint.h>

/* What a run of the cases has in common. */
struct check_settings {
    uint64_t seed;
    bool live;             /* the last line of standard error may be written over: progress */
    bool full;             /* nightly: longer, the same assertions */
    bool require_fairness; /* a port that starves beside a busy one is a FAIL, not WEAK */
    bool require_loopsafe; /* who can be set on himself is a FAIL, not WEAK */
    double timeout_scale;  /* of every deadline */
    int turnstile;         /* other processes run cases, too: runner/turnstile.h; 0: nobody does */
    /* how the target is run, unless the case wants it otherwise */
    const struct target_options *options;
    const char *options_text; /* the same for a command line, " --queue 4" */
};

/* One case on one target. */
struct check {
    const struct check_case *one;
    const struct target *target;
    const struct check_settings *settings;
    uint64_t random;        /* state */
    struct target_run *run; /* the target, while it runs */
    /* What was done to it last that it may have died of, "after it had been stopped and continued";
     * NULL: nothing worth a word. */
    const char *deed;
    bool is_dead;    /* it has died in the case */
    bool was_frozen; /* the case stopped it (tools/freeze.h) */
    /* It dies of that, which is another case's finding: this one does without. */
    bool without_freeze;

    enum verdict verdict;
    char expected[256]; /* with FAIL and WEAK */
    char seen[1024];    /* what happened instead; with UNSUPPORTED and INVALID: why */
    unsigned tries;
    char spoiled[1024]; /* with more than one try: why the last but one was INVALID */
    double seconds;
};

/* Runs in a process and a network namespace of its own, whose one interface is lo; UNSUPPORTED
 * where there is none. */
#define CHECK_ALONE (UINT64_C(1) << 63)

/* The case makes trouble: once it is over, the whole server is looked at again
 * (runner/aftermath.h). */
#define CHECK_TROUBLE (UINT64_C(1) << 62)

/* What it counts others may add to, or take from: no other case runs beside it. */
#define CHECK_QUIET (UINT64_C(1) << 61)

struct check_case {
    const char *id;        /* "order-freeze" */
    const char *title;     /* one line */
    const char *statement; /* what is done, why, what good looks like, the source; lines broken */
    uint64_t needs;        /* enum ew_capability, CHECK_ALONE, CHECK_TROUBLE, CHECK_QUIET */
    void (*run)(struct check *c);
};

struct check_chapter {
    const char *name; /* "order" */
    const struct check_case *cases;
    size_t count;
};

/* The first verdict stays: what follows from it is no news.  Only a weakness gives way to a
 * fault. */
void check_fail(struct check *c, const char *expected, const char *seen, ...)
    __attribute__((format(printf, 3, 4)));
void check_weak(struct check *c, const char *expected, const char *seen, ...)
    __attribute__((format(printf, 3, 4)));
void check_unsupported(struct check *c, const char *why, ...) __attribute__((format(printf, 2, 3)));
void check_invalid(struct check *c, const char *why, ...) __attribute__((format(printf, 2, 3)));

/* With a PASS: figures that one may want to know. */
void check_note(struct check *c, const char *figures, ...) __attribute__((format(printf, 2, 3)));

/* Has the case got its verdict already, other than PASS?  Or was it interrupted?  Then it should
 * return. */
bool check_over(const struct check *c);

/* Starts the target; `options` may be NULL.  False when it could not be started: that is a FAIL,
 * or INVALID when the machine gave it no processor for that. */
bool check_start(struct check *c, const struct target_options *options);

/* The same where the case expects that it may not start: false with `error`, and no verdict but
 * INVALID, as above.  `run` as target_start(). */
bool check_try_start(struct check *c, const struct target_options *options, struct target_run **run,
                     struct error *error);

/* The options that every start of this check has; cases add theirs. */
struct target_options check_options(const struct check *c);

/* Stops it.  `end` may be NULL. */
void check_stop(struct check *c, struct target_end *end);

/* Does the target claim this? */
bool check_can(const struct check *c, uint64_t capability);

/* A deadline in milliseconds, scaled. */
int check_ms(const struct check *c, int ms);

/* The next number of a sequence that depends on the seed and the case alone. */
uint64_t check_random(struct check *c);

/* As many ports as the target serves, at most `most`. */
unsigned check_ports(const struct check *c, unsigned most);

#endif
