/* Does what a target has grow without end?  It is asked for parts of equal work, and what it has
 * after each is compared: a runtime that warms up and a table that fills come to rest, a leak goes
 * on as it began. */
#ifndef EDGEWISE_CHECK_GROWTH_H
#define EDGEWISE_CHECK_GROWTH_H

#include "checks/check.h"

#define GROWTH_PARTS_MAX 64
/* As many parts in a row must each add to what there is. */
#define GROWTH_STEPS 3

struct growth {
    struct check *check;
    /* What is no growth, set before the first part: so many descriptors and threads (the clients of
     * a part, where what a client may cost is not the question), and bytes, for each unit of work
     * and at least. */
    int64_t clients, bytes_each, bytes_least;
    unsigned parts;
    int64_t work[GROWTH_PARTS_MAX];           /* of each part: echoes, clients */
    struct target_usage at[GROWTH_PARTS_MAX]; /* after each part */
};

/* Takes stock after a part of so much work, once the target rests.  False with a verdict where that
 * is not told. */
bool growth_look(struct growth *g, int64_t work);

/* Enough parts to judge by? */
bool growth_is_known(const struct growth *g);

/* Did the last part add anything that is growth?  False after the first. */
bool growth_added(const struct growth *g);

/* What has grown in each of the last GROWTH_STEPS parts, in the last one by no less than a quarter
 * of what it did in the first of them, measured by their work: "descriptors", "threads or
 * children", or "bytes" (asked of the system, too); NULL for nothing. */
const char *growth_goes_on(const struct growth *g);

/* Does its memory grow so far within what it has asked of the system before?  An allocator takes
 * some 130 KiB at once, and a leak of bytes is told from a heap that warms up by the next time. */
bool growth_is_open(const struct growth *g);

/* FAIL, for `what`, which growth_goes_on() has named: "4, 64, 124, 184 descriptors after each ...
 * `part`". */
void growth_fail(const struct growth *g, const char *what, const char *part);

#endif
