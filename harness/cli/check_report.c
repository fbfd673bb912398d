#include "cli/check_report.h"

#include "base/interrupt.h"
#include "checks/reason.h"
#include "target/expect.h"

#include <inttypes.h>
#include <stdlib.h>

/* Empty where there are no colours, so that every format has the same places for them. */
static const char *report_colour(const struct check_report *r, enum verdict verdict)
{
    return r->show.terminal.colour ? check_colour(verdict, STANDING_NEW) : "";
}

static const char *report_colour_end(const struct check_report *r)
{
    return r->show.terminal.colour ? CHECK_COLOUR_END : "";
}

/* ---- life ---- */

/* A matrix where one fits; marks for all else that is not one target or for a screen reader. */
static void report_choose_form(struct check_report *r, const struct check_plan *plan)
{
    bool many = plan->targets.count > 1;

    r->form = r->cli->plain ? &check_form_sentences : many ? &check_form_marks : &check_form_lines;
    if (many && r->show.terminal.redraws)
        r->matrix = check_matrix_new(&r->show, plan);
    if (r->matrix)
        r->form = &check_form_matrix;
    r->show.live = !many && terminal_of(stderr, r->cli->plain).redraws;
}

void report_init(struct check_report *r, struct cli *cli, const struct check_plan *plan)
{
    *r = (struct check_report){.cli = cli};
    r->show = (struct check_show){
        .text = cli->text, .terminal = terminal_of(cli->text, cli->plain), .seed = cli->seed};
    cli->result = json_pack("{s:s, s:[]}", "scale", cli->scale == SCALE_FULL ? "full" : "quick",
                            "targets");
    report_choose_form(r, plan);
    r->form->begin(&r->show);
}

static void report_target(struct check_report *r, const struct target *target)
{
    r->target = target;
    r->current = json_pack("{s:s, s:s, s:s, s:[]}", "name", target->name, "word", target->word,
                           "summary", target->summary, "cases");
    json_array_append_new(json_object_get(r->cli->result, "targets"), r->current);
    if (r->form->target)
        r->form->target(&r->show, target);
    fflush(r->cli->text);
}

static void report_target_end(struct check_report *r)
{
    if (r->form->target_end)
        r->form->target_end(&r->show, r->target);
    fflush(r->cli->text);
}

/* Counts of what did not occur are left out, but for what passed: none is news as well. */
void report_end(struct check_report *r, uint64_t rounds)
{
    check_matrix_end(r->matrix);
    r->matrix = NULL;
    check_put_kept(&r->show);
    fprintf(r->cli->text, "%" PRIu64 " passed", r->count[VERDICT_PASS]);
    for (int v = VERDICT_FAIL; v <= VERDICT_INVALID; v++) {
        if (r->count[v] > 0)
            fprintf(r->cli->text, ", %s%" PRIu64 " %s%s", report_colour(r, (enum verdict)v),
                    r->count[v], verdict_name((enum verdict)v), report_colour_end(r));
    }
    if (r->known > 0)
        fprintf(r->cli->text, ", %" PRIu64 " as known", r->known);
    if (r->changed > 0)
        fprintf(r->cli->text, ", %s%" PRIu64 " not as known%s", report_colour(r, VERDICT_FAIL),
                r->changed, report_colour_end(r));
    if (rounds > 1)
        fprintf(r->cli->text, " in %" PRIu64 " rounds", rounds);
    fprintf(r->cli->text, "%s%s\n", interrupted() ? "; interrupted: partial" : "",
            r->cli->plain ? "." : "");
    if (r->limits)
        fprintf(r->cli->text, "If answers are missing: rate limits must be off: %s%s\n", r->limits,
                r->cli->plain ? "." : "");
}

/* ---- targets that cannot be judged ---- */

/* UNSUPPORTED, not left out: absence is visible, and no fault. */
void report_missing(struct check_report *r, const struct target *target)
{
    report_target(r, target);
    json_object_set_new(r->current, "missing", json_string(target->missing));
    if (r->form->missing)
        r->form->missing(&r->show, target);
    cli_case(r->cli, target->name, "start", VERDICT_UNSUPPORTED, 0, target->missing);
    r->count[VERDICT_UNSUPPORTED]++;
    report_target_end(r);
}

/* The first error is the one that the command ends with; the others are told where they
 * happened. */
static void report_error(struct check_report *r, const struct target *target,
                         const struct error *error)
{
    bool first = r->cli->error.text[0] == '\0';

    if (first)
        r->cli->error = *error; /* printed at the end, on the standard error */
    json_object_set_new(r->current, "error", json_string(error->text));
    r->form->error(&r->show, target, first ? NULL : error->text);
    cli_case(r->cli, target->name, "start", VERDICT_INVALID, 0, error->text);
    r->count[VERDICT_INVALID]++;
}

/* ---- cases ---- */

/* `expected` and `seen` are there for a fault, `reason` for all else: a program need not ask which
 * of them means something. */
static void add_json(const struct check_report *r, const struct check *c)
{
    bool judged = check_is_fault(c->verdict);
    enum standing standing = check_standing(c);
    char repeat[512];
    json_t *row;

    check_repeat_command(c, c->one, repeat, sizeof repeat);
    row = json_pack("{s:s, s:s, s:f, s:i, s:s?, s:s?, s:s?, s:s?, s:I, s:s}", "case", c->one->id,
                    "verdict", verdict_name(c->verdict), "seconds", c->seconds, "tries",
                    (int)c->tries, "expected", judged ? c->expected : NULL, "seen",
                    judged ? c->seen : NULL, "reason", !judged && *c->seen ? c->seen : NULL,
                    "spoiled", c->tries > 1 ? c->spoiled : NULL, "seed",
                    (json_int_t)c->settings->seed, "again", repeat);
    if (standing != STANDING_NEW) {
        json_object_set_new(row, "known", json_string(expect_of(c->target, c->one->id)));
        json_object_set_new(row, "as_known", json_boolean(standing == STANDING_KNOWN));
    }
    json_array_append_new(json_object_get(r->current, "cases"), row);
}

/* Flushed after each case: who is killed has told what was done. */
static void report_case(struct check_report *r, const struct check *c)
{
    const char *limits = exchange_protocol(&r->target->exchange)->limits;
    enum standing standing = check_standing(c);
    char reason[2048];

    check_reason(c, c->one, reason, sizeof reason);
    r->count[c->verdict]++;
    add_json(r, c);
    cli_case(r->cli, r->target->name, c->one->id, c->verdict, c->seconds, *reason ? reason : NULL);
    if (standing != STANDING_NEW)
        cli_case_known(r->cli, expect_of(c->target, c->one->id), standing == STANDING_KNOWN);
    r->known += standing == STANDING_KNOWN && check_is_fault(c->verdict);
    r->changed += standing == STANDING_CHANGED;
    if (check_is_fault(c->verdict) && standing != STANDING_KNOWN && limits)
        r->limits = limits;
    r->form->verdict(&r->show, c);
    fflush(r->cli->text);
}

void report_event(struct check_report *r, const struct target *target,
                  const struct check_event *event)
{
    switch (event->kind) {
    case CHECK_EVENT_START: report_target(r, target); break;
    case CHECK_EVENT_BEGIN:
        if (r->form->one)
            r->form->one(&r->show, event->one);
        break;
    case CHECK_EVENT_CASE: report_case(r, &event->check); break;
    case CHECK_EVENT_ERROR: report_error(r, target, &event->error); break;
    case CHECK_EVENT_END: report_target_end(r); break;
    }
}

void report_seen(struct check_report *r, size_t index, const struct check_event *event)
{
    if (r->matrix)
        check_matrix_event(r->matrix, index, event);
}
