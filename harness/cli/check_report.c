#include "cli/check_report.h"

#include "base/interrupt.h"
#include "checks/chapters/chapters.h"
#include "checks/reason.h"
#include "target/expect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Letters where something is to be read, so that a matrix of servers can be told apart without
 * colours. */
static const char marks[REPORT_VERDICTS] = {
    [VERDICT_PASS] = '.',        [VERDICT_FAIL] = 'F',    [VERDICT_WEAK] = 'w',
    [VERDICT_UNSUPPORTED] = '-', [VERDICT_INVALID] = '?',
};

/* Green, red, yellow, grey, magenta. */
static const char *const colours[REPORT_VERDICTS] = {
    [VERDICT_PASS] = "\033[32m",        [VERDICT_FAIL] = "\033[1;31m",  [VERDICT_WEAK] = "\033[33m",
    [VERDICT_UNSUPPORTED] = "\033[90m", [VERDICT_INVALID] = "\033[35m",
};

/* Empty where there are no colours, so that every format has the same places for them. */
static const char *colour(const struct check_report *r, enum verdict verdict)
{
    return r->colour ? colours[verdict] : "";
}

static const char *plain(const struct check_report *r)
{
    return r->colour ? "\033[0m" : "";
}

/* WEAK, too: it has something to say of what was seen, and a command that repeats it. */
static bool is_fault(enum verdict verdict)
{
    return verdict == VERDICT_FAIL || verdict == VERDICT_WEAK;
}

/* How a verdict stands to what the target file says of the case.  What could not be tried says
 * nothing about that.  Better than known is a change, too: the target file is then out of date. */
enum standing { STANDING_NEW, STANDING_KNOWN, STANDING_CHANGED };

static enum standing standing_of(const struct check *c, const struct check_case *one)
{
    const char *known = expect_of(c->target, one->id);

    if (!known || c->verdict == VERDICT_UNSUPPORTED || c->verdict == VERDICT_INVALID)
        return STANDING_NEW;
    return expect_includes(known, c->verdict) ? STANDING_KNOWN : STANDING_CHANGED;
}

static void check_report_clear_live(const struct check_report *r)
{
    if (r->live)
        fputs("\r\033[K", stderr);
}

/* ---- life ---- */

/* NO_COLOR (no-color.org) counts whatever its value.  The seed is told first: also of a run that is
 * cut short one knows how to repeat it. */
void report_init(struct check_report *r, struct cli *cli, bool many)
{
    *r = (struct check_report){.cli = cli, .many = many};
    r->colour = isatty(fileno(cli->text)) && !getenv("NO_COLOR");
    /* Marks on a terminal are live enough; a line being overwritten would tear them apart. */
    r->live = isatty(STDERR_FILENO) && !many;
    cli->result = json_pack("{s:s, s:[]}", "scale", cli->scale == SCALE_FULL ? "full" : "quick",
                            "targets");
    if (many)
        fprintf(cli->text,
                "%c passed  %c failed  %c weak  %c unsupported  %c invalid  k as known  ! not as "
                "known; "
                "seed %" PRIu64 "\n",
                marks[VERDICT_PASS], marks[VERDICT_FAIL], marks[VERDICT_WEAK],
                marks[VERDICT_UNSUPPORTED], marks[VERDICT_INVALID], cli->seed);
    else
        fprintf(cli->text, "seed %" PRIu64 "\n", cli->seed);
}

/* The details of one of many are kept in memory until its line of marks is whole. */
static void report_target(struct check_report *r, const struct target *target)
{
    r->target = target;
    r->current = json_pack("{s:s, s:s, s:s, s:[]}", "name", target->name, "word", target->word,
                           "summary", target->summary, "cases");
    json_array_append_new(json_object_get(r->cli->result, "targets"), r->current);
    r->chapter = NULL;
    r->details_out = open_memstream(&r->details, &r->details_size);
    if (r->many)
        fprintf(r->cli->text, "%-*s", CLI_NAME_WIDTH, target->name);
    else
        fprintf(r->cli->text, "%s%s%s\n", target->name, *target->summary ? ": " : "",
                target->summary);
    fflush(r->cli->text);
}

/* The text of a memory stream is whole only once that is flushed or closed (open_memstream(3)). */
static void report_target_end(struct check_report *r)
{
    check_report_clear_live(r);
    if (r->many)
        fputc('\n', r->cli->text);
    if (r->details_out && fclose(r->details_out) == 0)
        fputs(r->details, r->cli->text);
    free(r->details);
    r->details = NULL;
    r->details_out = NULL;
    fflush(r->cli->text);
}

/* Counts of what did not occur are left out, but for what passed: none is news as well. */
void report_end(struct check_report *r, uint64_t rounds)
{
    fprintf(r->cli->text, "%" PRIu64 " passed", r->count[VERDICT_PASS]);
    for (int v = VERDICT_FAIL; v <= VERDICT_INVALID; v++) {
        if (r->count[v] > 0)
            fprintf(r->cli->text, ", %s%" PRIu64 " %s%s", colour(r, (enum verdict)v), r->count[v],
                    verdict_name((enum verdict)v), plain(r));
    }
    if (r->known > 0)
        fprintf(r->cli->text, ", %" PRIu64 " as known", r->known);
    if (r->changed > 0)
        fprintf(r->cli->text, ", %s%" PRIu64 " not as known%s", colour(r, VERDICT_FAIL), r->changed,
                plain(r));
    if (rounds > 1)
        fprintf(r->cli->text, " in %" PRIu64 " rounds", rounds);
    fprintf(r->cli->text, "%s\n", interrupted() ? "; interrupted: partial" : "");
}

/* ---- targets that cannot be judged ---- */

/* UNSUPPORTED, not left out: absence is visible, and no fault. */
void report_missing(struct check_report *r, const struct target *target)
{
    report_target(r, target);
    json_object_set_new(r->current, "missing", json_string(target->missing));
    fprintf(r->cli->text, "%smissing: %s%s", r->many ? " " : "  ", target->missing,
            r->many ? "" : "\n");
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
    fprintf(r->cli->text, "%s%scould not run%s%s%s%s", r->many ? " " : "  ",
            colour(r, VERDICT_FAIL), plain(r), first ? "" : ": ", first ? "" : error->text,
            r->many ? "" : "\n");
    cli_case(r->cli, target->name, "start", VERDICT_INVALID, 0, error->text);
    r->count[VERDICT_INVALID]++;
}

/* ---- cases ---- */

/* Before the case, so that one sees which of them takes its time. */
static void report_begin(struct check_report *r, const struct check_case *one)
{
    if (r->live)
        fprintf(stderr, "\r\033[K  ...   %s", one->id);
}

/* A gap between chapters, so that a mark is found again. */
static void put_mark(struct check_report *r, const struct check *c, const struct check_case *one)
{
    if (check_chapter_of(one) != r->chapter)
        fputc(' ', r->cli->text);
    r->chapter = check_chapter_of(one);
    switch (standing_of(c, one)) {
    case STANDING_NEW:
        fprintf(r->cli->text, "%s%c%s", colour(r, c->verdict), marks[c->verdict], plain(r));
        break;
    case STANDING_KNOWN: fputc(is_fault(c->verdict) ? 'k' : marks[c->verdict], r->cli->text); break;
    case STANDING_CHANGED: fprintf(r->cli->text, "%s!%s", colour(r, VERDICT_FAIL), plain(r)); break;
    }
}

static void check_report_put_known(const struct check *c, const struct check_case *one, FILE *out)
{
    enum standing standing = standing_of(c, one);

    if (standing == STANDING_CHANGED)
        fprintf(
            out,
            "              was known: %s; if it is so now, change \"expect\" of the target file\n",
            expect_of(c->target, one->id));
    else if (standing == STANDING_KNOWN && is_fault(c->verdict))
        fprintf(out, "              known:    %s\n", expect_of(c->target, one->id));
}

static void put_details(const struct check *c, const struct check_case *one, FILE *out)
{
    char repeat[512];

    check_report_put_known(c, one, out);
    if (c->tries > 1)
        fprintf(out, "              try %u; before: %s\n", c->tries, c->spoiled);
    if (!is_fault(c->verdict)) {
        if (*c->seen)
            fprintf(out, "              %s\n", c->seen);
        return;
    }
    check_repeat_command(c, one, repeat, sizeof repeat);
    fprintf(out,
            "              expected: %s\n              seen:     %s\n              again:    %s\n",
            c->expected, c->seen, repeat);
}

/* `expected` and `seen` are there for a fault, `reason` for all else: a program need not ask which
 * of them means something. */
static void add_json(const struct check_report *r, const struct check *c,
                     const struct check_case *one)
{
    bool judged = is_fault(c->verdict);
    enum standing standing = standing_of(c, one);
    char repeat[512];
    json_t *row;

    check_repeat_command(c, one, repeat, sizeof repeat);
    row = json_pack("{s:s, s:s, s:f, s:i, s:s?, s:s?, s:s?, s:s?, s:I, s:s}", "case", one->id,
                    "verdict", verdict_name(c->verdict), "seconds", c->seconds, "tries",
                    (int)c->tries, "expected", judged ? c->expected : NULL, "seen",
                    judged ? c->seen : NULL, "reason", !judged && *c->seen ? c->seen : NULL,
                    "spoiled", c->tries > 1 ? c->spoiled : NULL, "seed",
                    (json_int_t)c->settings->seed, "again", repeat);
    if (standing != STANDING_NEW) {
        json_object_set_new(row, "known", json_string(expect_of(c->target, one->id)));
        json_object_set_new(row, "as_known", json_boolean(standing == STANDING_KNOWN));
    }
    json_array_append_new(json_object_get(r->current, "cases"), row);
}

/* Flushed after each case: who is killed has told what was done. */
static void report_case(struct check_report *r, const struct check *c, const struct check_case *one)
{
    enum standing standing = standing_of(c, one);
    char reason[2048];

    check_report_clear_live(r);
    check_reason(c, one, reason, sizeof reason);
    r->count[c->verdict]++;
    add_json(r, c, one);
    cli_case(r->cli, r->target->name, one->id, c->verdict, c->seconds, *reason ? reason : NULL);
    if (standing != STANDING_NEW)
        cli_case_known(r->cli, expect_of(c->target, one->id), standing == STANDING_KNOWN);
    r->known += standing == STANDING_KNOWN && is_fault(c->verdict);
    r->changed += standing == STANDING_CHANGED;
    if (r->many) {
        put_mark(r, c, one);
        if ((c->verdict != VERDICT_PASS || standing == STANDING_CHANGED || c->tries > 1) &&
            c->verdict != VERDICT_UNSUPPORTED && r->details_out) {
            fprintf(r->details_out, "  %s%-11s%s %s\n", colour(r, c->verdict),
                    verdict_name(c->verdict), plain(r), one->id);
            put_details(c, one, r->details_out);
        }
    } else {
        fprintf(r->cli->text, "  %s%-11s%s %-24s %6.0f ms\n", colour(r, c->verdict),
                verdict_name(c->verdict), plain(r), one->id, c->seconds * 1000);
        put_details(c, one, r->cli->text);
    }
    fflush(r->cli->text);
}

void report_event(struct check_report *r, const struct target *target,
                  const struct check_event *event)
{
    switch (event->kind) {
    case CHECK_EVENT_START: report_target(r, target); break;
    case CHECK_EVENT_BEGIN: report_begin(r, event->one); break;
    case CHECK_EVENT_CASE: report_case(r, &event->check, event->one); break;
    case CHECK_EVENT_ERROR: report_error(r, target, &event->error); break;
    case CHECK_EVENT_END: report_target_end(r); break;
    }
}
