/* What people are told of a verdict. */
#ifndef EDGEWISE_CHECK_REASON_H
#define EDGEWISE_CHECK_REASON_H

#include "checks/check.h"

/* The verdict's reason in one line: expected, seen, seed, and the command that repeats it.  "" for
 * a plain PASS. */
void check_reason(const struct check *c, const struct check_case *one, char *text, size_t size);
void check_repeat_command(const struct check *c, const struct check_case *one, char *text,
                          size_t size);

#endif
