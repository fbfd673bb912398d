#include "cli/check_plan.h"

#include "base/counters.h"
#include "checks/chapters/chapters.h"
#include "program/settings.h"

#include <string.h>

/* ---- choosing ---- */

bool check_plan_has(const struct check_plan *plan, const struct check_case *one)
{
    bool chosen = plan->cases.count == 0;

    for (unsigned i = 0; i < plan->cases.count; i++)
        chosen |= check_is_named(one, plan->cases.items[i]);
    for (unsigned i = 0; i < plan->skips.count; i++)
        chosen &= !check_is_named(one, plan->skips.items[i]);
    return chosen;
}

/* The command that repeats a case must configure the target and the case alike. */
static void remember_options(const struct cli *cli, const struct check_plan *plan, char *text,
                             size_t size)
{
    const struct cli_targets *t = &cli->targets;
    const struct target_options *o = &t->options;
    struct ew_config config = o->server;
    char value[128];
    size_t n = 0;

    config.port = o->port;
    config.address = o->address;
    for (size_t i = 0; i < ew_settings_count; i++) {
        if (ew_setting_give(&ew_settings[i], &config, value, sizeof value) && n < size)
            n += (size_t)snprintf(text + n, size - n, " --%s %s", ew_settings[i].name, value);
    }
    if (t->speaks.text && n < size)
        snprintf(text + n, size - n, " --speaks %s", t->speaks.text);
    if (n < size)
        snprintf(text + n, size - n, "%s%s%s", plan->private ? " --private" : "",
                 plan->settings.require_fairness ? " --require fairness" : "",
                 plan->settings.require_loopsafe ? " --require loopsafe" : "");
    n = strlen(text);
    if (o->sockets && n < size)
        n += (size_t)snprintf(text + n, size - n, " --sockets %u", o->sockets);
    if (cli->timeout_scale != 1 && n < size)
        snprintf(text + n, size - n, " --timeout-scale %g", cli->timeout_scale);
}

void check_plan_settle(const struct cli *cli, struct check_plan *plan)
{
    plan->settings.seed = cli->seed;
    plan->settings.full = cli->scale == SCALE_FULL;
    plan->settings.timeout_scale = cli->timeout_scale;
    plan->settings.options = &cli->targets.options;
    plan->settings.options_text = plan->options;
    remember_options(cli, plan, plan->options, sizeof plan->options);
}

/* ---- listing ---- */

/* What a case needs of the target, and of the platform. */
static json_t *needs_of(const struct check_case *one)
{
    json_t *needs = json_array();

    for (unsigned bit = 0; capability_name(bit); bit++) {
        if (one->needs >> bit & 1)
            json_array_append_new(needs, json_string(capability_name(bit)));
    }
    if (one->needs & CHECK_ALONE)
        json_array_append_new(needs, json_string("a network namespace"));
    return needs;
}

static json_t *listed(const struct check_case *one)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", one->id, "chapter",
                     check_chapter_of(one)->name, "title", one->title, "statement", one->statement,
                     "needs", needs_of(one));
}

json_t *check_plan_catalogue(const struct check_plan *plan)
{
    const struct check_case *one;
    json_t *rows = json_array();

    for (size_t i = 0; (one = check_case_at(i)) != NULL; i++) {
        if (check_plan_has(plan, one))
            json_array_append_new(rows, listed(one));
    }
    return rows;
}
