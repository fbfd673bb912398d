/* How `edgewise check` tells what it sees: a list for one target, a line of marks for each of
 * several; JSON and JUnit. */
#ifndef EDGEWISE_CHECK_REPORT_H
#define EDGEWISE_CHECK_REPORT_H

#include "cli/check_target.h"

#define REPORT_VERDICTS 5

struct check_chapter;

struct check_report {
    struct cli *cli;
    bool many;   /* targets: marks instead of lines */
    bool colour; /* the text goes to a terminal */
    bool live;   /* standard error is a terminal: shows what runs */
    const struct target *target;
    json_t *current;                     /* the target's entry in the result */
    const struct check_chapter *chapter; /* of the last mark */
    char *details;                       /* what is told below the marks */
    size_t details_size;
    FILE *details_out;
    uint64_t count[REPORT_VERDICTS];
    uint64_t known, changed; /* cases that are as their target file says, and that are not */
};

/* In the order of a run: init; then one target after the other, either missing or its events up to
 * END; end.  All of them write to cli->text and into cli->result, and none fails: a text that could
 * not be written is found by cli_finish(). */
void report_init(struct check_report *report, struct cli *cli, bool many);
void report_missing(struct check_report *report, const struct target *target);
void report_event(struct check_report *report, const struct target *target,
                  const struct check_event *event);
void report_end(struct check_report *report, uint64_t rounds);

#endif
