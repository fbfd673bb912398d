#include "flood/flood.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "flood/books.h"
#include "flood/corpus.h"
#include "flood/remote.h"
#include "flood/served.h"
#include "flood/thread.h"
#include "flood/verdict.h"
#include "flood/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_WINDOW 64u
#define PROGRESS_NS (200 * NS_PER_MS)

/* One run: what the functions below share. */
struct run {
    struct flood_config config; /* defaults filled in */
    struct schedule schedule;
    uint64_t nonce;
    struct flow *flows;
    uint32_t n_flows;
    uint32_t window;
    uint32_t room; /* of each worker, 0: unbounded; see worker.h */
    struct worker *workers;
    unsigned n_workers;
    atomic_bool failed; /* one worker's error ends the others too */

    /* Workers that have ended, for whoever waits with a live line. */
    pthread_mutex_t mutex;
    pthread_cond_t ended_changed;
    unsigned ended;
};

struct start {
    struct run *run;
    struct worker *worker;
};

/* Different for every run and process; it need not be hard to guess. */
static uint64_t make_nonce(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return ((uint64_t)t.tv_sec * (uint64_t)NS_PER_S + (uint64_t)t.tv_nsec) *
               UINT64_C(0x9e3779b97f4a7c15) ^
           (uint64_t)getpid() << 32;
}

static int settle_run(struct run *r, const struct flood_config *given, struct error *error)
{
    struct flood_config *c = &r->config;

    if (config_settle(c, given, error) < 0 || batch_kind(c->batch, &c->batch, error) < 0)
        return -1;
    r->nonce = c->nonce || c->replay ? c->nonce : make_nonce();
    r->n_flows = c->flows;
    r->n_workers = c->threads < c->flows ? c->threads : c->flows;
    return 0;
}

/* ---- flows ---- */

/* The flows of a corpus go where their records say. */
static const union address *flood_address_of(const struct run *r, uint32_t flow)
{
    const struct corpus *corpus = r->config.replay;

    return &r->config.addresses[corpus ? corpus->flow_ports[flow] : flow % r->config.n_addresses];
}

static int open_flows(struct run *r, struct error *error)
{
    r->flows = calloc(r->n_flows, sizeof *r->flows);
    if (!r->flows)
        return error_set(error, STATUS_CANNOT_RUN, "out of memory for %u flows", r->n_flows);
    for (uint32_t i = 0; i < r->n_flows; i++)
        r->flows[i].fd = -1;
    if (flow_raise_limit(r->n_flows, error) < 0)
        return -1;
    for (uint32_t i = 0; i < r->n_flows; i++) {
        if (flow_open(&r->flows[i], i, r->config.exchange, r->nonce, flood_address_of(r, i),
                      r->config.receive_bytes, error) < 0 ||
            (config_takes_trains(&r->config) && batch_take_trains(r->flows[i].fd, error) < 0))
            return -1;
    }
    return 0;
}

/* What is under way must fit the receive buffers of both ends: ours hold one flow, the server's all
 * flows of its port; those of more flows than it holds take turns. */
static void fit_window(struct run *r)
{
    const struct flood_config *c = &r->config;
    uint32_t largest = c->replay ? c->replay->largest : sizes_largest(&c->sizes);
    uint32_t flows_per_port = (r->n_flows + c->n_addresses - 1) / c->n_addresses;
    uint32_t theirs = flow_buffer_holds(
        c->server_receive_bytes ? c->server_receive_bytes : flow_default_receive_bytes(), largest);
    uint32_t fits = theirs / flows_per_port;
    uint32_t answer = (uint32_t)exchange_protocol(c->exchange)->answer_room;
    uint32_t ours = flow_buffer_holds(r->flows[0].receive_bytes,
                                      answer > largest ? answer : largest);
    uint32_t wanted = c->window ? c->window : DEFAULT_WINDOW;

    if (fits == 0 && c->pace == PACE_CLOSED)
        r->room = theirs * c->n_addresses / r->n_workers;
    fits = fits < ours ? fits : ours;
    if (fits == 0)
        fits = 1;
    r->window = wanted < fits ? wanted : fits;
}

/* ---- threads ---- */

static int make_workers(struct run *r, struct error *error)
{
    r->workers = calloc(r->n_workers, sizeof *r->workers);
    if (!r->workers)
        return error_set(error, STATUS_CANNOT_RUN, "out of memory for %u threads", r->n_workers);
    for (unsigned i = 0; i < r->n_workers; i++) {
        uint32_t first = (uint32_t)((uint64_t)r->n_flows * i / r->n_workers);
        uint32_t end = (uint32_t)((uint64_t)r->n_flows * (i + 1) / r->n_workers);
        struct worker *w = &r->workers[i];

        w->config = &r->config;
        w->schedule = &r->schedule;
        w->failed = &r->failed;
        w->nonce = r->nonce;
        w->window = r->window;
        w->room = r->room;
        w->cpu = r->config.n_cpus ? r->config.cpus[i % r->config.n_cpus] : -1;
        w->flows = &r->flows[first];
        w->n_flows = end - first;
        if (worker_init(w, error) < 0)
            return -1;
    }
    return 0;
}

static void *flood_worker_main(void *argument)
{
    struct start *start = argument;
    struct run *r = start->run;

    thread_flood(start->worker);
    pthread_mutex_lock(&r->mutex);
    r->ended++;
    pthread_cond_signal(&r->ended_changed);
    pthread_mutex_unlock(&r->mutex);
    return NULL;
}

static void report_progress(struct run *r)
{
    struct flood_progress p = {.elapsed_ns = clock_now_ns() - r->schedule.start_ns};

    for (unsigned i = 0; i < r->n_workers; i++) {
        p.sent += atomic_load_explicit(&r->workers[i].sent, memory_order_relaxed);
        p.echoed += atomic_load_explicit(&r->workers[i].echoed, memory_order_relaxed);
    }
    r->config.progress(r->config.context, &p);
}

static void wait_with_progress(struct run *r, unsigned started)
{
    pthread_mutex_lock(&r->mutex);
    while (r->ended < started) {
        struct timespec until;

        /* The default clock of a condition; macOS offers no other. */
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += PROGRESS_NS;
        until.tv_sec += until.tv_nsec / NS_PER_S;
        until.tv_nsec %= NS_PER_S;
        if (pthread_cond_timedwait(&r->ended_changed, &r->mutex, &until) == ETIMEDOUT)
            report_progress(r);
    }
    pthread_mutex_unlock(&r->mutex);
}

/* The clock starts before the threads: who starts late is behind schedule, and says so. */
static int run_workers(struct run *r, struct error *error)
{
    struct start starts[FLOOD_THREADS_MAX];
    unsigned started = 0;
    int err = 0;

    r->schedule.start_ns = clock_now_ns();
    r->schedule.end_ns = r->config.duration_ns ? r->schedule.start_ns + r->config.duration_ns
                                               : INT64_MAX;
    for (; started < r->n_workers && err == 0; started += err == 0) {
        struct worker *w = &r->workers[started];

        w->measure_from_ns = r->schedule.start_ns + r->config.warmup_ns;
        starts[started] = (struct start){r, w};
        err = pthread_create(&w->thread, NULL, flood_worker_main, &starts[started]);
    }
    if (err == 0 && r->config.progress)
        wait_with_progress(r, started);
    for (unsigned i = 0; i < started; i++)
        pthread_join(r->workers[i].thread, NULL);
    if (err != 0)
        return error_set(error, STATUS_CANNOT_RUN, "cannot start thread %u: %s", started,
                         strerror(err));
    return 0;
}

/* ---- the result ---- */

static void add_worker(struct flood_result *result, const struct worker *w)
{
    if (w->silent)
        result->end = FLOOD_SILENT;
    result->counts.late += w->late;
    result->trains.received += w->trains.received;
    result->trains.datagrams += w->trains.datagrams;
    result->measured_sent += w->measured_sent;
    result->measured_echoed += w->measured_echoed;
    result->send_blocked += w->send_blocked;
    result->send_refused += w->send_refused;
    if (w->send_errno)
        result->send_errno = w->send_errno;
    result->unreachable += w->unreachable;
    result->cpu_ns += w->cpu_ns;
    if (w->cpu_part > result->cpu_part)
        result->cpu_part = w->cpu_part;
    histogram_merge(result->raw, w->raw);
    histogram_merge(result->corrected, w->corrected);
    histogram_merge(result->lag, w->lag);
}

static int flood_collect(struct run *r, struct flood_result *result, struct error *error)
{
    int64_t last_send_ns = r->schedule.start_ns;

    for (uint32_t i = 0; i < r->n_flows; i++)
        ledger_counts_add(&result->counts, &r->flows[i].ledger.counts);
    for (unsigned i = 0; i < r->n_workers; i++) {
        add_worker(result, &r->workers[i]);
        if (r->workers[i].last_send_ns > last_send_ns)
            last_send_ns = r->workers[i].last_send_ns;
    }
    for (unsigned i = 0; i < r->n_workers; i++) {
        if (r->workers[i].error.status) {
            *error = r->workers[i].error;
            return -1;
        }
    }
    if (interrupted())
        result->end = FLOOD_INTERRUPTED;
    result->elapsed_ns = last_send_ns - r->schedule.start_ns;
    result->measured_ns = result->elapsed_ns > r->config.warmup_ns
                              ? result->elapsed_ns - r->config.warmup_ns
                              : 0;
    if (result->measured_ns > 0) {
        result->sent_per_s = (double)result->measured_sent * NS_PER_S / (double)result->measured_ns;
        result->echoed_per_s = (double)result->measured_echoed * NS_PER_S /
                               (double)result->measured_ns;
    }
    return 0;
}

static int prepare_result(const struct run *r, struct flood_result *result, struct error *error)
{
    result->protocol = exchange_protocol(r->config.exchange);
    result->nonce = r->nonce;
    result->flows = r->n_flows;
    result->window = r->config.pace == PACE_CLOSED ? r->window : 0;
    result->window_asked = r->config.window;
    if (r->config.pace == PACE_CLOSED)
        result->under_way = r->room ? r->room * r->n_workers : r->window * r->n_flows;
    result->receive_bytes = r->flows[0].receive_bytes;
    result->batch = r->config.batch;
    result->one_way = r->config.one_way;
    result->paced = r->config.pace == PACE_OPEN;
    result->raw = histogram_new();
    result->corrected = histogram_new();
    result->lag = histogram_new();
    if (!result->raw || !result->corrected || !result->lag)
        return error_set(error, STATUS_CANNOT_RUN, "out of memory for the result");
    return 0;
}

/* The readings for the books enclose everything that is sent, and are taken while all sockets are
 * open: a closed one takes its count of drops with it. */
static int flood_run_all(struct run *r, struct flood_result *result, struct error *error)
{
    struct books_reading before;
    struct books_reading after;
    struct steal_reading steal_before;
    struct steal_reading steal_after;

    if (remote_admit(&r->config, r->nonce, error) < 0 || open_flows(r, error) < 0)
        return -1;
    fit_window(r);
    r->schedule = (struct schedule){
        .pace = r->config.pace,
        .rate = r->config.rate,
        .flows = r->n_flows,
        .count = r->config.count ? r->config.count : UINT64_MAX,
    };
    if (make_workers(r, error) < 0 || prepare_result(r, result, error) < 0)
        return -1;
    books_read(&before, &r->config);
    served_begin(&result->served, r->config.page);
    steal_read(&steal_before);
    if (run_workers(r, error) < 0 || flood_collect(r, result, error) < 0)
        return -1;
    steal_read(&steal_after);
    books_read(&after, &r->config);
    served_end(&result->served, r->config.page);
    result->steal_part = steal_part(&steal_before, &steal_after);
    books_balance(&result->books, &before, &after, r->flows, r->n_flows, &result->counts);
    verdict_give(result, &r->config);
    return 0;
}

int flood_run(const struct flood_config *config, struct flood_result *result, struct error *error)
{
    struct run r = {.mutex = PTHREAD_MUTEX_INITIALIZER, .ended_changed = PTHREAD_COND_INITIALIZER};
    int status;

    *result = (struct flood_result){0};
    status = settle_run(&r, config, error);
    if (status == 0)
        status = flood_run_all(&r, result, error);
    for (unsigned i = 0; r.workers && i < r.n_workers; i++)
        worker_fini(&r.workers[i]);
    for (uint32_t i = 0; r.flows && i < r.n_flows; i++)
        flow_close(&r.flows[i]);
    free(r.workers);
    free(r.flows);
    return status;
}

void flood_result_fini(struct flood_result *result)
{
    served_fini(&result->served);
    free(result->raw);
    free(result->corrected);
    free(result->lag);
    result->raw = result->corrected = result->lag = NULL;
}
