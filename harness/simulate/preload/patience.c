#include "simulate/preload/patience.h"

#include "simulate/page.h"
#include "simulate/preload/network.h"
#include "simulate/preload/real.h"

#include <time.h>

#define NS_PER_MS 1000000

/* Of clocks of processes: user and system time, as scheduled. */
#define CPUCLOCK_OF_PROCESS 2
/* So many times longer may it take on a machine that has no time for the target. */
#define LOADED_MOST 20
/* Of the deadline: who has not moved for so long is asleep. */
#define SLEEP_PART 4

static int64_t patience_ms(void)
{
    struct timespec t;

    real()->clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t cpu_of(pid_t process)
{
    struct timespec t;
    /* as clock_getcpuclockid(3) makes it */
    clockid_t clock = (clockid_t)(~(unsigned)process << 3 | CPUCLOCK_OF_PROCESS);

    return real()->clock_gettime(clock, &t) < 0 ? 0 : (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t cpu_of_all(void)
{
    struct sim_page *page = net_page();
    int64_t sum = 0;

    for (unsigned i = 0; i < SIM_PROCESSES_MAX; i++)
        sum += page->processes[i] ? cpu_of(page->processes[i]) : 0;
    return sum;
}

struct patience patience_now(void)
{
    return (struct patience){.cpu_ns = -1, .naps = net_page()->naps, .since_ms = patience_ms()};
}

/* Its processor's clock is read only when the wait turns out to be a long one. */
bool patience_is_over(struct patience *began)
{
    unsigned deadline_ms = net_page()->deadline_ms;
    int64_t waited_ms = patience_ms() - began->since_ms;

    if (waited_ms < deadline_ms / 2)
        return false;
    if (began->cpu_ns < 0)
        began->cpu_ns = cpu_of_all();
    if (waited_ms < deadline_ms)
        return false;
    return (cpu_of_all() - began->cpu_ns) / NS_PER_MS > deadline_ms / 4 ||
           net_page()->naps - began->naps > NAPS_MANY ||
           waited_ms > (int64_t)deadline_ms * LOADED_MOST;
}

bool patience_slept(struct patience *began, bool asleep)
{
    if (!asleep)
        began->quiet_ms = 0;
    else if (began->quiet_ms == 0)
        began->quiet_ms = patience_ms();
    return asleep && patience_ms() - began->quiet_ms > net_page()->deadline_ms / SLEEP_PART;
}
