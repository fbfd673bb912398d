/* How `edgewise check` tells what it sees: into the result, the recorded cases, and a form for
 * people. */
#ifndef EDGEWISE_CHECK_REPORT_H
#define EDGEWISE_CHECK_REPORT_H

#include "cli/check_form.h"
#include "cli/check_matrix.h"
#include "cli/check_target.h"

#define REPORT_VERDICTS 5

struct check_report {
    struct cli *cli;
    const struct check_form *form;
    struct check_show show;
    struct check_matrix *matrix; /* on a terminal, of several targets; NULL: none */
    const struct target *target;
    json_t *current; /* the target's entry in the result */
    uint64_t count[REPORT_VERDICTS];
    uint64_t known, changed; /* cases that are as their target file says, and that are not */
    const char *limits;      /* rate limits that a fault which nobody knew may be of; NULL: none */
};

/* In the order of a run: init; then one target after the other, either missing or its events up to
 * END; end.  All of them write to cli->text and into cli->result, and none fails: a text that could
 * not be written is found by cli_finish(). */
void report_init(struct check_report *report, struct cli *cli, const struct check_plan *plan);
void report_missing(struct check_report *report, const struct target *target);
void report_event(struct check_report *report, const struct target *target,
                  const struct check_event *event);
void report_end(struct check_report *report, uint64_t rounds);

/* Of target `index`, at once and not only in its turn: for who shows all of them at a time. */
void report_seen(struct check_report *report, size_t index, const struct check_event *event);

#endif
