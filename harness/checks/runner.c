#include "checks/runner.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/interrupt.h"
#include "checks/alone.h"

#include <stdio.h>
#include <string.h>

/* Each case has a sequence of its own, so that it sees the same alone and after others. */
static uint64_t seed_of(uint64_t seed, const char *id)
{
    for (; *id; id++)
        seed = (seed ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
    return seed;
}

/* The first capability that the case needs and the target does not claim; NULL: none. */
static const char *lacking(const struct check_case *one, const struct target *target)
{
    for (unsigned bit = 0; capability_name(bit); bit++) {
        if (one->needs & ~target->capabilities & UINT64_C(1) << bit)
            return capability_name(bit);
    }
    return NULL;
}

/* A target that is gone explains whatever the case thought it saw. */
static void note_death(struct check *c)
{
    struct target_end end;
    char how[128], said[600];

    if (!c->run || target_alive(c->run))
        return;
    check_stop(c, &end);
    target_end_text(&end, how, sizeof how);
    target_end_said(&end, said, sizeof said);
    c->verdict = VERDICT_PASS;
    check_fail(c, "the target goes on serving", "it %s%s%s", how,
               *said ? "; its standard error: " : "", said);
}

static void run_to_the_end(struct check *c)
{
    c->one->run(c);
    note_death(c);
    check_stop(c, NULL);
}

static void try_once(struct check *c)
{
    const char *lack = lacking(c->one, c->target);

    c->random = seed_of(c->settings->seed, c->one->id);
    c->verdict = VERDICT_PASS;
    c->expected[0] = c->seen[0] = '\0';
    c->tries++;
    if (lack)
        check_unsupported(c, "the target does not claim '%s'", lack);
    else if (c->one->needs & CHECK_ALONE)
        alone_run(c, run_to_the_end);
    else
        run_to_the_end(c);
}

bool check_run(struct check *c, const struct check_case *one, const struct target *target,
               const struct check_settings *settings)
{
    int64_t start_ns = clock_now_ns();

    *c = (struct check){.target = target, .settings = settings, .one = one};
    try_once(c);
    while (c->verdict == VERDICT_INVALID && c->tries < CHECK_TRIES && interrupted() == STATUS_OK) {
        memcpy(c->spoiled, c->seen, sizeof c->spoiled);
        try_once(c);
    }
    c->seconds = (double)(clock_now_ns() - start_ns) / NS_PER_S;
    return interrupted() == STATUS_OK;
}
