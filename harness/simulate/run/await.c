#include "base/clock.h"
#include "base/interrupt.h"
#include "simulate/deadline.h"
#include "simulate/run/bypass.h"
#include "simulate/run/simulation.h"
#include "simulate/scenario.h"
#include "target/platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A run of a C server is over after some milliseconds, and ends with an event; this is for those
 * that neither end nor get on. */
#define LOOK_MS 5
/* From the end of a target to that of its supervisor. */
#define SUPERVISION_END_MS 1000
/* The other way round: a supervisor that has finished has ended its target, and only a machine that
 * has no time for either lets it take long until that is told. */
#define SUPERVISED_END_MS 20000
/* What costs a look at every process of the machine is done so often. */
#define CLOSE_LOOK_MS 50
/* The part of its limit from which on a target that gets no further is looked at. */
#define STUCK_PART 8
/* The part of a run's time for which a target must not have moved to count as asleep. */
#define STILL_PART 20
/* And before it has waited at all, when it may still be on its way there. */
#define START_PART 4

/* Who naps so often since it closed its last socket has timers, and no other way to go on. */
#define CLOSED_NAPS 10
/* Who naps so often, and computes no longer than this for each time, while the scenario gets no
 * further, is not short of a processor: it looks for something else.  Calls that a supervisor holds
 * look like naps. */
#define STUCK_NAPS 100
#define NAPS_PART 4
#define NAP_CPU_NS 200000

/* Whether it is still or only its timers wake it. */
#define SLEEPS_ON "sleeps where no datagram wakes it"

struct stillness {
    int64_t switches; /* context switches of the whole tree, at the last look */
    int64_t since_ns;
    int64_t closed_naps; /* switches of its own when it was first seen without a socket; 0: it has
                            one */
};

/* How far the scenario has got, and when it last got further. */
struct progress {
    uint64_t steps, moved;
    int64_t since_ns;
    int64_t cpu_ns, switches; /* of the whole tree, some time later; -1: not that late yet */
    bool naps;                /* all that it has done since then */
};

struct watch {
    struct stillness still;
    struct progress progress;
    struct bypass bypass;
    int64_t next_ns; /* when to look closely again */
};

static int run_settle(struct sim_result *result, enum sim_outcome outcome, const char *text)
{
    result->outcome = outcome;
    snprintf(result->text, sizeof result->text, "%s", text);
    return 1;
}

/* The counters are the target's own: they are read when the scenario is over, and nothing more
 * comes that could move them. */
static int read_figures(const struct simulation *s, struct sim_result *result)
{
    if (s->counters)
        scenarios[s->order->scenario]->on_counters(&s->page->engine, s->counters);
    result->outcome = SIM_MEASURED;
    result->figure_count = s->page->engine.figure_count;
    memcpy(result->figures, s->page->engine.figures, sizeof result->figures);
    return 1;
}

/* Whoever ends before the first datagram could not be started, whatever the scenario. */
static int tell_end(const struct simulation *s, struct sim_result *result, struct error *error)
{
    const char *lack = s->page->lacks_descriptors
                           ? " (a simulated socket takes two descriptors: raise ulimit -Hn)"
                           : "";
    char how[128], said[300];

    target_end_text(&s->run->end, how, sizeof how);
    target_end_said(&s->run->end, said, sizeof said);
    if (s->page->state < SIM_RUNNING && s->page->ring_denied) {
        snprintf(result->text, sizeof result->text,
                 "not interposable: it %s when io_uring was denied to it", how);
        result->outcome = SIM_UNSUPPORTED;
        return 1;
    }
    if (s->page->state < SIM_RUNNING)
        return error_set(error, STATUS_CANNOT_RUN, "%s: %s before it waited for a datagram%s%s%s",
                         s->order->target->name, how, lack, *said ? "; its standard error: " : "",
                         said);
    snprintf(result->text, sizeof result->text, "%s%s%s", how,
             *said ? "; its standard error: " : "", said);
    result->outcome = SIM_ENDED;
    return 1;
}

/* 1 when the supervisor could not do its work. */
static int look_at_supervision(struct simulation *s, struct sim_result *result)
{
    struct share *share = s->supervision.share;
    char text[sizeof result->text];

    if (share->stage == SHARE_REFUSED) {
        snprintf(text, sizeof text, "not interposable: %s", share->trouble);
        return run_settle(result, SIM_UNSUPPORTED, text);
    }
    /* Each takes the other along, and the target's end may be seen first: without a supervisor its
     * calls fail with ENOSYS before that one is a zombie. */
    if (s->run->ended ? !supervision_ends(&s->supervision, SUPERVISION_END_MS)
                      : !supervision_is_over(&s->supervision))
        return 0;
    /* Then of its own accord, and so with the target, whose end is told by somebody else. */
    if (share->finished && (s->run->ended || run_take_event(s->run, SUPERVISED_END_MS)))
        return 0;
    return run_settle(result, SIM_UNDECIDED, "its supervisor has ended");
}

/* 1 when it is decided, 0 when it is not yet, -1 with `error`.  What the page says goes before how
 * the process ended: the library ends it when a scenario is over. */
static int run_look(struct simulation *s, struct sim_result *result, struct error *error)
{
    bool ended = s->run->ended; /* before the page is read: it is written before the end */
    char text[sizeof s->page->trouble + 32];

    if (s->page->state == SIM_OVER && s->page->objection[0])
        return run_settle(result, SIM_UNDECIDED, s->page->objection);
    if (s->page->state == SIM_OVER)
        return read_figures(s, result);
    if (s->page->state == SIM_TROUBLE)
        return run_settle(result, SIM_UNDECIDED, s->page->trouble);
    if (s->page->state == SIM_UNFIT)
        return run_settle(result, SIM_PARTLY, s->page->trouble);
    if (s->page->state == SIM_BYPASSED) {
        snprintf(text, sizeof text, "not interposable: %s", s->page->trouble);
        return run_settle(result, SIM_UNSUPPORTED, text);
    }
    if (s->supervision.share && look_at_supervision(s, result))
        return 1;
    if (s->run->start_errno)
        return error_set(error, STATUS_CANNOT_RUN, "%s: cannot be started: %s",
                         s->order->target->name, strerror(s->run->start_errno));
    if (ended)
        return tell_end(s, result, error);
    if (interrupted())
        return error_set(error, interrupted(), "interrupted while %s was simulated",
                         s->order->target->name);
    return 0;
}

/* Without a socket its waits are the kernel's alone, and no datagram ends one. */
static bool only_naps(const struct simulation *s, const struct target_usage *usage,
                      struct stillness *still)
{
    if (s->page->state != SIM_RUNNING || page_bound_ports(s->page) > 0) {
        still->closed_naps = 0;
        return false;
    }
    if (still->closed_naps == 0)
        still->closed_naps = usage->voluntary_switches;
    return usage->voluntary_switches - still->closed_naps > CLOSED_NAPS;
}

/* Who waits where the library looks is never still for long: it ends or goes on.  Whoever is has
 * stopped waiting for datagrams. */
static bool is_still(const struct simulation *s, struct stillness *still)
{
    int64_t limit_ms = s->order->limit_ms /
                       (s->page->state == SIM_RUNNING ? STILL_PART : START_PART);
    struct platform_threads threads;
    struct target_usage usage = {0};
    bool asleep;

    if (s->supervision.share) /* which alone knows whether it holds a call */
        return s->supervision.share->asleep;
    asleep = platform_threads(s->run->supervisor, &threads) == 0 && threads.running == 0 &&
             platform_usage(s->run->supervisor, &usage) == 0;
    if (asleep && only_naps(s, &usage, still))
        return true;
    if (!asleep || usage.voluntary_switches + usage.involuntary_switches != still->switches) {
        still->since_ns = clock_now_ns();
        still->switches = usage.voluntary_switches + usage.involuntary_switches;
        return false;
    }
    return clock_now_ns() - still->since_ns > limit_ms * NS_PER_MS;
}

/* Each carrier knows it in its own way: sockets of the library's are rows of the page, and those
 * that a supervisor watches are the kernel's. */
static bool has_closed(const struct simulation *s)
{
    if (s->supervision.share)
        return s->page->engine.closed > 0;
    return s->page->engine.bound && page_bound_ports(s->page) < s->options.sockets;
}

/* Asleep in a wait of the kernel's before the library has seen one: then the wait was made by a
 * system call of the target's own, and a datagram of the simulated network would not end it. */
static int settle_still(const struct simulation *s, struct sim_result *result)
{
    char call[32], text[128];

    result->closed = has_closed(s);
    if (s->page->state == SIM_RUNNING)
        return run_settle(result, SIM_ASLEEP,
                          result->closed ? "closes its socket, and sleeps" : SLEEPS_ON);
    if (s->supervision.share || !s->page->engine.bound ||
        !bypass_waits_in(s->run->pid, call, sizeof call))
        return run_settle(result, SIM_UNDECIDED, "never waited for a datagram on its ports");
    snprintf(text, sizeof text,
             "not interposable: it waits by a system call that goes past libc (%s)", call);
    return run_settle(result, SIM_UNSUPPORTED, text);
}

/* With what it has done so far: who reads it shall see whether it is the target that went on, or
 * whether nothing was ever asked of it. */
static int settle_stuck(const struct simulation *s, const struct progress *p,
                        struct sim_result *result)
{
    const struct engine *e = &s->page->engine;
    char text[256];

    if (s->page->state != SIM_RUNNING)
        return run_settle(result, SIM_UNDECIDED, "never waited for a datagram on its ports");
    if (p->naps)
        return run_settle(result, SIM_ASLEEP, SLEEPS_ON);
    snprintf(text, sizeof text,
             "got no further: of %" PRIu64 " datagrams it had received %" PRIu64
             " and answered %" PRIu64 " after %" PRIu64 " steps, and then went on without waiting",
             engine_total(e->injected), engine_total(e->received), engine_total(e->sent), e->steps);
    return run_settle(result, SIM_UNDECIDED, text);
}

/* By the clock of its processor, as far as it gets one: how long it takes otherwise is the
 * machine's doing.  Later than the carrier, which sees more of it and has half the limit: two
 * threads that compute use up twice the time. */
static bool is_stuck(const struct simulation *s, struct progress *p)
{
    const struct engine *e = &s->page->engine;
    uint64_t moved = engine_total(e->injected) + engine_total(e->received) + engine_total(e->sent);
    int64_t limit_ns = s->order->limit_ms * NS_PER_MS, waited_ns = clock_now_ns() - p->since_ns;
    struct target_usage usage = {0};
    int64_t naps;

    if (e->steps != p->steps || moved != p->moved) {
        *p = (struct progress){e->steps, moved, clock_now_ns(), -1, -1, false};
        return false;
    }
    if (waited_ns < limit_ns / STUCK_PART)
        return false;
    platform_usage(s->run->supervisor, &usage);
    if (p->cpu_ns < 0) {
        p->cpu_ns = usage.cpu_ns;
        p->switches = usage.voluntary_switches;
    }
    naps = usage.voluntary_switches - p->switches;
    p->naps = s->page->state == SIM_RUNNING && !s->supervision.share && naps > STUCK_NAPS &&
              usage.cpu_ns - p->cpu_ns < naps * NAP_CPU_NS;
    return usage.cpu_ns - p->cpu_ns >= limit_ns || (p->naps && waited_ns > limit_ns / NAPS_PART) ||
           waited_ns > limit_ns * DEADLINE_LOADED_MOST;
}

/* What costs a look at every process of the machine, now and then. */
static int look_closely(const struct simulation *s, struct watch *watch, struct sim_result *result)
{
    char text[sizeof result->text];
    int decided = 0;

    if (clock_now_ns() < watch->next_ns)
        return 0;
    watch->next_ns = clock_now_ns() + CLOSE_LOOK_MS * NS_PER_MS;
    if (s->run->started && !s->supervision.share &&
        bypass_look(s, &watch->bypass, text, sizeof text))
        decided = run_settle(result, SIM_UNSUPPORTED, text);
    if (decided == 0 && is_still(s, &watch->still))
        decided = settle_still(s, result);
    if (decided == 0 && is_stuck(s, &watch->progress))
        decided = settle_stuck(s, &watch->progress, result);
    return decided;
}

/* No limit is hit by a target that gets on: each step is for the library to make, and the
 * scenarios' own bounds end them.  What is over time is undecided, since a slow machine looks the
 * same. */
int simulation_await(struct simulation *s, struct sim_result *result, struct error *error)
{
    int64_t now_ns = clock_now_ns();
    struct watch watch = {.still = {.since_ns = now_ns},
                          .progress = {.cpu_ns = -1, .since_ns = now_ns},
                          .next_ns = now_ns + CLOSE_LOOK_MS * NS_PER_MS};
    int decided = 0;

    while (decided == 0) {
        run_take_event(s->run, LOOK_MS);
        decided = run_look(s, result, error);
        if (decided == 0)
            decided = look_closely(s, &watch, result);
    }
    result->started = s->page->state >= SIM_RUNNING;
    result->ring_denied = s->page->ring_denied;
    result->ticks = s->page->ticks && s->page->more_threads > 0;
    result->watched = s->page->watched;
    result->cut_short = s->page->engine.cut_short;
    result->uncertain = s->page->took_turns || s->page->engine.parallel || s->page->timed;
    return decided < 0 ? -1 : 0;
}
