#include "cli/flood_search.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "flood/search.h"

#include <inttypes.h>

/* So low that any server keeps up: the search doubles from there, or halves. */
#define FIRST_RATE 10000u
/* How long a trial takes where --duration does not say. */
#define QUICK_TRIAL_NS (300 * NS_PER_MS)
#define FULL_TRIAL_NS (1500 * NS_PER_MS)
/* How many times as long a confirmation takes. */
#define LONGER_FACTOR 3
/* The wait for stragglers, which each lossy trial pays, against that of an ordinary flood. */
#define DRAIN_DIVISOR 5
/* A generator that achieved this part of the rate has kept up with it. */
#define KEPT_UP 0.98

struct search {
    struct cli *cli;
    struct flood_config config;
    int64_t trial_ns;
    bool quiet;
};

static const char *const outcome_names[] = {
    [SEARCH_CLEAN] = "clean",
    [SEARCH_LOSS] = "loss",
    [SEARCH_BEHIND] = "generator behind",
    [SEARCH_ENDED] = "interrupted",
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
static int flood_search_try_rate(void *context, struct search_trial *trial)
{
    struct search *s = context;
    struct flood_result result;
    int failed;

    s->config.rate = trial->asked;
    s->config.duration_ns = s->trial_ns * (trial->longer ? LONGER_FACTOR : 1);
    failed = flood_run(&s->config, &result, &s->cli->error);
    if (failed == 0) {
        trial->achieved = (uint64_t)result.sent_per_s;
        trial->outcome = outcome_of(&result, trial);
        if (!s->quiet)
            fprintf(s->cli->text,
                    s->cli->plain ? "Asked for %" PRIu64 " a second, achieved %" PRIu64
                                    ": %s%s%s%s.\n"
                                  : "%10" PRIu64 "/s  %10" PRIu64 "/s achieved  %s%s%s%s\n",
                    trial->asked, trial->achieved, outcome_names[trial->outcome],
                    trial->longer ? " (longer)" : "", *result.reason ? ": " : "", result.reason);
    }
    flood_result_fini(&result);
    return failed;
}

/* All trials, not the outcome alone: where the search was misled is seen in them. */
static json_t *result_json(const struct search_result *r)
{
    json_t *trials = json_array();

    for (unsigned i = 0; i < r->count; i++)
        json_array_append_new(
            trials, json_pack("{s:I, s:I, s:b, s:s}", "asked", (json_int_t)r->trials[i].asked,
                              "achieved", (json_int_t)r->trials[i].achieved, "longer",
                              r->trials[i].longer, "outcome", outcome_names[r->trials[i].outcome]));
    return json_pack("{s:I, s:s, s:b, s:o}", "highest_rate", (json_int_t)r->rate, "bound",
                     r->generator_bound ? "generator" : "target", "settled", r->settled, "trials",
                     trials);
}

enum status flood_search(struct cli *cli, const char *name, const struct flood_config *config,
                         bool quiet)
{
    struct search s = {.cli = cli, .config = *config, .quiet = quiet};
    struct search_result r;

    s.trial_ns = config->duration_ns        ? config->duration_ns
                 : cli->scale == SCALE_FULL ? FULL_TRIAL_NS
                                            : QUICK_TRIAL_NS;
    s.config.pace = PACE_OPEN;
    s.config.count = 0;
    s.config.progress = NULL;
    /* Loss is asked for, not latency: a late send is no fault as long as the rate is kept. */
    s.config.lag_limit_ns = INT64_MAX;
    s.config.steal_limit = 1;
    /* A rate at which echoes come so late is too high already. */
    s.config.drain_ns /= DRAIN_DIVISOR;
    if (search_run(FIRST_RATE, flood_search_try_rate, &s, &r) < 0)
        return cli->error.status;
    cli->result = result_json(&r);
    cli_case(cli, name, "flood-search", r.rate > 0 ? VERDICT_PASS : VERDICT_INVALID, 0,
             r.rate > 0 ? NULL : "no rate without loss");
    if (!quiet && r.rate > 0)
        fprintf(cli->text, "highest rate without loss: %" PRIu64 "/s; the %s is the bound%s\n",
                r.rate, r.generator_bound ? "generator" : "target", cli->plain ? "." : "");
    else if (!quiet)
        fprintf(cli->text, "no rate without loss%s%s\n", r.settled ? "" : " so far",
                cli->plain ? "." : "");
    if (interrupted())
        return interrupted();
    return r.rate > 0 ? STATUS_OK : STATUS_INVALID;
}
