#include "checks/chapters/chapters.h"

#include <string.h>

/* In the order in which they are run: what explains other failures comes first.  A chapter's table
 * is check_NAME in a file of its own; its name here is all that anybody else knows of it. */
#define CHAPTERS(CHAPTER) \
    CHAPTER(integrity)    \
    CHAPTER(order)        \
    CHAPTER(sizes)        \
    CHAPTER(clients)      \
    CHAPTER(addresses)    \
    CHAPTER(queue)        \
    CHAPTER(starvation)   \
    CHAPTER(idle)         \
    CHAPTER(lifecycle)    \
    CHAPTER(signals)      \
    CHAPTER(polls)        \
    CHAPTER(hostile)      \
    CHAPTER(loop)         \
    CHAPTER(soak)

#define DECLARED(name) extern const struct check_chapter check_##name;
CHAPTERS(DECLARED)

#define LISTED(name) &check_##name,
const struct check_chapter *const check_chapters[] = {CHAPTERS(LISTED)};
const size_t check_chapter_count = sizeof check_chapters / sizeof *check_chapters;

/* Looked for anew each time: there are some fifty, and no list that could be out of date. */
const struct check_case *check_case_at(size_t index)
{
    for (size_t i = 0; i < check_chapter_count; i++) {
        if (index < check_chapters[i]->count)
            return &check_chapters[i]->cases[index];
        index -= check_chapters[i]->count;
    }
    return NULL;
}

/* By where it lies, so that no case needs to name its chapter.  NULL for one that is in no
 * table. */
const struct check_chapter *check_chapter_of(const struct check_case *one)
{
    for (size_t i = 0; i < check_chapter_count; i++) {
        for (size_t j = 0; j < check_chapters[i]->count; j++) {
            if (&check_chapters[i]->cases[j] == one)
                return check_chapters[i];
        }
    }
    return NULL;
}

/* No case is called as a chapter is, so that one word need not say which it means. */
bool check_is_named(const struct check_case *one, const char *word)
{
    return strcmp(one->id, word) == 0 || strcmp(check_chapter_of(one)->name, word) == 0;
}
