/* Of several targets: a line of marks for each, or sentences. */
#include "checks/chapters/chapters.h"
#include "checks/reason.h"
#include "cli/check_form.h"
#include "cli/cli.h"
#include "target/expect.h"

/* ---- marks ---- */

static void marks_begin(struct check_show *show)
{
    fprintf(show->text, ". passed  %s; seed %llu\n", check_marks_legend,
            (unsigned long long)show->seed);
}

static void marks_target(struct check_show *show, const struct target *target)
{
    show->chapter = NULL;
    fprintf(show->text, "%-*s", CLI_NAME_WIDTH, target->name);
}

/* Behind the name, where the marks would be. */
static void marks_missing(struct check_show *show, const struct target *target)
{
    fprintf(show->text, " missing: %s", target->missing);
}

static void marks_error(struct check_show *show, const struct target *target, const char *why)
{
    (void)target;
    check_put_failure(show, " could not run", why);
}

/* A gap between chapters, so that a mark is found again.  The details of one of many wait until its
 * line of marks is whole. */
static void marks_verdict(struct check_show *show, const struct check *c)
{
    enum standing standing = check_standing(c);
    bool colour = show->terminal.colour;

    if (check_chapter_of(c->one) != show->chapter)
        fputc(' ', show->text);
    show->chapter = check_chapter_of(c->one);
    fprintf(show->text, "%s%c%s", colour ? check_colour(c->verdict, standing) : "",
            check_mark(c->verdict, standing), colour ? CHECK_COLOUR_END : "");
    check_keep_details(show, c);
}

static void marks_target_end(struct check_show *show, const struct target *target)
{
    (void)target;
    fputc('\n', show->text);
    check_put_kept(show);
}

const struct check_form check_form_marks = {
    .begin = marks_begin,
    .target = marks_target,
    .missing = marks_missing,
    .error = marks_error,
    .verdict = marks_verdict,
    .target_end = marks_target_end,
};

/* ---- sentences ---- */

/* Read aloud from the top to the bottom: each line says what it is about, verdicts are words, and
 * nothing stands in a column. */
static void sentences_begin(struct check_show *show)
{
    fprintf(show->text, "The seed is %llu.\n", (unsigned long long)show->seed);
}

static void sentences_target(struct check_show *show, const struct target *target)
{
    fprintf(show->text, "The target is %s%s%s.\n", target->name, *target->summary ? ": " : "",
            target->summary);
}

static void sentences_missing(struct check_show *show, const struct target *target)
{
    fprintf(show->text, "It is missing: %s.\n", target->missing);
}

static void sentences_error(struct check_show *show, const struct target *target, const char *why)
{
    (void)target;
    fprintf(show->text, "It could not be run%s%s.\n", why ? ": " : "", why ? why : "");
}

/* What stands in the target file, where that differs or excuses. */
static void sentences_known(struct check_show *show, const struct check *c)
{
    enum standing standing = check_standing(c);

    if (standing == STANDING_CHANGED)
        fprintf(show->text, "The target file knows something else: %s.\n",
                expect_of(c->target, c->one->id));
    else if (standing == STANDING_KNOWN && check_is_fault(c->verdict))
        fprintf(show->text, "That is known: %s.\n", expect_of(c->target, c->one->id));
}

/* The command alone ends without a full stop, which one would copy. */
static void sentences_verdict(struct check_show *show, const struct check *c)
{
    char repeat[512];

    fprintf(show->text, "%s is %s after %.0f milliseconds.\n", c->one->id, verdict_name(c->verdict),
            c->seconds * 1000);
    if (c->tries > 1)
        fprintf(show->text, "That was try %u; before: %s.\n", c->tries, c->spoiled);
    sentences_known(show, c);
    if (!check_is_fault(c->verdict)) {
        if (*c->seen)
            fprintf(show->text, "Reason: %s.\n", c->seen);
        return;
    }
    check_repeat_command(c, c->one, repeat, sizeof repeat);
    fprintf(show->text, "Expected: %s.\nSeen: %s.\nTo see it again: %s\n", c->expected, c->seen,
            repeat);
}

const struct check_form check_form_sentences = {
    .begin = sentences_begin,
    .target = sentences_target,
    .missing = sentences_missing,
    .error = sentences_error,
    .verdict = sentences_verdict,
};
