/* What has been found of a target by torture, and how it is shown.
 *
 * A cell is one call that fails in one way at one place; a pair is all cells of a call and an
 * errno, and a case of the result: there are a thousand cells, and a hundred pairs. */
#ifndef EDGEWISE_CLI_TORTURE_H
#define EDGEWISE_CLI_TORTURE_H

#include "cli/cli.h"
#include "torture/sweep.h"

/* All cells of a row of the table. */
struct torture_pair {
    bool wanted; /* by --call and --errno */
    /* by the order of the outcomes: findings above all others, what was not reached below */
    enum torture_outcome worst;
    char detail[400]; /* of that */
    double seconds;   /* for all of them, the clean starts included */
};

struct torture_found {
    const struct target *target;
    struct torture_pair *pairs;         /* as many as the table has rows */
    json_t *cells;                      /* an array, in the order in which they were done */
    unsigned tried, known;              /* `known` of the tried ones come from --resume */
    unsigned not_reached, not_finished; /* left out: no such call, and no time */
};

/* Takes in one more cell, which took so long; it is copied. */
void torture_found_add(struct torture_found *found, const struct torture_cell *cell,
                       double seconds);

/* What happened, call by call, then each finding with its cell, then how many were tried and how
 * many left out. */
void torture_print(const struct cli *cli, const struct torture_found *found);

/* Records each pair as a case, which fails with a finding, and gives the target's part of the
 * result, which the caller owns. */
json_t *torture_record(struct cli *cli, const struct torture_found *found);

/* The cell without its target; the caller owns it. */
json_t *torture_cell_json(const struct torture_cell *cell);

#endif
