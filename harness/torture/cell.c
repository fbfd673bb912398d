#include "torture/cell.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "target/ports.h"
#include "torture/client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* So many answers in a row show that it serves. */
#define CELL_IN_A_ROW 3
/* Before that an answer may be missing: a datagram that could not be sent is lost by right. */
#define CELL_ASKS_MOST 50
#define CELL_ANSWER_MS 100
/* While a fault lasts it is only kept awake, by no more than a socket's usual buffer holds (212,992
 * bytes for 277 datagrams of 768): of what does not fit no edge tells, and who waits for one after
 * an EAGAIN that was not the kernel's would wait for ever. */
#define CELL_LASTING_ASKS 200
#define CELL_LASTING_MS 1
#define CELL_READY_MS 3000
#define CELL_STOP_MS 1000
#define CELL_REST_MS 2000
#define CELL_LOOK_MS 2
#define CELL_RESTS 3
/* From the end of a target to that of its supervisor, on a machine that has no time for it. */
#define CELL_END_MS 20000

static const char *const outcome_names[TORTURE_OUTCOMES] = {
    [TORTURE_NOT_REACHED] = "not reached",
    [TORTURE_SERVED] = "served",
    [TORTURE_ENDED] = "ended with words",
    [TORTURE_NOT_FINISHED] = "not finished",
    [TORTURE_SILENT] = "silent end",
    [TORTURE_LEAK] = "leak",
    [TORTURE_SPIN] = "spin",
    [TORTURE_HANG] = "hang",
    [TORTURE_WRONG_ANSWER] = "wrong answer",
    [TORTURE_CRASH] = "crash",
    [TORTURE_NO_RESTART] = "no restart",
};

const char *torture_outcome_name(enum torture_outcome outcome)
{
    return outcome_names[outcome];
}

enum torture_outcome torture_outcome_named(const char *name)
{
    int i = 0;

    while (i < TORTURE_OUTCOMES && strcmp(outcome_names[i], name) != 0)
        i++;
    return (enum torture_outcome)i;
}

bool torture_is_finding(enum torture_outcome outcome)
{
    return outcome > TORTURE_NOT_FINISHED;
}

/* Every limit goes through it: an emulated machine makes all of them longer. */
static int cell_ms(const struct torture_subject *s, int ms)
{
    return (int)(ms * s->timeout_scale);
}

/* What does not fit is the tail of what the target said. */
static void cell_settle(struct torture_cell *cell, enum torture_outcome o, const char *why)
{
    cell->outcome = o;
    snprintf(cell->detail, sizeof cell->detail, "%.399s", why);
}

/* ---- how it ended ---- */

/* Of one that ended: by itself, or `asked`, by SIGTERM, whose default it may have left. */
static void cell_judge_end(struct torture_cell *cell, const struct target_end *end, bool asked)
{
    char how[128], said[256], text[400];

    target_end_text(end, how, sizeof how);
    target_end_said(end, said, sizeof said);
    snprintf(text, sizeof text, "%s%s%s", how, *said ? ": " : "", said);
    if (asked && end->killed)
        cell_settle(cell, TORTURE_HANG, "did not end when told to");
    else if (asked && ((end->exited && end->code == 0) || (!end->exited && end->code == SIGTERM)))
        return;
    else if (!end->exited)
        cell_settle(cell, TORTURE_CRASH, text);
    else
        cell_settle(cell, *said && end->code != 0 ? TORTURE_ENDED : TORTURE_SILENT, text);
}

/* It may have begun to end just before it was told to. */
static bool cell_ended_by_itself(const struct target_end *end)
{
    if (end->early)
        return true;
    return end->exited ? end->code != 0 : end->code != SIGTERM && end->code != SIGKILL;
}

/* A start that never comes to an end; who makes the failing call again and again, without waiting
 * for anything in between, is told apart from who waits for ever. */
static void cell_not_ready(const struct torture_subject *s, struct torture_cell *cell,
                           const struct target_end *end, const struct error *error)
{
    if (cell_ended_by_itself(end))
        cell_judge_end(cell, end, false);
    else if (s->faults->row >= FAULTS_LASTING)
        cell_settle(cell, TORTURE_SPIN, "made the call that failed 1,000 times without a pause");
    else
        cell_settle(cell, TORTURE_HANG, error->text);
}

/* ---- while it runs ---- */

/* Between two looks; nothing is decided by how long it takes. */
static void cell_pause(void)
{
    nanosleep(&(struct timespec){.tv_nsec = CELL_LOOK_MS * NS_PER_MS}, NULL);
}

/* Asleep at some looks with no call between.  A call that is held sleeps, too, and on a busy
 * machine for long: the supervisor must have looked for one in vain meanwhile, from the beginning
 * to the end of a look. */
static bool cell_rests(const struct torture_subject *s, struct target_run *run)
{
    int64_t limit_ns = clock_now_ns() + cell_ms(s, CELL_REST_MS) * NS_PER_MS;
    unsigned long long calls = 0, looks = 0;
    int slept = 0;

    while (clock_now_ns() < limit_ns && target_alive(run)) {
        bool sleeps = target_sleeps(run);

        if (!sleeps || s->faults->calls != calls)
            slept = 0;
        else if (s->faults->looks >= looks + 2)
            slept++;
        if (slept == CELL_RESTS)
            return true;
        if (slept == 0 || s->faults->looks >= looks + 2)
            looks = s->faults->looks;
        calls = s->faults->calls;
        cell_pause();
    }
    return !target_alive(run);
}

/* While the fault lasts: each datagram is an occasion for it. */
static void cell_outlast(const struct torture_subject *s, struct target_run *run,
                         struct torture_client *c)
{
    for (int i = 0; i < CELL_LASTING_ASKS && s->faults->given < FAULTS_LASTING; i++) {
        if (!target_alive(run) || interrupted())
            return;
        torture_client_ask(c, CELL_LASTING_MS);
    }
    s->faults->lifted = true;
}

/* False, too, as soon as a fault has begun to last: then nothing is to be expected. */
static bool cell_serves(const struct torture_subject *s, struct target_run *run,
                        struct torture_client *c)
{
    const struct faults *f = s->faults;
    int row = 0;

    for (int i = 0; i < CELL_ASKS_MOST && row < CELL_IN_A_ROW && target_alive(run); i++) {
        if (f->lasting && !f->lifted && f->given > 0 && f->given < FAULTS_LASTING)
            return false;
        row = torture_client_ask(c, cell_ms(s, CELL_ANSWER_MS)) ? row + 1 : 0;
    }
    return row == CELL_IN_A_ROW;
}

/* EINTR and EAGAIN ask for the call to be made again at once. */
static bool cell_retries_rightly(const struct torture_cell *cell)
{
    return cell->row && (cell->row->error == EINTR || cell->row->error == EAGAIN);
}

/* The worst comes first: who answers wrongly may do anything else besides.  Descriptors are counted
 * at rest, since some are opened for a moment only; a server that goes on without one that it could
 * not have has fewer, and that is no leak.  Of who claims to spin no rest is expected, nor that it
 * lets a call that failed be. */
static void cell_watch(struct torture_subject *s, struct torture_cell *cell, struct target_run *run,
                       struct torture_client *c)
{
    bool spins = s->target->capabilities & EW_CAN_SPINS, serves, rests;
    struct target_usage usage = {0};

    serves = cell_serves(s, run, c);
    if (cell->lasting && s->faults->given > 0) {
        cell_outlast(s, run, c);
        serves = cell_serves(s, run, c);
    }
    rests = spins || cell_rests(s, run);
    target_usage(run, &usage);
    usage.descriptors -= (int64_t)s->faults->kept;
    if (!target_alive(run))
        return;
    if (c->wrong)
        cell_settle(cell, TORTURE_WRONG_ANSWER, "an answer to nothing that was asked, or a second");
    else if (!rests)
        cell_settle(cell, TORTURE_SPIN, "did not come to rest");
    else if (!spins && s->faults->row >= FAULTS_LASTING && !cell_retries_rightly(cell))
        cell_settle(cell, TORTURE_SPIN, "made the call that failed 1,000 times without a pause");
    else if (!serves)
        cell_settle(cell, TORTURE_HANG, "lives, and answers no more");
    else if (!cell->row)
        s->descriptors = usage.descriptors;
    else if (usage.descriptors > s->descriptors) {
        cell_settle(cell, TORTURE_LEAK, "");
        snprintf(cell->detail, sizeof cell->detail, "%lld descriptors instead of %lld",
                 (long long)usage.descriptors, (long long)s->descriptors);
    }
}

/* The port is kept for all cells to come: the first run, with port 0, has it from the kernel.  Its
 * end is looked at only where nothing has been found before. */
static int cell_serve(struct torture_subject *s, struct torture_cell *cell, struct target_run *run,
                      struct error *error)
{
    struct torture_client c;
    struct target_end end;
    bool asked;
    int result = 0;

    if (torture_client_init(&c, &s->target->exchange, target_address(run, 0)) < 0)
        result = error_set(error, STATUS_CANNOT_RUN, "no socket to ask with: %s", strerror(errno));
    else
        cell_watch(s, cell, run, &c);
    s->options.port = target_port(run, 0);
    asked = target_alive(run);
    target_stop(run, &end);
    torture_client_fini(&c);
    if (cell->outcome == TORTURE_SERVED)
        cell_judge_end(cell, &end, asked);
    return result;
}

/* ---- all of it ---- */

static struct target_options cell_options(const struct torture_subject *s)
{
    struct target_options options = s->options;

    options.ready_ms = cell_ms(s, CELL_READY_MS);
    options.stop_ms = cell_ms(s, CELL_STOP_MS);
    return options;
}

/* The kernel takes an io_uring apart once its process has ended, and a socket with it: its port is
 * free a moment later, and no matter of the server's.  Who keeps it longer cannot be started. */
static void cell_await_port(const struct torture_subject *s)
{
    int64_t limit_ns = clock_now_ns() + cell_ms(s, CELL_REST_MS) * NS_PER_MS;
    unsigned port = s->options.port;
    union address address;
    struct error taken;

    if (port == 0 ||
        !address_parse_host(s->options.address ? s->options.address : PORTS_ADDRESS, &address))
        return;
    while (ports_choose(&address, &port, 1, &taken) < 0 && clock_now_ns() < limit_ns)
        cell_pause();
}

/* Nothing fails, and nobody holds it.  Who had no processor to start with says nothing. */
static void cell_start_again(struct torture_subject *s, struct torture_cell *cell)
{
    struct target_options options = cell_options(s);
    struct torture_client c;
    struct target_run *run;
    struct error error;

    s->faults->lifted = true;
    cell_await_port(s);
    if (target_start(s->target, &options, &run, &error) < 0) {
        cell_settle(cell,
                    error.status == STATUS_INVALID ? TORTURE_NOT_FINISHED : TORTURE_NO_RESTART,
                    error.text);
        return;
    }
    if (torture_client_init(&c, &s->target->exchange, target_address(run, 0)) == 0 &&
        !cell_serves(s, run, &c))
        cell_settle(cell, TORTURE_NO_RESTART, "starts, and does not answer");
    torture_client_fini(&c);
    target_stop(run, NULL);
}

/* Of others, what comes before bind() is a runtime's start and no matter of a server's. */
static void cell_order(const struct torture_subject *s, const struct torture_cell *cell)
{
    memset(s->faults, 0, sizeof *s->faults);
    s->faults->from_bind = s->target->kind != TARGET_PLUGIN;
    s->faults->number = cell->row ? cell->row->number : -1;
    s->faults->error = cell->row ? cell->row->error : 0;
    s->faults->first = cell->nth;
    s->faults->lasting = cell->lasting;
}

/* The server's own "started" is believed only with its sockets bound (target/ready.c), so that a
 * failed bind() cannot pass for a start.  A cell whose start the machine spoiled is not finished,
 * and is tried again by who goes on. */
static int cell_run_held(struct torture_subject *s, struct torture_cell *cell,
                         struct supervision *supervision, struct error *error)
{
    struct target_end end = {0};
    struct target_options options = cell_options(s);
    struct target target = *s->target;
    struct target_run *run;

    /* A fault that lasts is lifted only once the target runs: it may not answer before. */
    if (cell->lasting && target.ready == TARGET_READY_ECHO)
        target.ready = TARGET_READY_PORT;
    options.prepare = faults_enter;
    options.context = supervision->share;
    options.end = &end;
    cell_await_port(s);
    if (target_start(&target, &options, &run, error) == 0)
        return cell_serve(s, cell, run, error);
    if (interrupted())
        return -1;
    if (*supervision->share->trouble)
        return error_set(error, STATUS_CANNOT_RUN, "%s cannot be held: %s", s->target->name,
                         supervision->share->trouble);
    if (error->status == STATUS_INVALID)
        cell_settle(cell, TORTURE_NOT_FINISHED, error->text);
    else
        cell_not_ready(s, cell, &end, error);
    *error = (struct error){0};
    return 0;
}

int torture_cell_run(struct torture_subject *s, struct torture_cell *cell, struct error *error)
{
    struct supervision supervision = {0};
    int result;

    cell_order(s, cell);
    cell_settle(cell, TORTURE_SERVED, "");
    if (supervision_start(&supervision, faults_live, s->faults) < 0)
        return error_set(error, STATUS_CANNOT_RUN, "no supervisor: %s", strerror(errno));
    result = cell_run_held(s, cell, &supervision, error);
    if (result == 0 && supervision_ends(&supervision, cell_ms(s, CELL_END_MS)) &&
        !supervision.share->finished)
        result = error_set(error, STATUS_INVALID, "%s: its supervisor was ended by somebody else",
                           s->target->name);
    supervision_stop(&supervision);
    if (result < 0)
        return -1;
    if (interrupted())
        return error_set(error, interrupted(), "interrupted");
    if (!cell->row) {
        for (size_t i = 0; i < TORTURE_CALLS_MAX; i++)
            s->counts[i] = s->faults->counts[i];
        return 0;
    }
    /* Nothing failed, nothing happened: then there is nothing to start anew after. */
    if (cell->outcome == TORTURE_SERVED && s->faults->given == 0)
        cell->outcome = TORTURE_NOT_REACHED;
    else if (cell->outcome != TORTURE_NOT_FINISHED)
        cell_start_again(s, cell);
    return 0;
}
