#include "cli/check_form.h"

#include "checks/chapters/chapters.h"
#include "checks/reason.h"
#include "target/expect.h"

#include <stdlib.h>

/* ---- what all forms have in common ---- */

enum standing check_standing(const struct check *c)
{
    const char *known = expect_of(c->target, c->one->id);

    if (!known || c->verdict == VERDICT_UNSUPPORTED || c->verdict == VERDICT_INVALID)
        return STANDING_NEW;
    return expect_includes(known, c->verdict) ? STANDING_KNOWN : STANDING_CHANGED;
}

bool check_is_fault(enum verdict verdict)
{
    return verdict == VERDICT_FAIL || verdict == VERDICT_WEAK;
}

const char check_marks_legend[] =
    "F failed  w weak  - unsupported  ? invalid  k as known  ! not as known";

char check_mark(enum verdict verdict, enum standing standing)
{
    static const char marks[] = {
        [VERDICT_PASS] = '.',        [VERDICT_FAIL] = 'F',    [VERDICT_WEAK] = 'w',
        [VERDICT_UNSUPPORTED] = '-', [VERDICT_INVALID] = '?',
    };

    if (standing == STANDING_CHANGED)
        return '!';
    return standing == STANDING_KNOWN && check_is_fault(verdict) ? 'k' : marks[verdict];
}

/* Green, red, yellow, grey, magenta; nothing for what is as known. */
const char *check_colour(enum verdict verdict, enum standing standing)
{
    static const char *const colours[] = {
        [VERDICT_PASS] = "\033[32m",    [VERDICT_FAIL] = "\033[1;31m",
        [VERDICT_WEAK] = "\033[33m",    [VERDICT_UNSUPPORTED] = "\033[90m",
        [VERDICT_INVALID] = "\033[35m",
    };

    if (standing == STANDING_CHANGED)
        verdict = VERDICT_FAIL;
    return standing == STANDING_KNOWN ? "" : colours[verdict];
}

void check_put_verdict(const struct check_show *show, enum verdict verdict, FILE *out)
{
    bool colour = show->terminal.colour;

    fprintf(out, "  %s%-11s%s", colour ? check_colour(verdict, STANDING_NEW) : "",
            verdict_name(verdict), colour ? CHECK_COLOUR_END : "");
}

void check_put_failure(const struct check_show *show, const char *what, const char *why)
{
    bool colour = show->terminal.colour;

    fprintf(show->text, "%s%s%s%s%s", colour ? check_colour(VERDICT_FAIL, STANDING_NEW) : "", what,
            colour ? CHECK_COLOUR_END : "", why ? ": " : "", why ? why : "");
}

/* ---- details ---- */

#define DETAIL_INDENT 14
#define DETAIL_LABEL 10

/* A command to be copied is never broken. */
static void put_detail(const struct check_show *show, const char *label, const char *text,
                       bool copied, FILE *out)
{
    fprintf(out, "%*s%-*s", DETAIL_INDENT, "", *label ? DETAIL_LABEL : 0, label);
    terminal_put(out, copied ? 0 : show->terminal.width,
                 DETAIL_INDENT + (*label ? DETAIL_LABEL : 0), text);
}

static void put_known(const struct check_show *show, const struct check *c, FILE *out)
{
    enum standing standing = check_standing(c);
    char text[1200];

    snprintf(text, sizeof text, "%s; if it is so now, change \"expect\" of the target file",
             standing == STANDING_CHANGED ? expect_of(c->target, c->one->id) : "");
    if (standing == STANDING_CHANGED)
        put_detail(show, "was known: ", text, false, out);
    else if (standing == STANDING_KNOWN && check_is_fault(c->verdict))
        put_detail(show, "known:", expect_of(c->target, c->one->id), false, out);
}

static void put_tries(const struct check_show *show, const struct check *c, FILE *out)
{
    char text[1200];

    snprintf(text, sizeof text, "try %u; before: %s", c->tries, c->spoiled);
    if (c->tries > 1)
        put_detail(show, "", text, false, out);
}

void check_put_details(const struct check_show *show, const struct check *c, FILE *out)
{
    char repeat[512];

    put_known(show, c, out);
    put_tries(show, c, out);
    if (!check_is_fault(c->verdict)) {
        if (*c->seen)
            put_detail(show, "", c->seen, false, out);
        return;
    }
    check_repeat_command(c, c->one, repeat, sizeof repeat);
    put_detail(show, "expected:", c->expected, false, out);
    put_detail(show, "seen:", c->seen, false, out);
    put_detail(show, "again:", repeat, true, out);
}

FILE *check_keep(struct check_show *show)
{
    if (!show->details_out)
        show->details_out = open_memstream(&show->details, &show->details_size);
    if (show->details_out && show->heading)
        fprintf(show->details_out, "%s\n", show->heading);
    show->heading = NULL;
    return show->details_out;
}

void check_keep_details(struct check_show *show, const struct check *c)
{
    bool told = c->verdict != VERDICT_PASS || check_standing(c) == STANDING_CHANGED || c->tries > 1;

    if (!told || c->verdict == VERDICT_UNSUPPORTED || !check_keep(show))
        return;
    check_put_verdict(show, c->verdict, show->details_out);
    fprintf(show->details_out, " %s\n", c->one->id);
    check_put_details(show, c, show->details_out);
}

/* The text of a memory stream is whole only once that is flushed or closed (open_memstream(3)). */
void check_put_kept(struct check_show *show)
{
    if (show->details_out && fclose(show->details_out) == 0)
        fputs(show->details, show->text);
    free(show->details);
    show->details = NULL;
    show->details_out = NULL;
}

/* ---- a line for each case of the one target ---- */

static void lines_clear_live(const struct check_show *show)
{
    if (show->live)
        fputs("\r\033[K", stderr);
}

/* First of all: also of a run that is cut short one knows how to repeat it. */
static void lines_begin(struct check_show *show)
{
    fprintf(show->text, "seed %llu\n", (unsigned long long)show->seed);
}

static void lines_target(struct check_show *show, const struct target *target)
{
    fprintf(show->text, "%s%s%s\n", target->name, *target->summary ? ": " : "", target->summary);
}

static void lines_missing(struct check_show *show, const struct target *target)
{
    fputs("  missing: ", show->text);
    terminal_put(show->text, show->terminal.width, 11, target->missing);
}

static void lines_error(struct check_show *show, const struct target *target, const char *why)
{
    (void)target;
    check_put_failure(show, "  could not run", why);
    fputc('\n', show->text);
}

/* Before the case, so that one sees which of them takes its time. */
static void lines_one(struct check_show *show, const struct check_case *one)
{
    if (show->live)
        fprintf(stderr, "\r\033[K  ...   %s", one->id);
}

static void lines_verdict(struct check_show *show, const struct check *c)
{
    lines_clear_live(show);
    check_put_verdict(show, c->verdict, show->text);
    fprintf(show->text, " %-24s %6.0f ms\n", c->one->id, c->seconds * 1000);
    check_put_details(show, c, show->text);
}

static void lines_target_end(struct check_show *show, const struct target *target)
{
    (void)target;
    lines_clear_live(show);
}

const struct check_form check_form_lines = {
    .begin = lines_begin,
    .target = lines_target,
    .missing = lines_missing,
    .error = lines_error,
    .one = lines_one,
    .verdict = lines_verdict,
    .target_end = lines_target_end,
};
