/* Targets by chapters on a terminal: each cell has the worst verdict so far, and is written over as
 * the next come. */
#ifndef EDGEWISE_CHECK_MATRIX_H
#define EDGEWISE_CHECK_MATRIX_H

#include "cli/check_form.h"
#include "cli/check_target.h"

struct check_matrix;

/* Has its heading printed by the form's begin(); NULL: there is no room for it, in memory or on
 * the terminal.  It writes to show->text, and to nothing else. */
struct check_matrix *check_matrix_new(struct check_show *show, const struct check_plan *plan);

/* Shows what has come of target `index`; in any order of targets. */
void check_matrix_event(struct check_matrix *matrix, size_t index, const struct check_event *event);

/* Leaves it as it stands and gives the memory back; `matrix` may be NULL. */
void check_matrix_end(struct check_matrix *matrix);

/* What is told of targets in their turn while a matrix shows them: the details, at the end. */
extern const struct check_form check_form_matrix;

#endif
