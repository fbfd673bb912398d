#include "flood/highest.h"

/* So low that any server keeps up: the search doubles from there, or halves. */
#define FIRST_RATE 10000u
/* The wait for stragglers, which each lossy trial pays, against that of an ordinary flood: a rate
 * at which echoes come so late is too high already. */
#define DRAIN_DIVISOR 5
/* A generator that achieved this part of the rate has kept up with it. */
#define KEPT_UP 0.98

struct highest {
    struct flood_config config;
    int64_t trial_ns;
    highest_told told;
    void *context;
    struct error *error;
};

/* What our own sockets dropped is not the target's loss; what was sent too slowly proves nothing
 * about the rate. */
static enum search_outcome outcome_of(const struct flood_result *r,
                                      const struct search_trial *trial)
{
    if (r->end == FLOOD_INTERRUPTED)
        return SEARCH_ENDED;
    if (r->verdict == VERDICT_FAIL || r->counts.echoed == 0)
        return SEARCH_LOSS;
    if (r->verdict == VERDICT_INVALID)
        return SEARCH_BEHIND;
    if (r->counts.echoed < r->counts.sent)
        return SEARCH_LOSS;
    return (double)trial->achieved < KEPT_UP * (double)trial->asked ? SEARCH_BEHIND : SEARCH_CLEAN;
}

/* Each trial is a flood of its own, with fresh sockets: what an overload has left in them is not
 * the next one's. */
static int highest_try_rate(void *context, struct search_trial *trial)
{
    struct highest *h = context;
    struct flood_result result;
    int failed;

    h->config.rate = trial->asked;
    h->config.duration_ns = h->trial_ns * (trial->full_length ? HIGHEST_FULL_LENGTH : 1);
    failed = flood_run(&h->config, &result, h->error);
    if (failed == 0) {
        trial->achieved = (uint64_t)result.sent_per_s;
        trial->outcome = outcome_of(&result, trial);
        if (h->told)
            h->told(h->context, trial, result.reason);
    }
    flood_result_fini(&result);
    return failed;
}

int highest_rate(const struct flood_config *config, int64_t trial_ns, highest_told told,
                 void *context, struct search_result *result, struct error *error)
{
    struct highest h = {
        .config = *config, .trial_ns = trial_ns, .told = told, .context = context, .error = error};

    h.config.pace = PACE_OPEN;
    h.config.count = 0;
    h.config.progress = NULL;
    /* Loss is asked for, not latency: a late send is no fault as long as the rate is kept. */
    h.config.lag_limit_ns = INT64_MAX;
    h.config.steal_limit = 1;
    h.config.drain_ns /= DRAIN_DIVISOR;
    return search_run(FIRST_RATE, highest_try_rate, &h, result);
}
