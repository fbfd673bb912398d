#include "simulate/run/run.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/self.h"
#include "program/program.h"
#include "simulate/page.h"
#include "simulate/run/runtime.h"
#include "simulate/scenario.h"
#include "simulate/supervise/enter.h"
#include "simulate/supervise/start.h"
#include "target/arguments.h"
#include "target/platform.h"
#include "target/ports.h"
#include "target/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Above the numbers that the library gives to what is its own.  So high, the page shifts no number
 * of the server's own, either. */
#define PAGE_FD_FIRST 900
/* A run of a C server is over after some milliseconds, and ends with an event; this is for those
 * that neither end nor get on. */
#define LOOK_MS 5
/* From the end of a target to that of its supervisor, or the other way round. */
#define SUPERVISION_END_MS 1000
/* A server that has not waited for a datagram by then, and has an io_uring, does so there. */
#define URING_START_MS 1000
/* The part of a run's time for which a target must not have moved to count as asleep; that is
 * looked for now and then only, as it takes a walk through all of /proc. */
#define STILL_PART 20
#define STILL_LOOK_MS 50

/* The order is the caller's; all else is this run's own, and gone when sim_run() returns. */
struct simulation {
    const struct sim_order *order;
    struct target_options options;
    struct target_run *run;
    struct sim_page *page;
    int page_fd;
    struct ew_page *counters; /* where the target counts; NULL: not asked for */
    size_t counters_size;
    int counters_fd;
    unsigned port;
    int64_t started_ns;
    struct supervision supervision; /* where that is the carrier */
};

struct stillness {
    int64_t switches; /* context switches of the whole tree, at the last look */
    int64_t since_ns, looked_ns;
};

/* ---- the page ---- */

/* NULL with `error`.  Zeroed, as new memory of a file is (memfd_create(2)), which is what an engine
 * and counters begin from.  Close-on-exec: only the target inherits it, by `keep_fds`. */
static void *run_share(size_t size, int *fd, struct error *error)
{
    int low = platform_shared_memory(size);
    void *memory;

    *fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, PAGE_FD_FIRST);
    if (low >= 0)
        close(low);
    memory = *fd < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (memory != MAP_FAILED)
        return memory;
    error_set(error, STATUS_CANNOT_RUN, "no shared memory for the simulated network: %s",
              strerror(errno));
    return NULL;
}

/* The target's own deadline is half of ours: it knows better than we why it never became quiet, and
 * needs the time to say so.  The lock is robust because a server of several processes may lose one
 * of them anywhere. */
static int run_open_page(struct simulation *s, struct error *error)
{
    bool counts = scenarios[s->order->scenario]->on_counters != NULL;
    unsigned queue = s->options.server.queue ? s->options.server.queue : EW_DEFAULT_QUEUE;
    pthread_mutexattr_t shared;

    s->counters_size = ew_page_size(s->options.sockets, s->options.sockets);
    s->page = run_share(sizeof *s->page, &s->page_fd, error);
    if (s->page && counts)
        s->counters = run_share(s->counters_size, &s->counters_fd, error);
    if (!s->page || (counts && !s->counters))
        return -1;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&s->page->lock, &shared);
    pthread_mutexattr_destroy(&shared);
    s->page->first_port = s->port;
    s->page->exchange = s->order->target->exchange;
    s->page->tick_ns = s->order->tick_ns;
    s->page->deadline_ms = (unsigned)(s->order->limit_ms / 2);
    engine_begin(&s->page->engine, s->order->scenario, s->order->run, queue);
    return 0;
}

/* ---- starting ---- */

/* A port of the simulated network is always free; a target that turns out not to be on it must not
 * meet a taken one, nor one whose sockets are real. */
static int run_choose_port(struct simulation *s, struct error *error)
{
    const struct target *t = s->order->target;
    union address any = address_loopback(0);
    bool supervised = s->order->carrier == SIM_SUPERVISE;
    bool told = t->kind == TARGET_COMMAND &&
                (arguments_mention(t->argv, "{port}") || arguments_mention(t->env, "{port}"));

    s->port = s->options.port;
    if (s->port == 0 && (told || supervised))
        return ports_choose(&any, &s->port, s->options.sockets, error);
    if (s->port == 0)
        s->port = PORTS_DEFAULT;
    return 0;
}

/* The word by which its program is found.  A plug-in's is edgewise itself, which runs it (edgewise
 * serve). */
static const char *program_of(const struct simulation *s, char *self, size_t size)
{
    if (s->order->target->kind == TARGET_COMMAND)
        return s->order->target->argv[0];
    if (s->options.program)
        return s->options.program;
    return self_path(self, size) == 0 ? self : "";
}

static int start_preloaded(struct simulation *s, const char *counters, struct error *error)
{
    char self[PATH_MAX], preload[2 * PATH_MAX], page[64];
    const char *env[] = {preload, page, counters, NULL};

    snprintf(page, sizeof page, SIM_PAGE_FD_VARIABLE "=%d", s->page_fd);
    if (runtime_preload(program_of(s, self, sizeof self), preload, sizeof preload, error) < 0)
        return -1;
    s->options.env = env;
    return target_launch(s->order->target, &s->options, &s->run, error);
}

static int start_supervised(struct simulation *s, const char *counters, struct error *error)
{
    const char *env[] = {counters, NULL};

    if (supervision_start(&s->supervision, s->page) < 0)
        return error_set(error, STATUS_CANNOT_RUN, "cannot start a supervisor: %s",
                         strerror(errno));
    s->options.prepare = enter_supervision;
    s->options.context = s->supervision.share;
    s->options.env = env;
    return target_launch(s->order->target, &s->options, &s->run, error);
}

/* One millisecond to stop in: nobody is to be served to the end, and the page has all that will be
 * asked of it. */
static int run_start(struct simulation *s, struct error *error)
{
    char text[64];
    const char *counters = s->counters ? text : NULL;
    int keep[] = {s->page_fd, s->counters_fd, -1};

    snprintf(text, sizeof text, EW_PAGE_FD_VARIABLE "=%d", s->counters_fd);
    s->options.port = s->port;
    s->options.port_taken = true; /* nobody else is on the simulated network */
    s->options.keep_fds = keep;
    s->options.stop_ms = 1;
    s->started_ns = clock_now_ns();
    return s->order->carrier == SIM_SUPERVISE ? start_supervised(s, counters, error)
                                              : start_preloaded(s, counters, error);
}

/* ---- watching ---- */

static int run_settle(struct sim_result *result, enum sim_outcome outcome, const char *text)
{
    result->outcome = outcome;
    snprintf(result->text, sizeof result->text, "%s", text);
    return 1;
}

/* A UDP socket of the target that the kernel knows is one that the library never saw. */
static bool has_real_socket(const struct simulation *s)
{
    union address any = address_loopback(0);
    struct platform_socket *all = NULL;
    int n = platform_sockets(s->run->supervisor, &any, &all);
    bool real = false;

    for (int i = 0; i < n; i++)
        real |= all[i].pid != 0 && all[i].port == s->port;
    free(all);
    return real;
}

/* Detected, not guessed: why nothing is going to happen. 1 when that is so.  By what the kernel
 * shows of the process, since a target that goes past libc looks from inside just as one that is
 * slow to start. */
static int look_for_bypass(const struct simulation *s, struct sim_result *result)
{
    if (s->page->state == SIM_RUNNING || s->page->state >= SIM_OVER)
        return 0;
    if (runtime_uses_io_uring(s->run->pid))
        return run_settle(result, SIM_UNSUPPORTED,
                          "not interposable: it uses io_uring, which no library sees");
    if (!has_real_socket(s))
        return 0;
    return run_settle(result, SIM_UNSUPPORTED,
                      s->page->state == SIM_EMPTY
                          ? "not interposable: the library was not loaded (static or privileged)"
                          : "not interposable: its sockets bypass libc (static, or as Go does)");
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
    /* Others may have one that they do not use for sockets. */
    if (s->page->state < SIM_RUNNING && s->run->started &&
        clock_now_ns() - s->started_ns > URING_START_MS * NS_PER_MS &&
        runtime_uses_io_uring(s->run->pid))
        return run_settle(result, SIM_UNSUPPORTED,
                          "not interposable: it uses io_uring, which receives without a call that "
                          "could be held");
    /* Each takes the other along, and the target's end may be seen first: without a supervisor its
     * calls fail with ENOSYS before that one is a zombie. */
    if (s->run->ended ? !supervision_ends(&s->supervision, SUPERVISION_END_MS)
                      : !supervision_is_over(&s->supervision))
        return 0;
    /* Then of its own accord, and so with the target, whose end is told by somebody else. */
    if (share->finished && (s->run->ended || run_take_event(s->run, SUPERVISION_END_MS)))
        return 0;
    return run_settle(result, SIM_UNDECIDED, "its supervisor has ended");
}

/* 1 when it is decided, 0 when it is not yet, -1 with `error`.  What the page says goes before how
 * the process ended: the library ends it when a scenario is over. */
static int run_look(struct simulation *s, struct sim_result *result, struct error *error)
{
    bool ended = s->run->ended; /* before the page is read: it is written before the end */

    if (s->page->state == SIM_OVER && s->page->objection[0])
        return run_settle(result, SIM_UNDECIDED, s->page->objection);
    if (s->page->state == SIM_OVER)
        return read_figures(s, result);
    if (s->page->state == SIM_TROUBLE)
        return run_settle(result,
                          s->supervision.share && s->supervision.share->lacking ? SIM_LACKING
                                                                                : SIM_UNDECIDED,
                          s->page->trouble);
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
    return s->run->started && !s->supervision.share ? look_for_bypass(s, result) : 0;
}

/* Who waits where the library looks is never still for long: it ends or goes on.  Whoever is has
 * stopped waiting for datagrams. */
static bool is_still(const struct simulation *s, struct stillness *still)
{
    struct platform_threads threads;
    struct target_usage usage = {0};

    if (s->supervision.share) /* which alone knows whether it holds a call */
        return s->supervision.share->asleep;
    if (clock_now_ns() - still->looked_ns < STILL_LOOK_MS * NS_PER_MS)
        return false;
    still->looked_ns = clock_now_ns();
    if (s->page->state != SIM_RUNNING || platform_threads(s->run->supervisor, &threads) < 0 ||
        threads.running > 0 || platform_usage(s->run->supervisor, &usage) < 0 ||
        usage.voluntary_switches + usage.involuntary_switches != still->switches) {
        still->since_ns = clock_now_ns();
        still->switches = usage.voluntary_switches + usage.involuntary_switches;
        return false;
    }
    return clock_now_ns() - still->since_ns > s->order->limit_ms / STILL_PART * NS_PER_MS;
}

/* No limit is hit by a target that gets on: each step is for the library to make, and the
 * scenarios' own bounds end them.  What is over time is undecided, since a slow machine looks the
 * same. */
static int run_watch(struct simulation *s, struct sim_result *result, struct error *error)
{
    int64_t limit_ns = clock_now_ns() + s->order->limit_ms * NS_PER_MS;
    struct stillness still = {.since_ns = clock_now_ns()};
    int decided = 0;

    while (decided == 0 && clock_now_ns() < limit_ns) {
        run_take_event(s->run, LOOK_MS);
        decided = run_look(s, result, error);
        if (decided == 0 && is_still(s, &still))
            decided = run_settle(result, SIM_ASLEEP, "sleeps where no datagram wakes it");
    }
    if (decided == 0)
        run_settle(result, SIM_UNDECIDED,
                   s->page->state == SIM_RUNNING ? "went on and on without waiting for datagrams"
                                                 : "never waited for a datagram on its ports");
    return decided < 0 ? -1 : 0;
}

int sim_run(const struct sim_order *order, struct sim_result *result, struct error *error)
{
    struct simulation s = {.order = order, .page_fd = -1, .counters_fd = -1};
    int done;

    if (order->options)
        s.options = *order->options;
    s.options.sockets = engine_sockets(order->scenario, order->run);
    *result = (struct sim_result){0};
    done = run_choose_port(&s, error) < 0 || run_open_page(&s, error) < 0 ||
                   run_start(&s, error) < 0
               ? -1
               : run_watch(&s, result, error);
    target_stop(s.run, NULL);
    supervision_stop(&s.supervision);
    if (s.page)
        munmap(s.page, sizeof *s.page);
    if (s.counters)
        munmap(s.counters, s.counters_size);
    if (s.page_fd >= 0)
        close(s.page_fd);
    if (s.counters_fd >= 0)
        close(s.counters_fd);
    return done;
}
