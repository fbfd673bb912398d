/* What a target file says of cases that are known not to pass: "FAIL: reason", "FAIL|WEAK: reason"
 * where it varies. */
#ifndef EDGEWISE_TARGET_EXPECT_H
#define EDGEWISE_TARGET_EXPECT_H

#include "target/target.h"

/* One or several of FAIL, WEAK and PASS, not PASS alone, then ": " and a reason. */
bool expect_is_valid(const char *text);

/* Is the verdict one of those that the text names? */
bool expect_includes(const char *text, enum verdict verdict);

/* What the target's file says of a case; NULL: nothing. */
const char *expect_of(const struct target *target, const char *case_id);

#endif
