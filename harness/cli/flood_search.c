#include "cli/flood_search.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "flood/highest.h"

#include <inttypes.h>

/* How long a trial takes where --duration does not say. */
#define QUICK_TRIAL_NS (300 * NS_PER_MS)
#define FULL_TRIAL_NS (1500 * NS_PER_MS)

static const char *const outcome_names[] = {
    [SEARCH_CLEAN] = "clean",
    [SEARCH_LOSS] = "loss",
    [SEARCH_BEHIND] = "generator behind",
    [SEARCH_ENDED] = "interrupted",
};

/* While the search goes on: it may take half a minute, and each trial tells something. */
static void show_trial(void *context, const struct search_trial *trial, const char *reason)
{
    const struct cli *cli = context;

    fprintf(cli->text,
            cli->plain ? "Asked for %" PRIu64 " a second, achieved %" PRIu64 ": %s%s%s%s.\n"
                       : "%10" PRIu64 "/s  %10" PRIu64 "/s achieved  %s%s%s%s\n",
            trial->asked, trial->achieved, outcome_names[trial->outcome],
            trial->full_length ? " (full-length)" : "", *reason ? ": " : "", reason);
}

static json_t *bound_json(uint64_t load)
{
    return load ? json_integer((json_int_t)load) : json_null();
}

/* By the names that the RFC has for its attributes. */
static json_t *goal_json(int64_t trial_ns)
{
    double initial_s = (double)trial_ns / NS_PER_S, final_s = initial_s * HIGHEST_FULL_LENGTH;

    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "loss_ratio", 0.0, "exceed_ratio", 0.0,
                     "width", SEARCH_WIDTH_PERCENT / 100.0, "initial_trial_duration_s", initial_s,
                     "final_trial_duration_s", final_s, "duration_sum_s", final_s);
}

/* All trials, not the outcome alone: where the search was misled is seen in them. */
static json_t *result_json(const struct search_result *r, int64_t trial_ns)
{
    json_t *trials = json_array();

    for (unsigned i = 0; i < r->count; i++)
        json_array_append_new(trials, json_pack("{s:I, s:I, s:b, s:s}", "asked",
                                                (json_int_t)r->trials[i].asked, "achieved",
                                                (json_int_t)r->trials[i].achieved, "longer",
                                                r->trials[i].full_length, "outcome",
                                                outcome_names[r->trials[i].outcome]));
    return json_pack("{s:I, s:o, s:o, s:s, s:b, s:o, s:o}", "highest_rate", (json_int_t)r->rate,
                     "relevant_lower_bound", bound_json(r->lower), "relevant_upper_bound",
                     bound_json(r->upper), "bound", r->generator_bound ? "generator" : "target",
                     "settled", r->settled, "goal", goal_json(trial_ns), "trials", trials);
}

enum status flood_search(struct cli *cli, const char *name, const struct flood_config *config,
                         bool quiet)
{
    int64_t trial_ns = config->duration_ns        ? config->duration_ns
                       : cli->scale == SCALE_FULL ? FULL_TRIAL_NS
                                                  : QUICK_TRIAL_NS;
    struct search_result r;

    if (highest_rate(config, trial_ns, quiet ? NULL : show_trial, cli, &r, &cli->error) < 0)
        return cli->error.status;
    cli->result = result_json(&r, trial_ns);
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
