#include "checks/chapters/chapters.h"

/* In the order in which they are run: what explains other failures comes first. */
const struct check_chapter *const check_chapters[] = {
    &check_integrity, &check_order,     &check_queue,   &check_starvation,
    &check_idle,      &check_lifecycle, &check_signals, &check_polls,
    &check_hostile,   &check_loop,      &check_soak,
};
const size_t check_chapter_count = sizeof check_chapters / sizeof *check_chapters;
