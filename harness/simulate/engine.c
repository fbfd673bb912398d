#include "simulate/engine.h"

#include "simulate/scenario.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CALL_NAME(name) #name,

const char *engine_call_name(enum engine_call call)
{
    static const char *const names[] = {ENGINE_CALLS(CALL_NAME)};

    return names[call];
}

static const struct scenario *scenario_of(const struct engine *e)
{
    return scenarios[e->scenario];
}

unsigned scenario_runs(const struct scenario *scenario)
{
    unsigned count = 0;

    while (scenario->runs[count].name)
        count++;
    return count;
}

unsigned engine_sockets(unsigned scenario, unsigned run)
{
    const struct scenario *s = scenarios[scenario];

    return s->runs[run].sockets ? s->runs[run].sockets : s->sockets;
}

void engine_begin(struct engine *e, unsigned scenario, unsigned run, unsigned queue)
{
    *e = (struct engine){.scenario = scenario,
                         .run_chosen = run,
                         .sockets = engine_sockets(scenario, run),
                         .size = scenarios[scenario]->runs[run].size,
                         .queue = queue};
}

void engine_bound(struct engine *e, const struct engine_carrier *c)
{
    if (e->bound)
        return;
    e->bound = true;
    if (scenario_of(e)->on_bound)
        scenario_of(e)->on_bound(e, c);
}

/* ---- the log ---- */

static void engine_log(struct engine *e, enum log_kind kind, int socket, int value)
{
    enum engine_call call = log_kind_who(kind) == LOG_TARGET ? e->last_call : 0;

    log_put(&e->log, (struct log_event){.kind = (uint8_t)kind,
                                        .call = (uint8_t)call,
                                        .socket = (int16_t)socket,
                                        .value = value});
}

/* A receive and a send are logged by what comes of them. */
static void log_call(struct engine *e, enum engine_call call)
{
    if (call >= ENGINE_CALL_select && call < ENGINE_CALL_epoll_ctl)
        engine_log(e, LOG_WAITS, LOG_NO_SOCKET, 0);
    else if (call == ENGINE_CALL_epoll_ctl)
        engine_log(e, LOG_INTEREST, LOG_NO_SOCKET, 0);
}

/* ---- what the target does ---- */

void engine_called(struct engine *e, enum engine_call call)
{
    e->calls[call]++;
    e->last_call = call;
    log_call(e, call);
}

/* What epoll, an eventfd, a timerfd and their like are has no type. */
bool engine_counts_others_on(mode_t mode)
{
    return S_ISFIFO(mode) || S_ISSOCK(mode) || (mode & S_IFMT) == 0;
}

void engine_called_others(struct engine *e, uint64_t calls)
{
    if (calls == 0)
        return;
    e->calls[ENGINE_CALL_other] += calls;
    e->last_call = ENGINE_CALL_other;
    engine_log(e, LOG_OTHER, LOG_NO_SOCKET, (int)calls);
}

void engine_closed(struct engine *e, unsigned sockets)
{
    if (sockets > e->closed)
        e->closed = sockets;
}

void engine_hands_over(struct engine *e)
{
    e->handed_over = true;
}

void engine_thread(struct engine *e, int32_t thread)
{
    if (e->thread == 0)
        e->thread = thread;
    e->parallel |= e->thread != thread;
}

void engine_received(struct engine *e, const struct engine_carrier *c, unsigned socket,
                     int32_t thread)
{
    e->fruitless = 0;
    engine_thread(e, thread);
    if (e->socket_reader[socket] == 0)
        e->socket_reader[socket] = thread;
    e->shared |= e->socket_reader[socket] != thread;
    engine_log(e, LOG_RECEIVED, (int)socket, 0);
    e->received[socket]++;
    e->run++;
    if (e->run > e->longest_run)
        e->longest_run = e->run;
    if (scenario_of(e)->on_received)
        scenario_of(e)->on_received(e, c, socket);
}

static bool belongs(const struct engine *e, unsigned socket, unsigned client,
                    const struct engine_tag *tag)
{
    return tag->magic == ENGINE_MAGIC && tag->socket == socket && tag->client == client &&
           client < ENGINE_CLIENTS && tag->sequence > 0 &&
           tag->sequence <= e->sequence[socket][client];
}

/* Whether this datagram has had its answer before; of one too old to be remembered, that it has
 * not. */
static bool is_repeated(const struct engine *e, const struct engine_tag *tag)
{
    uint64_t newest = e->answered[tag->socket][tag->client];
    unsigned bit = tag->sequence % ENGINE_REMEMBERED;

    if (e->sent[tag->socket] >= e->injected[tag->socket])
        return true;
    return tag->sequence <= newest && newest - tag->sequence < ENGINE_REMEMBERED &&
           (e->seen[tag->socket][tag->client][bit / 64] >> bit % 64 & 1);
}

/* What lies between the newest answer and a newer one is forgotten: nobody has answered it yet. */
static void note_answer(struct engine *e, const struct engine_tag *tag)
{
    uint64_t *seen = e->seen[tag->socket][tag->client];
    uint64_t from = e->answered[tag->socket][tag->client] + 1;
    unsigned bit;

    if (from + ENGINE_REMEMBERED < tag->sequence)
        from = tag->sequence - ENGINE_REMEMBERED;
    for (; from <= tag->sequence; from++) {
        bit = from % ENGINE_REMEMBERED;
        seen[bit / 64] &= ~(UINT64_C(1) << bit % 64);
    }
    bit = tag->sequence % ENGINE_REMEMBERED;
    seen[bit / 64] |= UINT64_C(1) << bit % 64;
    if (tag->sequence < e->answered[tag->socket][tag->client])
        e->disorder++;
    else
        e->answered[tag->socket][tag->client] = tag->sequence;
}

void engine_sent(struct engine *e, const struct engine_carrier *c, unsigned socket, unsigned client,
                 const struct engine_tag *tag)
{
    e->fruitless = 0;
    engine_log(e, LOG_SENT, (int)socket, 0);
    if (!belongs(e, socket, client, tag)) {
        e->misrouted++;
        return;
    }
    if (is_repeated(e, tag)) {
        e->repeated++;
        return;
    }
    e->sent[socket]++;
    note_answer(e, tag);
    if (scenario_of(e)->on_sent)
        scenario_of(e)->on_sent(e, c, tag);
}

static void moved_nothing(struct engine *e, uint64_t *count)
{
    (*count)++;
    e->spins |= ++e->fruitless > ENGINE_SPIN;
}

void engine_refused(struct engine *e)
{
    engine_log(e, LOG_REFUSED, LOG_NO_SOCKET, 0);
    moved_nothing(e, &e->refused);
}

void engine_empty_receive(struct engine *e)
{
    engine_log(e, LOG_EMPTY, LOG_NO_SOCKET, 0);
    moved_nothing(e, &e->empty_receives);
}

void engine_empty_wait(struct engine *e)
{
    e->empty_waits++;
}

void engine_waits(struct engine *e, bool write)
{
    moved_nothing(e, &e->waits);
    e->run = 0;
    if (write && engine_total(e->sent) + e->misrouted >= engine_total(e->received))
        e->write_waits++;
}

bool engine_sleeps(struct engine *e)
{
    uint64_t empty = e->empty_waits + e->empty_receives;
    bool idle = e->run == 0 && empty > e->empty_before &&
                engine_total(e->injected) == engine_total(e->received);

    e->empty_before = empty;
    engine_waits(e, false);
    return idle;
}

void engine_begin_turns(struct engine *e)
{
    e->in_turns = true;
}

/* The scenario's figures, and what must not hide whatever the scenario: each is there only if there
 * is something to tell. */
static void put_down(struct engine *e)
{
    uint64_t injected = engine_total(e->injected), sent = engine_total(e->sent);

    scenario_of(e)->on_end(e);
    if (injected > 0 && sent == 0 && e->misrouted == 0 && e->refused == 0)
        engine_fault(e, FIGURE_SILENT, "silent", 1);
    else if (scenario_of(e)->wants_all && sent < injected && !e->spins)
        engine_fault(e, FIGURE_MISSING, "missing", (int64_t)(injected - sent));
    if (e->repeated > 0)
        engine_fault(e, FIGURE_REPEATED, "repeated", (int64_t)e->repeated);
    if (e->closed > 0)
        engine_fault(e, FIGURE_CLOSED, "closed", e->closed);
}

bool engine_quiet(struct engine *e, const struct engine_carrier *c)
{
    bool more;

    e->fruitless = 0;
    e->spins = false;
    engine_log(e, LOG_QUIET, LOG_NO_SOCKET, 0);
    more = scenario_of(e)->on_quiet(e, c);
    e->steps++;
    if (!more)
        put_down(e);
    return more;
}

bool engine_is_ignored(const struct engine *e)
{
    return engine_total(e->injected) > 0 && engine_total(e->received) == 0;
}

void engine_end_spinning(struct engine *e)
{
    put_down(e);
    engine_figure(e, "spins", 1);
}

/* ---- for scenarios ---- */

const void *scenario_settings(const struct engine *e)
{
    return scenario_of(e)->runs[e->run_chosen].settings;
}

void engine_inject(struct engine *e, const struct engine_carrier *c, unsigned socket,
                   unsigned client)
{
    struct engine_tag tag = {.magic = ENGINE_MAGIC,
                             .socket = socket,
                             .client = client,
                             .sequence = ++e->sequence[socket][client]};

    e->injected[socket]++;
    engine_log(e, LOG_ARRIVES, (int)socket, 0);
    c->inject(&tag, 0);
}

void engine_inject_error(struct engine *e, const struct engine_carrier *c, int error)
{
    struct engine_tag none = {.socket = 0};

    engine_log(e, LOG_ERROR, 0, error);
    c->inject(&none, error);
}

void engine_limit(struct engine *e, const struct engine_carrier *c, int sends)
{
    engine_log(e, sends < 0 ? LOG_UNBLOCKS : LOG_BLOCKS, 0, sends < 0 ? 0 : sends);
    c->limit(0, sends);
}

void engine_fail(struct engine *e, const struct engine_carrier *c, enum engine_kind kind, int error)
{
    engine_log(e, LOG_FAILS, LOG_NO_SOCKET, error);
    c->fail(kind, error);
}

void engine_happen(struct engine *e, const struct engine_carrier *c)
{
    engine_log(e, LOG_HAPPENS, LOG_NO_SOCKET, 0);
    c->happen();
}

static void forget_start(struct engine *e)
{
    memset(e->calls, 0, sizeof e->calls);
    e->empty_waits = e->empty_receives = e->write_waits = e->longest_run = 0;
}

bool engine_burst(struct engine *e, const struct engine_carrier *c, unsigned rounds, unsigned burst)
{
    if (e->steps == 0)
        forget_start(e);
    if (e->steps == rounds)
        return false;
    for (unsigned i = 0; i < burst; i++)
        engine_inject(e, c, 0, 0);
    return true;
}

int64_t engine_rest(uint64_t all, uint64_t part)
{
    return all > part ? (int64_t)(all - part) : 0;
}

uint64_t engine_total(const uint64_t counts[ENGINE_SOCKETS])
{
    uint64_t total = 0;

    for (unsigned i = 0; i < ENGINE_SOCKETS; i++)
        total += counts[i];
    return total;
}

void engine_figure(struct engine *e, const char *name, int64_t value)
{
    struct engine_figure *f = &e->figures[e->figure_count];

    assert(value >= 0); /* all are counts: a negative one is this program's error */
    if (e->figure_count == ENGINE_FIGURES)
        return;
    snprintf(f->name, sizeof f->name, "%s", name);
    f->value = value;
    e->figure_count++;
}

void engine_fault(struct engine *e, enum figure_fault fault, const char *name, int64_t value)
{
    unsigned before = e->figure_count;

    engine_figure(e, name, value);
    if (e->figure_count > before)
        e->figures[before].fault = fault;
}
