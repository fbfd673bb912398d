#include "checks/runner/runner.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/interrupt.h"
#include "checks/runner/aftermath.h"
#include "checks/runner/alone.h"
#include "checks/runner/turnstile.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* Each case has a sequence of its own, so that it sees the same alone and after others.  FNV-1a's
 * step: ids that differ in one letter get seeds that have nothing in common. */
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
    c->is_dead = true;
    check_fail(c, "the target goes on serving", "it %s%s%s%s%s", how, c->deed ? " " : "",
               c->deed ? c->deed : "", *said ? "; its standard error: " : "", said);
}

/* A verdict that says nothing of the target, or all there is to say, needs no second look. */
static bool wants_aftermath(const struct check *c)
{
    return (c->one->needs & CHECK_TROUBLE) && c->run && target_alive(c->run) &&
           exchange_is_answered(&c->target->exchange) &&
           (c->verdict == VERDICT_PASS || c->verdict == VERDICT_WEAK) && interrupted() == STATUS_OK;
}

/* A death may be long in coming: a backtrace is written, a core is dumped.  Until then the target
 * computes, or is dead without our having been told, and what it did not answer meanwhile is no
 * finding of its own. */
#define LAST_WORDS_MS 5000
#define LAST_WORDS_STEP_MS 10

static void await_death(struct check *c)
{
    int64_t limit_ns = clock_now_ns() + check_ms(c, LAST_WORDS_MS) * NS_PER_MS;

    while (c->run && target_alive(c->run) && (!target_sleeps(c->run) || target_is_gone(c->run)) &&
           clock_now_ns() < limit_ns && interrupted() == STATUS_OK)
        poll(NULL, 0, LAST_WORDS_STEP_MS);
}

/* In this order: a death explains the case's verdict and the look afterwards, so that it is noted
 * last and replaces either. */
static void run_to_the_end(struct check *c)
{
    c->one->run(c);
    if (c->verdict == VERDICT_FAIL && c->was_frozen)
        await_death(c);
    if (wants_aftermath(c))
        aftermath(c);
    note_death(c);
    check_stop(c, NULL);
}

static void run_case(struct check *c)
{
    c->verdict = VERDICT_PASS;
    c->expected[0] = c->seen[0] = '\0';
    c->deed = NULL;
    c->was_frozen = c->is_dead = false;
    if (c->one->needs & CHECK_ALONE)
        alone_run(c, run_to_the_end);
    else
        run_to_the_end(c);
}

/* Whoever dies of being stopped is told so by the cases that are about it (signals-stop), and not
 * by each that stops it in passing: those are tried without, and may still find what they are
 * about. */
static void run_without_freeze(struct check *c)
{
    c->without_freeze = true;
    run_case(c);
    c->without_freeze = false;
    if (c->verdict == VERDICT_PASS)
        check_note(c, "asked while it ran: stopped and continued, it dies (signals-stop)");
}

static void run_both_ways(struct check *c)
{
    run_case(c);
    if (c->is_dead && c->was_frozen)
        run_without_freeze(c);
}

/* What others beside it may have spoiled is tried again without them. */
static void run_in_turn(struct check *c)
{
    int turnstile = c->settings->turnstile;
    bool alone = (c->one->needs & CHECK_QUIET) || c->tries > 1;

    if (turnstile == 0) {
        run_both_ways(c);
    } else if (turnstile_enter(turnstile, alone)) {
        run_both_ways(c);
        turnstile_leave(turnstile);
    } else if (interrupted() == STATUS_OK) {
        check_invalid(c, "no turn beside the other cases: %s", strerror(errno));
    }
}

static void try_once(struct check *c)
{
    const char *lack = lacking(c->one, c->target);

    c->random = seed_of(c->settings->seed, c->one->id);
    c->tries++;
    c->verdict = VERDICT_PASS;
    if (lack)
        check_unsupported(c, "the target does not claim '%s'", lack);
    else
        run_in_turn(c);
}

/* Tried again for INVALID alone, which says that the machine spoiled it: a FAIL stays one, however
 * rare. */
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
