#include "simulate/run/run.h"

#include "base/self.h"
#include "program/program.h"
#include "simulate/run/runtime.h"
#include "simulate/run/simulation.h"
#include "simulate/scenario.h"
#include "simulate/supervise/enter.h"
#include "simulate/supervise/loop.h"
#include "simulate/tags.h"
#include "target/platform.h"
#include "target/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Above the numbers that the library gives to what is its own.  So high, the page shifts no number
 * of the server's own, either. */
#define PAGE_FD_FIRST 900

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
    for (unsigned i = 0; s->order->target->addresses && i < s->options.sockets; i++)
        s->page->addresses[s->page->address_count++] = s->order->target->addresses[i];
    s->page->exchange = s->order->target->exchange;
    s->page->upstream_port = s->options.upstream;
    s->page->tick_ns = s->order->tick_ns;
    s->page->ring_allowed = s->order->ring_allowed;
    s->page->deadline_ms = (unsigned)(s->order->limit_ms / 2);
    engine_begin(&s->page->engine, s->order->scenario, s->order->run, queue);
    if (s->page->engine.size)
        s->page->engine.size = tags_long_size(&s->page->exchange, s->page->engine.size);
    s->page->engine.look = s->order->look;
    s->page->engine.log.wanted = s->order->log != NULL;
    return beside_open(&s->beside, scenarios[s->order->scenario]->runs[s->order->run].needs,
                       s->page, s->beside_told, sizeof s->beside_told, error);
}

/* ---- starting ---- */

/* A port of the simulated network is always free; a target that turns out not to be on it must not
 * meet a taken one, nor one whose sockets are real. */
static int run_choose_port(struct simulation *s, struct error *error)
{
    const struct target *t = s->order->target;
    union address first = address_loopback(0);

    s->port = target_own_port(t, s->options.port);
    if (s->port == 0 && (t->kind == TARGET_COMMAND || s->order->carrier == SIM_SUPERVISE) &&
        target_choose_port(t, &first, s->options.sockets, &s->port, error) < 0)
        return -1;
    if (s->port == 0)
        s->port = PORTS_DEFAULT;
    first = target_own_address(t, &first, s->port, 0);
    return upstream_choose(t, &first, s->options.sockets, &s->options.upstream, error);
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
    const char *env[] = {preload, page, NULL, NULL, NULL};
    unsigned n = 2;

    if (counters)
        env[n++] = counters;
    if (s->beside_told[0])
        env[n] = s->beside_told;
    snprintf(page, sizeof page, SIM_PAGE_FD_VARIABLE "=%d", s->page_fd);
    if (runtime_preload(program_of(s, self, sizeof self), preload, sizeof preload, error) < 0)
        return -1;
    s->options.env = env;
    return target_launch(s->order->target, &s->options, &s->run, error);
}

/* What was set up outside is not in a network of its own. */
static int run_enter(void *context)
{
    const struct simulation *s = context;
    const struct target *t = s->order->target;
    const struct arguments_values values = {.port = s->port,
                                            .sockets = s->options.sockets,
                                            .upstream = s->options.upstream,
                                            .address = PORTS_ADDRESS};
    struct error error;

    if (enter_network(s->supervision.share) && t->setup &&
        run_setup(t, &values, TARGET_READY_MS, &error) < 0) {
        errno = ECANCELED;
        return enter_refuse(s->supervision.share, error.text);
    }
    return enter_supervision(s->supervision.share);
}

static int start_supervised(struct simulation *s, const char *counters, struct error *error)
{
    const char *env[] = {NULL, NULL, NULL};
    unsigned n = 0;

    if (counters)
        env[n++] = counters;
    if (s->beside_told[0])
        env[n] = s->beside_told;
    if (supervision_start(&s->supervision, loop_run, s->page) < 0)
        return error_set(error, STATUS_CANNOT_RUN, "cannot start a supervisor: %s",
                         strerror(errno));
    s->supervision.share->upstream_port = s->options.upstream;
    s->options.prepare = run_enter;
    s->options.context = s;
    s->options.env = env;
    return target_launch(s->order->target, &s->options, &s->run, error);
}

/* One millisecond to stop in: nobody is to be served to the end, and the page has all that will be
 * asked of it. */
static int run_start(struct simulation *s, struct error *error)
{
    char text[64];
    const char *counters = s->counters ? text : NULL;
    int keep[5], n = 0, result;

    snprintf(text, sizeof text, EW_PAGE_FD_VARIABLE "=%d", s->counters_fd);
    keep[n++] = s->page_fd;
    for (int i = 0; i < BESIDE_FDS; i++) {
        if (s->beside.fds[i] >= 0)
            keep[n++] = s->beside.fds[i];
    }
    keep[n++] = s->counters_fd;
    keep[n] = -1;
    s->options.port = s->port;
    s->options.port_taken = true; /* nobody else is on the simulated network */
    s->options.keep_fds = keep;
    s->options.stop_ms = 1;
    result = s->order->carrier == SIM_SUPERVISE ? start_supervised(s, counters, error)
                                                : start_preloaded(s, counters, error);
    /* They end with these functions. */
    s->options.keep_fds = NULL;
    s->options.env = NULL;
    return result;
}

int sim_run(const struct sim_order *order, struct sim_result *result, struct error *error)
{
    struct simulation s = {.order = order, .page_fd = -1, .counters_fd = -1, .beside = {{-1, -1}}};
    int done;

    if (order->options)
        s.options = *order->options;
    s.options.sockets = engine_sockets(order->scenario, order->run);
    *result = (struct sim_result){0};
    done = run_choose_port(&s, error) < 0 || run_open_page(&s, error) < 0 ||
                   run_start(&s, error) < 0
               ? -1
               : simulation_await(&s, result, error);
    target_stop(s.run, NULL);
    supervision_stop(&s.supervision);
    beside_close(&s.beside);
    if (s.page && order->log)
        *order->log = s.page->engine.log;
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
