/* When a target has had its time, told by what it does with it: one rule for all carriers.
 *
 * On a loaded machine the time that passes says nothing about the target, so that its processors'
 * clocks count, and time alone only at the very last.  How either is read is the carrier's. */
#ifndef EDGEWISE_SIMULATE_DEADLINE_H
#define EDGEWISE_SIMULATE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* So many times longer may it take on a machine that has no time for the target. */
#define DEADLINE_LOADED_MOST 20

struct deadline {
    int64_t since_ns;
    int64_t cpu_ns; /* of the whole target, some time later; -1: not that late yet */
};

static inline struct deadline deadline_from(int64_t now_ns)
{
    return (struct deadline){.since_ns = now_ns, .cpu_ns = -1};
}

/* The processors' clocks are read only when the wait turns out to be a long one. */
static inline bool deadline_is_over(struct deadline *d, int64_t now_ns, int64_t limit_ns,
                                    int64_t (*cpu_ns)(const void *of), const void *of)
{
    int64_t waited_ns = now_ns - d->since_ns;

    if (waited_ns < limit_ns / 2)
        return false;
    if (d->cpu_ns < 0)
        d->cpu_ns = cpu_ns(of);
    return waited_ns >= limit_ns &&
           (cpu_ns(of) - d->cpu_ns > limit_ns / 4 || waited_ns > limit_ns * DEADLINE_LOADED_MOST);
}

#endif
