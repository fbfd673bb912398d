#include "checks/tools/labour.h"

#include <stdarg.h>
#include <stdio.h>

/* More than the rest of the threads spend on being stopped and continued, or on housekeeping. */
#define OTHERS_SHARE 0.3
#ifdef __SANITIZE_THREAD__
/* ThreadSanitizer has a thread of its own in each program, which works besides. */
#define OTHERS_NS 50000000
#else
#define OTHERS_NS 500000
#endif

static int64_t labour_before(const struct target_labour *l, pid_t thread)
{
    for (int i = 0; i < l->n; i++) {
        if (l->threads[i].thread == thread)
            return l->threads[i].cpu_ns;
    }
    return 0;
}

/* Has more been done than what the busiest thread did?  Threads that have ended count for all, and
 * for none of those that live. */
static bool others_worked(const struct target_labour *before, const struct target_labour *after)
{
    int64_t most = 0, all = after->cpu_ns - before->cpu_ns, one;

    for (int i = 0; i < after->n; i++) {
        one = after->threads[i].cpu_ns - labour_before(before, after->threads[i].thread);
        most = one > most ? one : most;
    }
    return all - most > OTHERS_NS && (double)(all - most) > OTHERS_SHARE * (double)all;
}

/* Has it had a child for about each datagram?  Those that it waited for had page faults, each some;
 * of those that it wants to know nothing of there is but the machine's count of whom anybody
 * started. */
static bool had_children(const struct target_labour *before, const struct target_labour *after,
                         int64_t asked)
{
    int64_t started = after->last_task - before->last_task, most = asked - asked / 10;

    if (started < 0) /* the numbers began anew */
        started += after->task_limit;
    return after->children_faults - before->children_faults >= most ||
           (after->disowns_children && before->last_task >= 0 && started >= most);
}

bool labour_is_shared(struct check *c, const struct target_labour *before, uint64_t asked)
{
    struct target_labour after;

    target_labour(c->run, &after);
    return before->n >= 0 && after.n >= 0 &&
           (others_worked(before, &after) || had_children(before, &after, (int64_t)asked));
}

void labour_blame_order(struct check *c, const struct target_labour *before, uint64_t asked,
                        const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (labour_is_shared(c, before, asked))
        check_weak(c, "answers in the order of the questions",
                   "%s; several threads or processes answer side by side", text);
    else
        check_fail(c, "answers in the order of the questions", "%s", text);
}
