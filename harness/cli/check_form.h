/* The forms in which `edgewise check` shows what it sees: a line for each case, a line of marks for
 * each of several targets, sentences, a matrix on a terminal. */
#ifndef EDGEWISE_CHECK_FORM_H
#define EDGEWISE_CHECK_FORM_H

#include "checks/check.h"
#include "cli/terminal.h"

/* How a verdict stands to what the target file says of the case.  What could not be tried says
 * nothing about that.  Better than known is a change, too: the target file is then out of date. */
enum standing { STANDING_NEW, STANDING_KNOWN, STANDING_CHANGED };

enum standing check_standing(const struct check *c);

/* Does it say of the target what was expected and seen, and how to see it again?  WEAK does,
 * too. */
bool check_is_fault(enum verdict verdict);

/* A letter where something is to be read, so that a verdict is told without colours, too. */
char check_mark(enum verdict verdict, enum standing standing);
extern const char check_marks_legend[];

/* The escape sequence of it, "" for none; what is coloured ends with CHECK_COLOUR_END. */
const char *check_colour(enum verdict verdict, enum standing standing);
#define CHECK_COLOUR_END "\033[0m"

struct check_chapter;

/* What the forms keep; all zeros at the beginning but for the first four.  Who shows details in
 * another place than below a target says with `heading` whose they are. */
struct check_show {
    FILE *text;
    struct cli_terminal terminal; /* of `text` */
    bool live;                    /* standard error is a terminal: one sees what runs */
    uint64_t seed;
    const struct check_chapter *chapter; /* of the last mark */
    const char *heading;                 /* of the next detail that is kept; NULL: none */
    char *details;                       /* what is told below the marks */
    size_t details_size;
    FILE *details_out;
};

/* One form.  Each function may be NULL: there is nothing to show. */
struct check_form {
    void (*begin)(struct check_show *show);
    void (*target)(struct check_show *show, const struct target *target);
    void (*missing)(struct check_show *show, const struct target *target);
    /* `why`: what is not told at the end of all; NULL: it will be */
    void (*error)(struct check_show *show, const struct target *target, const char *why);
    void (*one)(struct check_show *show, const struct check_case *one); /* begins */
    void (*verdict)(struct check_show *show, const struct check *c);
    void (*target_end)(struct check_show *show, const struct target *target);
};

extern const struct check_form check_form_lines;
extern const struct check_form check_form_marks;
extern const struct check_form check_form_sentences;

/* What stands below a case's line: what was expected, seen, known before. */
void check_put_details(const struct check_show *show, const struct check *c, FILE *out);

/* Of several targets: the details that are worth it, kept until they are put.  What else is to be
 * kept goes to check_keep(), which is NULL without memory. */
FILE *check_keep(struct check_show *show);
void check_keep_details(struct check_show *show, const struct check *c);
void check_put_kept(struct check_show *show);

/* A verdict's name in its colour. */
void check_put_verdict(const struct check_show *show, enum verdict verdict, FILE *out);

/* `what` in red, and why; NULL: that is told elsewhere. */
void check_put_failure(const struct check_show *show, const char *what, const char *why);

#endif
