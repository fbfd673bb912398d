/* The chapters: each file that ends in a table of cases, and finding a case in them. */
#ifndef EDGEWISE_CHAPTERS_H
#define EDGEWISE_CHAPTERS_H

#include "checks/check.h"

extern const struct check_chapter *const check_chapters[];
extern const size_t check_chapter_count;

/* Case `index` over all chapters; NULL past the last. */
const struct check_case *check_case_at(size_t index);

/* Where a case of the table stands. */
const struct check_chapter *check_chapter_of(const struct check_case *one);

/* Does a word from the command line, a case or a chapter, name this case? */
bool check_is_named(const struct check_case *one, const char *word);

#endif
