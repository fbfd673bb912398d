/* The negative control: would the harness notice? */
#ifndef EDGEWISE_CHECK_CONTROL_H
#define EDGEWISE_CHECK_CONTROL_H

#include "base/status.h"

/* Before anything is scored: a made-up reply must be seen as foreign, a changed one as changed.  0,
 * or -1: the harness is blind here, and its verdicts would be worth nothing. */
int check_control(struct error *error);

#endif
