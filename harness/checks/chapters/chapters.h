/* The chapters: each file that ends in a table of cases. */
#ifndef EDGEWISE_CHAPTERS_H
#define EDGEWISE_CHAPTERS_H

#include "checks/check.h"

extern const struct check_chapter check_integrity, check_order, check_queue, check_idle,
    check_lifecycle, check_signals, check_starvation, check_polls, check_hostile, check_loop,
    check_soak;

#endif
