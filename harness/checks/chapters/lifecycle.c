/* Life cycle: starting, stopping, and what is left of it. */
#include "checks/check.h"
#include "checks/counters.h"
#include "checks/tools/client.h"
#include "checks/tools/cycle.h"
#include "checks/tools/growth.h"
#include "checks/tools/load.h"
#include "checks/tools/pressure.h"
#include "checks/tools/second.h"

#include "base/clock.h"
#include "base/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- how it ends ---- */

/* It is asked whether it serves: that it was started says only that it was ready once. */
static bool lifecycle_echoes(struct check *c)
{
    struct client client = {.fd = -1};
    union address to = client_target(c, 0);
    bool well = client_open(&client, c, to.any.sa_family) && client_echo(&client, &to, "alive", 5);

    client_close(&client);
    return well;
}

/* Of a stranger it counts that it ends; how, a shell's 143 or a 0, is its own matter.  Ours end
 * with 0, as their program promises. */
static void stop_and_judge(struct check *c)
{
    struct target_end end;
    char how[128], said[600];

    check_stop(c, &end);
    target_end_text(&end, how, sizeof how);
    target_end_said(&end, said, sizeof said);
    if (end.killed)
        check_fail(c, "SIGTERM ends it within a second", "after %d ms it had to be killed",
                   check_ms(c, 1000));
    else if (end.early)
        check_fail(c, "it serves until it is told to end", "it %s before%s%s", how,
                   *said ? ": " : "", said);
    else if (c->target->kind == TARGET_PLUGIN && !(end.exited && end.code == 0))
        check_fail(c, "a clean stop: exit status 0", "it %s%s%s", how, *said ? ": " : "", said);
}

/* After an echo: whoever is stopped while it still starts is another matter. */
static void sigterm(struct check *c)
{
    if (check_start(c, NULL) && lifecycle_echoes(c))
        stop_and_judge(c);
}

/* A loop that is never idle must look at its stop signal all the same. */
static void stop_under_flood(struct check *c)
{
    struct target_options options = check_options(c);
    pid_t flood;

    options.sockets = check_ports(c, 3);
    if (!check_start(c, &options))
        return;
    flood = load_background(c, target_sockets(c->run), NULL);
    /* Answering while the flood is on proves that it has begun; what it floods may drop the
     * question, so only for plug-ins' counters is waited. */
    if (flood > 0) {
        int64_t limit_ns = clock_now_ns() + check_ms(c, 200) * NS_PER_MS;

        while (clock_now_ns() < limit_ns && !check_over(c) &&
               check_socket_counter(c, offsetof(struct ew_socket_counters, datagrams_received)) <
                   1000)
            usleep(1000);
        stop_and_judge(c);
    }
    load_background_end(flood);
}

/* What waits for the kernel must not keep it: a slow network would then decide when it ends. */
static void stop_while_held(struct check *c)
{
    struct pressure p;

    if (pressure_begin(&p, c, EW_FULL_DROP, 1))
        stop_and_judge(c);
    pressure_end(&p);
}

/* What a kernel still does for a process that is gone (io_uring's requests are cancelled by a
 * worker of the kernel's) keeps its port for some milliseconds. */
#define RELEASE_MS 1000

/* Until somebody may bind the port again; whoever cannot by then finds out at the start. */
static void await_port(struct check *c, union address address)
{
    int64_t limit_ns = clock_now_ns() + check_ms(c, RELEASE_MS) * NS_PER_MS;
    bool is_free = false;

    while (!is_free && clock_now_ns() < limit_ns && !interrupted()) {
        struct client client = {.fd = -1};

        if (!client_open(&client, c, address.any.sa_family))
            return;
        is_free = bind(client.fd, &address.any, address_length(&address)) == 0;
        client_close(&client);
        if (!is_free)
            usleep(1000);
    }
}

/* Killed once, as by the kernel when memory is short: then nothing of its own is tidied up. */
#define KILLED_ROUND 2

/* UDP knows no TIME_WAIT: a port is free as soon as its socket is closed, and if it is not,
 * something was left behind. */
static void restart(struct check *c)
{
    struct target_options options = check_options(c);
    union address address;

    for (unsigned i = 0; i < (c->settings->full ? 50 : 5) && !check_over(c); i++) {
        if (!check_start(c, &options) || !lifecycle_echoes(c))
            return;
        options.port = target_port(c->run, 0);
        address = client_target(c, 0);
        if (i == KILLED_ROUND)
            target_signal(c->run, SIGKILL, true);
        check_stop(c, NULL); /* how well it ends is another case's business */
        await_port(c, address);
    }
}

/* ---- what it cannot have ---- */

/* Expects that it ends by itself, and says why.  That it dies of a signal is WEAK and not FAIL:
 * libraries call abort() where they cannot go on, and the operator does learn of it. */
static void lifecycle_judge_refusal(struct check *c, const char *lacking,
                                    const struct target_end *end)
{
    char expected[128], how[128];

    snprintf(expected, sizeof expected,
             "%s: it ends by itself with an exit status that is not 0, and says why", lacking);
    target_end_text(end, how, sizeof how);
    if (!end->early)
        check_fail(c, expected, "it neither served nor ended");
    else if (!end->exited)
        check_weak(c, expected, "it %s", how);
    else if (end->code == 0)
        check_fail(c, expected, "it %s", how);
    else if (!*end->stderr_tail)
        check_weak(c, expected, "it %s without a word on its standard error", how);
}

/* Held by a bound socket of ours.  It is waited for as at a right start: some try several times
 * before they give up, or begin with something else. */
static void port_in_use(struct check *c)
{
    struct target_end end = {0};

    if (second_finds_holder(c, &end))
        lifecycle_judge_refusal(c, "the port in use", &end);
    if (check_over(c) || !check_start(c, NULL) || !lifecycle_echoes(c))
        return;
    end = (struct target_end){0};
    if (second_finds_first(c, &end))
        lifecycle_judge_refusal(c, "the port of another instance", &end);
}

/* Ever more descriptors, until it can serve.  4 is the first limit with room for anything beside
 * the standard streams; what a runtime needs for itself is unknown, so that it is approached from
 * below.  Each refusal is judged, not the last one alone. */
static void few_descriptors(struct check *c)
{
    static const unsigned limits[] = {4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20, 24, 32, 64};
    struct target_options options = check_options(c);
    char lacking[64];

    options.sockets = check_ports(c, 3);
    for (size_t i = 0;
         i < sizeof limits / sizeof *limits && c->verdict != VERDICT_FAIL && !interrupted(); i++) {
        struct target_end end = {0};

        options.nofile = limits[i];
        options.end = &end;
        if (check_try_start(c, &options, &c->run, &(struct error){0})) {
            lifecycle_echoes(c);
            return;
        }
        if (c->verdict == VERDICT_INVALID)
            return;
        snprintf(lacking, sizeof lacking, "%u descriptors", limits[i]);
        lifecycle_judge_refusal(c, lacking, &end);
    }
    if (!check_over(c))
        check_unsupported(c, "with 64 descriptors it still does not start");
}

/* ---- what is left ---- */

#define CYCLES_QUICK 100
#define CYCLES_FULL 1000
/* Pages that an allocator touches for the first time; a receive buffer leaked in each round would
 * be much more. */
#define CYCLE_BYTES_LIMIT (256 << 10)

/* In one process, where nothing is given back by its end. */
static void starts(struct check *c)
{
    unsigned rounds = c->settings->full ? CYCLES_FULL : CYCLES_QUICK;
    struct target_usage before, after;

    if (c->target->kind != TARGET_PLUGIN) {
        check_unsupported(c, "only a plug-in can be started and stopped within one process");
        return;
    }
    if (!cycle_run(c, rounds, &before, &after))
        return;
    if (before.descriptors < 0)
        check_unsupported(c, "this system does not tell what a process has open");
    else if (after.descriptors > before.descriptors || after.threads > before.threads)
        check_fail(c, "no descriptor and no thread more",
                   "after %u further starts and stops %" PRId64 " descriptors for %" PRId64
                   ", %" PRId64 " threads for %" PRId64,
                   rounds, after.descriptors, before.descriptors, after.threads, before.threads);
    else if (after.resident_bytes > before.resident_bytes + CYCLE_BYTES_LIMIT)
        check_fail(c, "no memory more", "%" PRId64 " bytes more after %u further starts and stops",
                   after.resident_bytes - before.resident_bytes, rounds);
}

#define FLAT_ECHOES 20000
#define FLAT_FLOWS 4
/* At quick scale a part takes so many stretches of 200 ms as bring this many echoes: on a loaded
 * machine the few of one stretch would hide a slow leak among what is allowed. */
#define FLAT_ECHOES_LEAST 4000
#define FLAT_STRETCHES 8
/* Enough for a collector to have run several times, and few enough for a minute's check: only who
 * grows all the time gets there. */
#define FLAT_PARTS 12
/* Less than this an echo is the noise of an allocator that gives back late; no datagram is as
 * small. */
#define FLAT_BYTES_EACH 4
#define FLAT_BYTES_LIMIT (64 << 10)

static bool echo_stretch(struct check *c, int64_t *echoed)
{
    struct load load;
    bool well;

    load_init(&load, c);
    load.config.count = FLAT_ECHOES;
    load.config.flows = FLAT_FLOWS;
    if (!c->settings->full)
        load.config.duration_ns = 200 * NS_PER_MS;
    well = load_run(&load, c);
    load_fini(&load);
    *echoed += (int64_t)load.result.counts.echoed;
    return well;
}

/* A part of the echoes, and what the target has after it. */
static bool echo_part(struct growth *g)
{
    int64_t echoed = 0;
    bool well = true;

    for (unsigned i = 0; i < FLAT_STRETCHES && well && echoed < FLAT_ECHOES_LEAST; i++)
        well = echo_stretch(g->check, &echoed);
    return well && growth_look(g, echoed);
}

/* The first part is not judged: it is what warms up.  More parts while it still grows: a runtime's
 * heap comes to rest later than a C program's, and a leak never. */
static void flat(struct check *c)
{
    struct growth g = {.check = c,
                       .clients = FLAT_FLOWS,
                       .bytes_each = FLAT_BYTES_EACH,
                       .bytes_least = FLAT_BYTES_LIMIT};
    bool well = check_start(c, NULL);
    const char *what = NULL;

    while (well && g.parts < FLAT_PARTS && (what || !growth_is_known(&g))) {
        well = echo_part(&g);
        what = growth_goes_on(&g);
    }
    if (well && what)
        growth_fail(&g, what, "20,000 echoes or fewer");
}

/* ---- the table ---- */

static const struct check_case cases[] = {
    {"lifecycle-sigterm", "SIGTERM ends it within a second",
     "Asks one datagram, then sends SIGTERM.\n"
     "Why: service managers and container runtimes end programs so, and kill what does not\n"
     "obey.\n"
     "Good: it ends within a second, a plug-in with exit status 0.\n"
     "Source: signal(7), systemd.kill(5).",
     EW_CAN_ECHO, sigterm},
    {"lifecycle-flood-stop", "SIGTERM ends it within a second also under a flood",
     "Another process floods it without pause while SIGTERM arrives.\n"
     "Why: a drain that only EAGAIN ends never looks at its stop flag.\n"
     "Good: it ends within a second all the same.\n"
     "Source: epoll(7): starvation.",
     EW_CAN_ECHO, stop_under_flood},
    {"lifecycle-held-stop", "SIGTERM ends it within a second also while no answers leave",
     "Limits the target's answers to two or three a second, asks a hundred questions, and sends\n"
     "SIGTERM when it sleeps.\n"
     "Why: who first sends what waits, or tries a refused send again and again, ends when the\n"
     "network likes.\n"
     "Good: it ends within a second all the same.\n"
     "Source: send(2), EAGAIN; systemd.kill(5).",
     EW_CAN_ECHO | CHECK_ALONE, stop_while_held},
    {"lifecycle-restart", "it can be started again at once on the same port",
     "Starts it on the port that it had just before, several times, once after it was killed\n"
     "(SIGKILL).\n"
     "Why: something that outlives the stop (a child, a descriptor passed on) keeps the port; a\n"
     "lock file that nobody removed keeps the server from starting.\n"
     "Good: each start succeeds and answers.\n"
     "Source: bind(2), EADDRINUSE.",
     EW_CAN_ECHO, restart},
    {"lifecycle-port", "a port in use is refused with words and a status",
     "Starts it on a port that the harness holds, and then on that of another instance of it.\n"
     "Why: a server that goes on without its socket looks well to whoever started it; one that\n"
     "starts beside another (SO_REUSEADDR) takes its clients.\n"
     "Good: it ends by itself, with a message and an exit status that is not 0.  WEAK: it\n"
     "crashes, or says nothing, or both share the port's clients (SO_REUSEPORT); who claims\n"
     "'shares-port' is not judged for that.\n"
     "Source: bind(2), EADDRINUSE; socket(7), SO_REUSEADDR.",
     EW_CAN_ECHO, port_in_use},
    {"lifecycle-descriptors", "too few descriptors are refused with words and a status",
     "Starts it with room for 4 descriptors, 5, and so on until it serves.\n"
     "Why: EMFILE comes at any call that makes a descriptor, and the one nobody thought of\n"
     "hangs or crashes.\n"
     "Good: each start ends by itself with a message and an exit status that is not 0, or\n"
     "serves.  WEAK: it crashes, or says nothing.\n"
     "Source: getrlimit(2), RLIMIT_NOFILE.",
     EW_CAN_ECHO, few_descriptors},
    {"lifecycle-starts", "starting and stopping leaves nothing behind",
     "Loads the plug-in into a process and starts and stops it many times through the ABI.\n"
     "Why: a descriptor, a thread or a buffer that a stop forgets ends a program that embeds\n"
     "the server.\n"
     "Good: the process has as many descriptors and threads as before, and no memory more.\n"
     "Source: edgewise/server.h, ew_stop.",
     0, starts},
    {"lifecycle-flat", "100,000 echoes leave nothing behind",
     "Echoes parts of 20,000 datagrams (at quick scale a slow target does as many as it\n"
     "can, but 4,000), five, and more while what the target has grows from part to part.\n"
     "Why: what is allocated for each datagram and not given back fills the memory of a\n"
     "server that runs for months.\n"
     "Good: descriptors, threads and memory come to rest, as those of a runtime that warms up\n"
     "do.\n"
     "Source: proc(5).",
     EW_CAN_ECHO, flat},
};

const struct check_chapter check_lifecycle = {"lifecycle", cases, sizeof cases / sizeof *cases};
