/* What is known of a running target from outside, and of one that has ended. */
#include "target/run.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "target/platform.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TREE_MAX 1024
/* Between two looks at a target that comes to rest. */
#define SETTLE_STEP_MS 20

const union address *target_address(const struct target_run *run, unsigned index)
{
    return &run->addresses[index];
}

uint16_t target_port(const struct target_run *run, unsigned index)
{
    return address_port(&run->addresses[index]);
}

unsigned target_sockets(const struct target_run *run)
{
    return run->sockets;
}

const struct target *target_of(const struct target_run *run)
{
    return run->target;
}

const struct ew_page *target_page(const struct target_run *run)
{
    return run->page;
}

pid_t target_pid(const struct target_run *run)
{
    return run->pid;
}

int target_usage(struct target_run *run, struct target_usage *usage)
{
    return platform_usage(run->supervisor, usage);
}

void target_labour(struct target_run *run, struct target_labour *labour)
{
    struct platform_thread_time times[TARGET_THREADS_MAX];
    struct platform_offspring offspring;
    struct target_usage usage = {0};

    target_usage(run, &usage);
    labour->cpu_ns = usage.cpu_ns;
    platform_offspring(run->supervisor, &offspring);
    labour->children_faults = offspring.faults;
    labour->disowns_children = offspring.disowned;
    labour->last_task = platform_last_task(&labour->task_limit);
    labour->n = platform_thread_times(run->supervisor, times, TARGET_THREADS_MAX);
    for (int i = 0; i < labour->n; i++) {
        labour->threads[i].thread = times[i].thread;
        labour->threads[i].cpu_ns = times[i].cpu_ns;
    }
}

/* ESRCH as kill(2): a number may be somebody else's once its process is gone, which is why the
 * supervisor is asked first. */
int target_signal(struct target_run *run, int number, bool tree)
{
    pid_t pids[TREE_MAX];
    int n = tree ? platform_descendants(run->supervisor, pids, TREE_MAX) : 0;

    if (!target_alive(run)) {
        errno = ESRCH;
        return -1;
    }
    for (int i = 0; i < n; i++) {
        if (getpgid(pids[i]) != run->pid)
            kill(pids[i], number);
    }
    return kill(tree ? -run->pid : run->pid, number);
}

int target_freeze(struct target_run *run, int limit_ms)
{
    int64_t limit_ns = clock_now_ns() + limit_ms * NS_PER_MS;
    struct platform_threads t = {0};
    int told;

    if (target_signal(run, SIGSTOP, true) < 0)
        return -1;
    /* The signal is only sent so far: each thread stops when it next would return to its
     * program. */
    while ((told = platform_threads(run->supervisor, &t)) == 0 && t.running + t.sleeping > 0 &&
           clock_now_ns() < limit_ns && !interrupted())
        run_take_event(run, 1);
    return told == 0 && t.running + t.sleeping > 0 ? -1 : 0;
}

bool target_sleeps(const struct target_run *run)
{
    struct platform_threads t;

    return platform_threads(run->supervisor, &t) < 0 || t.running == 0;
}

int target_sending(const struct target_run *run)
{
    return platform_threads_sending(run->supervisor);
}

bool target_is_gone(const struct target_run *run)
{
    struct platform_threads t;

    return platform_threads(run->supervisor, &t) == 0 && t.running + t.sleeping + t.stopped == 0;
}

/* Two looks that are alike, not one: between two steps of its work everybody sleeps. */
void target_settle(struct target_run *run, int limit_ms)
{
    int64_t limit_ns = clock_now_ns() + limit_ms * NS_PER_MS;
    struct target_usage before, now = {0};

    target_usage(run, &now);
    do {
        before = now;
        run_take_event(run, SETTLE_STEP_MS);
        if (target_usage(run, &now) < 0)
            return;
    } while ((!target_sleeps(run) || now.cpu_ns != before.cpu_ns ||
              now.voluntary_switches != before.voluntary_switches ||
              now.involuntary_switches != before.involuntary_switches) &&
             clock_now_ns() < limit_ns && !interrupted());
}

/* ---- how it ended ---- */

void target_end_text(const struct target_end *end, char *text, size_t size)
{
    if (end->lost)
        snprintf(text, size, "lost its supervisor, which somebody killed; how it ended is unknown");
    else if (end->daemonised)
        snprintf(
            text, size,
            "put itself into the background (run it in the foreground, so that it can be watched)");
    else if (end->exited)
        snprintf(text, size, "ended with exit status %d", end->code);
    else if (end->killed)
        snprintf(text, size, "did not end when asked to and was killed");
    else
        snprintf(text, size, "was ended by signal %d (%s)", end->code, strsignal(end->code));
}

/* As one line. */
static void watch_flatten(char *text)
{
    for (; *text; text++)
        *text = *text == '\n' ? '|' : (unsigned char)*text < ' ' ? ' ' : *text;
}

void target_end_said(const struct target_end *end, char *text, size_t size)
{
    static const char gap[] = " [...] ";
    const char *said = end->stderr_tail;
    size_t length = strlen(said), head = strlen(end->stderr_head);

    while (length > 0 && said[length - 1] == '\n')
        length--;
    if (length < size && strncmp(said, end->stderr_head, head) == 0) {
        snprintf(text, size, "%.*s", (int)length, said);
    } else { /* half of it each: what happened first, and what it led to */
        size_t half = (size - sizeof gap) / 2;
        size_t last = length < half ? length : half;

        snprintf(text, size, "%.*s%s%.*s", (int)(head < half ? head : half), end->stderr_head, gap,
                 (int)last, said + length - last);
    }
    watch_flatten(text);
}
