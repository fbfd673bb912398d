#include "simulate/preload/patience.h"

#include "simulate/page.h"
#include "simulate/preload/network.h"
#include "simulate/preload/real.h"

#include <time.h>

#define NS_PER_MS INT64_C(1000000)

/* Of clocks of processes: user and system time, as scheduled. */
#define CPUCLOCK_OF_PROCESS 2
/* Of the deadline: who has not moved for so long is asleep. */
#define SLEEP_PART 4

/* The machine's, not the target's. */
static int64_t patience_ns(clockid_t clock)
{
    struct timespec t;

    return real()->clock_gettime(clock, &t) < 0 ? 0 : (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t cpu_of(pid_t process)
{
    /* as clock_getcpuclockid(3) makes it */
    return patience_ns((clockid_t)(~(unsigned)process << 3 | CPUCLOCK_OF_PROCESS));
}

static int64_t cpu_of_all(const void *of)
{
    const struct sim_page *page = of;
    int64_t sum = 0;

    for (unsigned i = 0; i < SIM_PROCESSES_MAX; i++)
        sum += page->processes[i] ? cpu_of(page->processes[i]) : 0;
    return sum;
}

static int64_t patience_limit_ns(void)
{
    return net_page()->deadline_ms * NS_PER_MS;
}

struct patience patience_now(void)
{
    return (struct patience){.deadline = deadline_from(patience_ns(CLOCK_MONOTONIC)),
                             .naps = net_page()->naps};
}

bool patience_is_over(struct patience *began)
{
    int64_t now_ns = patience_ns(CLOCK_MONOTONIC), limit_ns = patience_limit_ns();

    return deadline_is_over(&began->deadline, now_ns, limit_ns, cpu_of_all, net_page()) ||
           (now_ns - began->deadline.since_ns >= limit_ns &&
            net_page()->naps - began->naps > NAPS_MANY);
}

bool patience_slept(struct patience *began, bool asleep)
{
    int64_t now_ns = patience_ns(CLOCK_MONOTONIC);

    if (!asleep)
        began->quiet_ns = 0;
    else if (began->quiet_ns == 0)
        began->quiet_ns = now_ns;
    return asleep && now_ns - began->quiet_ns > patience_limit_ns() / SLEEP_PART;
}
