/* Starting and stopping. */
#include "target/run.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/self.h"
#include "program/program.h"
#include "target/arguments.h"
#include "target/platform.h"
#include "target/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEEP_MAX 14
/* Beyond SIGTERM, SIGKILL and what SIGKILL may take, the supervisor itself must be at fault. */
#define REPORT_LIMIT_MS 10000

/* ---- the supervisor's word ---- */

static void take_event(struct target_run *run, const struct supervisor_event *event)
{
    switch (event->kind) {
    case EVENT_STARTED:
        run->started = true;
        run->pid = event->pid;
        break;
    case EVENT_NOT_STARTED:
        run->start_errno = event->err;
        run->ended = true;
        break;
    case EVENT_MATCHED: run->matched = true; break;
    case EVENT_ENDED:
        run->ended = true;
        run->end = event->end;
        break;
    case EVENT_REPORT:
        run->ended = true;
        run->reported = true;
        run->end = event->end;
        break;
    }
}

bool run_take_event(struct target_run *run, int timeout_ms)
{
    struct pollfd readable = {.fd = run->control, .events = POLLIN};
    struct supervisor_event event;
    ssize_t n;

    if (run->control < 0 || poll(&readable, 1, timeout_ms) <= 0)
        return false;
    do
        n = recv(run->control, &event, sizeof event, MSG_WAITALL);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof event) {
        take_event(run, &event);
    } else { /* the supervisor is gone without its last word: somebody killed it */
        run->ended = true;
        close(run->control);
        run->control = -1;
    }
    return true;
}

bool target_alive(struct target_run *run)
{
    while (run_take_event(run, 0))
        ;
    return run->started && !run->ended;
}

/* ---- preparing ---- */

static bool uses_page(const struct target *target)
{
    return target->kind == TARGET_PLUGIN && (target->capabilities & EW_CAN_COUNTERS);
}

/* As many slots as there may be workers, of which a server that has one for each socket has
 * most. */
static int target_run_open_page(struct target_run *run, const struct target_options *o,
                                struct error *error)
{
    unsigned slots = o->server.workers > run->sockets ? o->server.workers : run->sockets;
    struct ew_config config = o->server;

    config.sockets = run->sockets;
    run->page_size = ew_page_size(slots, ew_page_sockets(&config));
    run->page_fd = platform_shared_memory(run->page_size);
    if (run->page_fd < 0)
        return error_set(error, STATUS_CANNOT_RUN, "no shared memory for the counters: %s",
                         strerror(errno));
    run->page = mmap(NULL, run->page_size, PROT_READ | PROT_WRITE, MAP_SHARED, run->page_fd, 0);
    if (run->page != MAP_FAILED)
        return 0;
    run->page = NULL;
    return error_set(error, STATUS_CANNOT_RUN, "no memory for the counters: %s", strerror(errno));
}

static int set_address(struct target_run *run, const char *text, struct error *error)
{
    run->addresses = calloc(run->sockets, sizeof *run->addresses);
    if (!run->addresses)
        return error_set(error, STATUS_CANNOT_RUN, "no memory for %u addresses", run->sockets);
    for (unsigned i = 0; i < run->sockets; i++) {
        if (!address_parse_host(text, &run->addresses[i]))
            return error_set(error, STATUS_USAGE, "'%s' is no numeric address", text);
    }
    return 0;
}

/* Where it is to listen.  0 for a server that tells by its page which ports the kernel gave it. */
static int target_run_choose_port(struct target_run *run, const struct target_options *o,
                                  unsigned *port, struct error *error)
{
    const struct target *t = run->target;

    *port = o->port;
    run->port_taken = o->port_taken;
    if (*port == 0 && uses_page(t))
        return 0;
    *port = target_own_port(t, *port);
    if ((*port == 0 || !o->port_taken) &&
        target_choose_port(t, &run->addresses[0], run->sockets, port, error) < 0)
        return -1;
    for (unsigned i = 0; i < run->sockets; i++)
        run->addresses[i] = target_own_address(t, &run->addresses[i], *port, i);
    return 0;
}

static struct arguments_values target_run_values(const struct target_run *run,
                                                 const struct target_options *o, unsigned port)
{
    return (struct arguments_values){
        .port = port,
        .sockets = run->sockets,
        .upstream = run->upstream.port,
        .address = o->address ? o->address : PORTS_ADDRESS,
    };
}

static char **target_run_fill_words(const struct target_run *run, const struct target_options *o,
                                    const struct arguments_values *values)
{
    char self[PATH_MAX];
    const char *program = o->program;

    if (run->target->kind == TARGET_COMMAND)
        return arguments_fill(run->target->argv, values);
    if (!program && self_path(self, sizeof self) == 0)
        program = self;
    return program ? arguments_of_plugin(run->target, o, values->port, program) : NULL;
}

/* The target's own additions, the caller's, and where the page is; the words are the caller's to
 * free. */
static char **target_run_fill_env(const struct target_run *run, const struct target_options *o,
                                  const struct arguments_values *values)
{
    char *none = NULL, page[48];
    char **env = arguments_fill(run->target->env ? run->target->env : &none, values);
    size_t n = 0, more = 0;
    char **longer;

    while (env && env[n])
        n++;
    while (o->env && o->env[more])
        more++;
    longer = env ? realloc(env, (n + more + 2) * sizeof *env) : NULL;
    if (!longer)
        return env;
    for (size_t i = 0; i < more; i++)
        longer[n + i] = strdup(o->env[i]);
    n += more;
    snprintf(page, sizeof page, EW_PAGE_FD_VARIABLE "=%d", run->page_fd);
    if (run->page_fd >= 0)
        longer[n++] = strdup(page);
    longer[n] = NULL;
    return longer;
}

/* ---- starting ---- */

static int launch(struct target_run *run, const struct target_options *o, unsigned port,
                  const regex_t *ready, struct error *error)
{
    const struct arguments_values values = target_run_values(run, o, port);
    int keep[KEEP_MAX + 1], n = 0;
    struct launch l = {.argv = target_run_fill_words(run, o, &values),
                       .env = target_run_fill_env(run, o, &values),
                       .ready = ready,
                       .keep_fds = keep,
                       .cpu = o->cpu,
                       .nofile = o->nofile,
                       .prepare = o->prepare,
                       .context = o->context,
                       .stop_ms = o->stop_ms ? o->stop_ms : TARGET_STOP_MS};
    int result = 0;

    for (const int *fd = o->keep_fds; fd && *fd >= 0 && n < KEEP_MAX - 1; fd++)
        keep[n++] = *fd;
    if (run->page_fd >= 0)
        keep[n++] = run->page_fd;
    keep[n] = -1;
    if (!l.argv || !l.env)
        result = error_set(error, STATUS_CANNOT_RUN, "%s: cannot put its command line together",
                           run->target->name);
    else if (run->target->setup)
        result = run_setup(run->target, &values, o->ready_ms ? o->ready_ms : TARGET_READY_MS,
                           error);
    if (result == 0 && (run->supervisor = supervise(&l, &run->control)) < 0)
        result = error_set(error, STATUS_CANNOT_RUN, "%s: cannot start: %s", run->target->name,
                           strerror(errno));
    arguments_free(l.argv);
    arguments_free(l.env);
    return result;
}

static int compile_ready(const struct target *target, regex_t *ready, struct error *error)
{
    char text[128];
    int err = regcomp(ready, target->ready_regex, REG_EXTENDED | REG_NEWLINE | REG_NOSUB);

    if (err == 0)
        return 0;
    regerror(err, ready, text, sizeof text);
    return error_set(error, STATUS_USAGE, "%s: \"stdout:%s\" is no regular expression: %s",
                     target->name, target->ready_regex, text);
}

static int check_startable(const struct target *target, unsigned sockets, struct error *error)
{
    if (target->missing)
        return error_set(error, STATUS_CANNOT_RUN, "%s cannot run here: %s", target->name,
                         target->missing);
    if (target->ports != 0 && sockets > target->ports)
        return error_set(
            error, STATUS_USAGE,
            "%s serves %u port%s, not %u: write {sockets} into its command, or \"ports\" into "
            "its target file",
            target->name, target->ports, target->ports == 1 ? "" : "s", sockets);
    return 0;
}

/* A run that nothing has been started of; NULL with `error`. */
static struct target_run *target_run_prepare(const struct target *target,
                                             const struct target_options *o, unsigned *port,
                                             struct error *error)
{
    struct target_run *run = calloc(1, sizeof *run);

    if (!run) {
        error_set(error, STATUS_CANNOT_RUN, "no memory to start %s", target->name);
        return NULL;
    }
    *run = (struct target_run){
        .target = target, .control = -1, .page_fd = -1, .sockets = o->sockets ? o->sockets : 1};
    run->asked = o->asked && o->asked < run->sockets ? o->asked : run->sockets;
    if (check_startable(target, run->sockets, error) == 0 &&
        set_address(run, o->address ? o->address : PORTS_ADDRESS, error) == 0 &&
        target_run_choose_port(run, o, port, error) == 0)
        return run;
    target_stop(run, o->end);
    return NULL;
}

static int target_run_start(struct target_run *run, const struct target_options *o, unsigned port,
                            struct error *error)
{
    bool match = run->target->ready == TARGET_READY_STDOUT;
    regex_t ready;
    int result;

    /* Before the target, which may ask as soon as it is there. */
    if (upstream_start(&run->upstream, run->target, &run->addresses[0], run->sockets, error) < 0 ||
        (uses_page(run->target) && target_run_open_page(run, o, error) < 0))
        return -1;
    if (match && compile_ready(run->target, &ready, error) < 0)
        return -1;
    result = launch(run, o, port, match ? &ready : NULL, error);
    if (match)
        regfree(&ready); /* the supervisor has its own copy */
    return result < 0 ? -1
                      : run_wait_ready(run, o->ready_ms ? o->ready_ms : TARGET_READY_MS, error);
}

int target_start(const struct target *target, const struct target_options *options,
                 struct target_run **out, struct error *error)
{
    static const struct target_options defaults;
    const struct target_options *o = options ? options : &defaults;
    unsigned port = 0;
    struct target_run *run = target_run_prepare(target, o, &port, error);

    *out = NULL;
    if (!run)
        return -1;
    if (target_run_start(run, o, port, error) < 0) {
        target_stop(run, o->end);
        return -1;
    }
    *out = run;
    return 0;
}

int target_launch(const struct target *target, const struct target_options *o,
                  struct target_run **out, struct error *error)
{
    unsigned port = 0;
    struct target_run *run = target_run_prepare(target, o, &port, error);

    *out = NULL;
    if (!run)
        return -1;
    run->upstream.port = o->upstream;
    if (launch(run, o, port, NULL, error) < 0) {
        target_stop(run, o->end);
        return -1;
    }
    *out = run;
    return 0;
}

/* ---- stopping ---- */

static void wait_for_report(struct target_run *run)
{
    int64_t limit_ns = clock_now_ns() + REPORT_LIMIT_MS * NS_PER_MS;

    while (!run->reported && run->control >= 0 && clock_now_ns() < limit_ns)
        run_take_event(run, 100);
    if (!run->reported) {
        run->end.lost = true;
        kill(run->supervisor, SIGKILL);
        if (run->pid > 0)
            kill(-run->pid, SIGKILL);
    }
    while (waitpid(run->supervisor, NULL, 0) < 0 && errno == EINTR)
        ;
}

void run_end(struct target_run *run)
{
    if (run->supervisor <= 0)
        return;
    if (run->control >= 0)
        (void)send(run->control, "s", 1, 0); /* a supervisor that is gone shows as end of file */
    wait_for_report(run);
    run->supervisor = 0;
    if (run->control >= 0)
        close(run->control);
    run->control = -1;
}

void target_stop(struct target_run *run, struct target_end *end)
{
    if (!run)
        return;
    run_end(run);
    upstream_stop(&run->upstream);
    if (end)
        *end = run->end;
    if (run->page)
        munmap(run->page, run->page_size);
    if (run->page_fd >= 0)
        close(run->page_fd);
    free(run->addresses);
    free(run);
}

int run_error(struct target_run *run, const char *what, struct error *error)
{
    bool by_itself = run->ended;
    char how[128] = "", said[400];

    if (run->start_errno)
        return error_set(error, STATUS_CANNOT_RUN, "%s: cannot be started: %s", run->target->name,
                         strerror(run->start_errno));
    run_end(run); /* with its end it has said all it had to say */
    if (by_itself)
        target_end_text(&run->end, how, sizeof how);
    target_end_said(&run->end, said, sizeof said);
    return error_set(error, STATUS_CANNOT_RUN, "%s: %s%s%s%s%s", run->target->name, how,
                     *how ? " " : "", what, *said ? "; its standard error: " : "", said);
}
