/* Idle: a server to which nobody speaks sleeps. */
#include "checks/check.h"
#include "checks/counters.h"
#include "checks/tools/load.h"

#include "base/clock.h"
#include "base/interrupt.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

/* Long enough for a tick of a tenth of a second, the usual period of those who poll, to show ten
 * times. */
#define WATCH_MS 1000
/* What a server may need to come to rest after its start or a flood, before it is watched. */
#define SETTLE_LIMIT_MS 1000
/* Beyond these it is busy, whatever it does. */
#define CPU_LIMIT 0.01
/* A timer of ten milliseconds, the fastest that one meets in idle runtimes, stays just within. */
#define WAKE_LIMIT 100

/* Differences of two are what counts: both sums begin at some moment of the past. */
struct activity {
    int64_t cpu_ns;
    int64_t wakes; /* context switches; -1: not told */
    int64_t waits; /* by its own counters; -1: not told */
};

/* Both are asked, since either may be missing: the system's word about any process, and the page of
 * a server of ours. */
static struct activity idle_look(struct check *c)
{
    struct activity a = {-1, -1,
                         check_worker_counter(c, offsetof(struct ew_worker_counters, waits))};
    struct target_usage usage;

    if (target_usage(c->run, &usage) == 0 && usage.voluntary_switches >= 0) {
        a.cpu_ns = usage.cpu_ns;
        a.wakes = usage.voluntary_switches + usage.involuntary_switches;
    }
    return a;
}

/* In one sleep, as long as there is no signal: an observer that wakes takes time from the
 * observed. */
static void pass_time(int ms)
{
    int64_t limit_ns = clock_now_ns() + ms * NS_PER_MS, left_ns;

    while ((left_ns = limit_ns - clock_now_ns()) > 0 && !interrupted())
        poll(NULL, 0, (int)(left_ns / NS_PER_MS) + 1);
}

/* A few wakes a second are a runtime's housekeeping, and WEAK; a server of ours has none, and no
 * excuse. */
static void idle_judge(struct check *c, const struct activity *before, const struct activity *after,
                       double seconds)
{
    int64_t wakes = after->wakes - before->wakes, waits = after->waits - before->waits;
    int64_t cpu_ns = after->cpu_ns - before->cpu_ns;
    int64_t most = wakes > waits ? wakes : waits;
    double cpu = (double)cpu_ns / NS_PER_S / seconds;

    if (wakes == 0 && waits == 0 && cpu_ns == 0)
        return;
    if (cpu > CPU_LIMIT || (double)most / seconds > WAKE_LIMIT || c->target->kind == TARGET_PLUGIN)
        check_fail(c, "it sleeps while nothing arrives",
                   "in %.1f s %" PRId64 " wake-ups, %" PRId64 " waits, %.3f ms of CPU", seconds,
                   wakes, waits, (double)cpu_ns / NS_PER_MS);
    else
        check_weak(c, "it sleeps while nothing arrives",
                   "in %.1f s %" PRId64 " wake-ups, %.3f ms of CPU", seconds, wakes,
                   (double)cpu_ns / NS_PER_MS);
}

/* The time that has really passed is divided by, not the time that was asked for: on a loaded
 * machine they differ. */
static void idle_watch(struct check *c)
{
    struct activity before, after;
    int64_t start_ns;

    /* who never comes to rest is watched all the same */
    target_settle(c->run, check_ms(c, SETTLE_LIMIT_MS));
    start_ns = clock_now_ns();
    before = idle_look(c);
    if (before.wakes < 0 && before.waits < 0) {
        check_unsupported(
            c,
            "this system does not tell what a process does, and the target publishes no counters");
        return;
    }
    pass_time(WATCH_MS);
    after = idle_look(c);
    if (!check_over(c) && target_alive(c->run))
        idle_judge(c, &before, &after, (double)(clock_now_ns() - start_ns) / NS_PER_S);
}

/* A target, if it is one that is to sleep at all. */
static bool idle_start(struct check *c)
{
    if (!check_can(c, EW_CAN_SPINS))
        return check_start(c, NULL);
    check_unsupported(c, "it claims 'spins': it never sleeps, on purpose");
    return false;
}

/* Without a datagram ever: what a runtime does by itself is seen alone. */
static void fresh(struct check *c)
{
    if (idle_start(c))
        idle_watch(c);
}

/* As fast as it can: what is left over when a flood ends, a timer, an interest in writability,
 * shows here. */
static void after_flood(struct check *c)
{
    struct load load;
    bool flooded;

    if (!idle_start(c))
        return;
    load_init(&load, c);
    load.config.pace = PACE_UNPACED;
    load.config.count = 5000;
    flooded = load_run(&load, c);
    load_fini(&load);
    if (flooded)
        idle_watch(c);
}

#define IDLE_STATEMENT                                                                         \
    "Good: no context switch, no wait and no CPU time in a second.  A third party's is WEAK\n" \
    "above none, FAIL above 1 % of a processor or 100 wake-ups; a plug-in's is FAIL above\n"   \
    "none.\n"                                                                                  \
    "Source: proc(5), clock_getcpuclockid(3)."

static const struct check_case cases[] = {
    {"idle-fresh", "nothing runs while nothing arrives, after the start",
     "Watches the target's whole tree for a second after its start.\n"
     "Why: interest in writing while nothing waits, or a timer instead of readiness, burns a\n"
     "battery.\n" IDLE_STATEMENT,
     CHECK_QUIET | CHECK_TROUBLE, fresh},
    {"idle-after-flood", "nothing runs while nothing arrives, after a flood",
     "Floods the target, and watches its whole tree for a second once it is over.\n"
     "Why: interest in writing that a flood switched on and nobody switched off spins from\n"
     "then on.\n" IDLE_STATEMENT,
     EW_CAN_ECHO | CHECK_QUIET | CHECK_TROUBLE, after_flood},
};

const struct check_chapter check_idle = {"idle", cases, sizeof cases / sizeof *cases};
