#include "core/internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- configuration ---- */

/* A caller built against a newer header may ask for nothing that we do not know of. */
static bool instance_tail_is_zero(const struct ew_config *config)
{
    const unsigned char *bytes = (const unsigned char *)config;

    for (size_t i = sizeof *config; i < config->size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* So that servers need not know what zero stands for. */
static void fill_defaults(struct ew_config *c)
{
    if (c->sockets == 0)
        c->sockets = ew_server.description.default_sockets ? ew_server.description.default_sockets
                                                           : 1;
    if (c->datagram_max == 0)
        c->datagram_max = EW_DATAGRAM_MAX;
    if (c->queue == 0)
        c->queue = EW_DEFAULT_QUEUE;
    if (c->when_full == EW_FULL_DEFAULT)
        c->when_full = ew_server.description.default_full;
    if (c->budget == 0 || ew_server.description.default_budget == 0) /* it has none */
        c->budget = ew_server.description.default_budget;
    if (ew_server.worker_per_socket)
        c->workers = c->sockets;
    else if (c->workers == 0 || !(ew_server.description.capabilities & EW_CAN_WORKERS))
        c->workers = 1;
    if (c->workers > c->sockets)
        c->workers = c->sockets;
    if (c->log_kinds == 0)
        c->log_kinds = ~(UINT64_C(1) << EW_LOG_TRACE);
    if (!c->log)
        c->log_kinds = 0;
}

/* An older caller's is shorter: what it lacks stays zero, the default.  The first one that was
 * published ended with `page_size`. */
static int read_config(struct ew_instance *instance, const struct ew_config *config)
{
    struct ew_config *c = &instance->config;

    if (config->size < offsetof(struct ew_config, page_size) + sizeof config->page_size)
        return -EINVAL;
    if (config->size > sizeof *c && !instance_tail_is_zero(config))
        return -E2BIG;
    memcpy(c, config, config->size < sizeof *c ? config->size : sizeof *c);
    fill_defaults(c);
    if (c->datagram_max > EW_DATAGRAM_MAX || c->when_full > EW_FULL_PAUSE || c->port > 65535 ||
        (c->port != 0 && c->sockets > 65536 - c->port))
        return -EINVAL;
    if (strlen(c->address ? c->address : "") >= sizeof instance->address)
        return -EINVAL;
    strcpy(instance->address, c->address ? c->address : "127.0.0.1");
    c->address = instance->address;
    return 0;
}

/* ---- the page ---- */

/* Before the sockets, which count into their slots from the first datagram on. */
static int lay_out_page(struct ew_instance *instance)
{
    const struct ew_config *c = &instance->config;
    size_t size = ew_page_size(c->workers, c->sockets);
    struct ew_page *page = c->page;

    if (page && c->page_size < size)
        return -ENOSPC;
    instance->own_page = !page;
    if (!page)
        page = calloc(1, size);
    if (!page)
        return -ENOMEM;
    instance->page = ew_page_init(page, c->workers, c->sockets);
    return 0;
}

/* ---- sockets ---- */

static unsigned replies_held(const struct ew_config *c)
{
    return ew_server.queue_held ? ew_server.queue_held
                                : c->queue + ew_server.description.queue_extra;
}

static int open_socket(struct ew_instance *instance, unsigned index,
                       const union ew_address *address)
{
    const struct ew_config *c = &instance->config;
    struct ew_socket *s = &instance->sockets[index];
    struct ew_socket_slot *slot = ew_page_socket(instance->page, index);
    uint16_t port;
    int err;

    s->index = index;
    s->counters = &slot->counters;
    ew_queue_init(&s->queue, replies_held(c), c->datagram_max);
    err = ew_socket_open(s, c, address, ew_server.blocking);
    if (err)
        return err;
    port = ew_address_port(&s->local);
    atomic_store_explicit(&slot->port, port, memory_order_relaxed);
    instance->own_ports[port / 8] |= (uint8_t)(1u << (port % 8));
    return 0;
}

/* Descriptors start at -1, so that release() may be called after any of these steps. */
static int open_sockets(struct ew_instance *instance)
{
    union ew_address address;
    int err = ew_address_parse(instance->address, &address);

    if (err)
        return err;
    instance->sockets = calloc(instance->config.sockets, sizeof *instance->sockets);
    if (!instance->sockets)
        return -ENOMEM;
    for (unsigned i = 0; i < instance->config.sockets; i++)
        instance->sockets[i].fd = -1;
    for (unsigned i = 0; i < instance->config.sockets && !err; i++)
        err = open_socket(instance, i, &address);
    if (!err && ew_address_is_wildcard(&address))
        err = ew_own_addresses_load(instance);
    return err;
}

/* ---- workers ---- */

/* Contiguous shares that differ by one socket at most. */
static void share_sockets(struct ew_instance *instance, struct ew_worker *w)
{
    uint64_t sockets = instance->config.sockets, workers = instance->config.workers;
    unsigned first = (unsigned)(w->index * sockets / workers),
             end = (unsigned)((w->index + 1) * sockets / workers);

    w->sockets = &instance->sockets[first];
    w->n_sockets = end - first;
}

/* On the starting thread: a loop that cannot be had is ew_start's error, not a dead thread. */
static int init_worker(struct ew_instance *instance, unsigned index)
{
    struct ew_worker *w = &instance->workers[index].shared;

    w->instance = instance;
    w->config = &instance->config;
    w->index = index;
    w->stop_fd = instance->stop_pipe[0];
    w->log_kinds = instance->config.log_kinds;
    w->counters = ew_page_worker(instance->page, index);
    share_sockets(instance, w);
    instance->n_workers = index + 1;
    w->buffer = malloc((size_t)instance->config.datagram_max + 1);
    if (ew_server.loop->state_size)
        w->state = calloc(1, ew_server.loop->state_size);
    if (!w->buffer || (ew_server.loop->state_size && !w->state))
        return -ENOMEM;
    instance->workers[index].initialised = true;
    return ew_server.loop->init ? ew_server.loop->init(w) : 0;
}

static void fini_worker(struct worker_thread *thread)
{
    if (thread->initialised && ew_server.loop->fini)
        ew_server.loop->fini(&thread->shared);
    free(thread->shared.state);
    free(thread->shared.buffer);
}

static void *instance_worker_main(void *argument)
{
    struct worker_thread *thread = argument;
    struct ew_instance *instance = thread->shared.instance;
    int err = ew_server.loop->run(&thread->shared), none = 0;

    if (err) {
        atomic_compare_exchange_strong(&instance->died, &none, err);
        ew_log(&thread->shared,
               &(struct ew_log_entry){.kind = EW_LOG_DIED, .value = err, .text = strerror(-err)});
    }
    return NULL;
}

/* Signals are the program's business: workers are born with all of them blocked. */
static int start_threads(struct ew_instance *instance)
{
    sigset_t all, before;
    int err = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 0; i < instance->n_workers && !err; i++) {
        err = -pthread_create(&instance->workers[i].thread, NULL, instance_worker_main,
                              &instance->workers[i]);
        instance->workers[i].started = !err;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

/* A pipe, because every mechanism can wait for one; it stays readable, so one write stops all. */
static int open_stop_pipe(struct ew_instance *instance)
{
    if (pipe(instance->stop_pipe) < 0) {
        int err = -errno;

        instance->stop_pipe[0] = instance->stop_pipe[1] = -1;
        return err;
    }
    for (int i = 0; i < 2; i++)
        if (fcntl(instance->stop_pipe[i], F_SETFD, FD_CLOEXEC) < 0)
            return -errno;
    return 0;
}

static int instance_start(struct ew_instance *instance)
{
    int err = lay_out_page(instance);

    if (!err)
        err = open_stop_pipe(instance);
    if (!err)
        err = open_sockets(instance);
    if (err)
        return err;
    instance->workers = calloc(instance->config.workers, sizeof *instance->workers);
    if (!instance->workers)
        return -ENOMEM;
    for (unsigned i = 0; i < instance->config.workers && !err; i++)
        err = init_worker(instance, i);
    if (!err)
        err = start_threads(instance);
    return err;
}

/* A blocking receive is woken in two ways, because neither works everywhere: Linux wakes on
 * shutdown, though it answers ENOTCONN; macOS only refuses, so the socket gets a datagram from
 * itself, which is never answered. */
static void wake_blocking(struct ew_socket *s)
{
    shutdown(s->fd, SHUT_RD);
    (void)sendto(s->fd, "", 0, MSG_DONTWAIT, &s->local.any, ew_address_length(&s->local));
}

static void join_workers(struct ew_instance *instance)
{
    ssize_t ignored;

    atomic_store(&instance->stopping, true);
    if (instance->stop_pipe[1] >= 0) {
        /* a pipe that is full would be readable too */
        ignored = write(instance->stop_pipe[1], "", 1);
        (void)ignored;
    }
    for (unsigned i = 0; ew_server.blocking && i < instance->n_workers; i++)
        if (instance->workers[i].started)
            wake_blocking(instance->workers[i].shared.sockets);
    for (unsigned i = 0; i < instance->n_workers; i++)
        if (instance->workers[i].started)
            pthread_join(instance->workers[i].thread, NULL);
}

/* Whatever was made, in the reverse order; safe after an ew_start that failed anywhere. */
static void release(struct ew_instance *instance)
{
    for (unsigned i = 0; i < instance->n_workers; i++)
        fini_worker(&instance->workers[i]);
    for (unsigned i = 0; instance->sockets && i < instance->config.sockets; i++) {
        struct ew_socket *s = &instance->sockets[i];

        if (s->counters)
            ew_count(&s->counters->dropped_stopping, s->queue.count);
        ew_socket_close(s);
    }
    for (int i = 0; i < 2; i++)
        if (instance->stop_pipe[i] >= 0)
            close(instance->stop_pipe[i]);
    if (instance->page)
        atomic_store_explicit(&instance->page->state, EW_PAGE_STOPPED, memory_order_release);
    if (instance->own_page)
        free(instance->page);
    free(instance->own_addresses);
    free(instance->sockets);
    free(instance->workers);
    free(instance);
}

/* ---- the ABI ---- */

const struct ew_description *ew_describe(void)
{
    return &ew_server.description;
}

int ew_start(const struct ew_config *config, struct ew_instance **out)
{
    struct ew_instance *instance;
    int err;

    *out = NULL;
    if (ew_server.description.missing)
        return -ENOTSUP;
    instance = calloc(1, sizeof *instance);
    if (!instance)
        return -ENOMEM;
    instance->stop_pipe[0] = instance->stop_pipe[1] = -1;
    err = read_config(instance, config);
    if (!err)
        err = instance_start(instance);
    if (err) {
        join_workers(instance);
        release(instance);
        return err;
    }
    atomic_store_explicit(&instance->page->state, EW_PAGE_STARTED, memory_order_release);
    *out = instance;
    return 0;
}

/* The address that getsockname(2) gave: with port 0 the kernel chose it. */
uint16_t ew_port(const struct ew_instance *instance, unsigned index)
{
    return index < instance->config.sockets ? ew_address_port(&instance->sockets[index].local) : 0;
}

const struct ew_page *ew_stats(const struct ew_instance *instance)
{
    return instance->page;
}

int ew_stop(struct ew_instance *instance)
{
    int died;

    if (!instance)
        return 0;
    join_workers(instance);
    died = atomic_load(&instance->died);
    release(instance);
    return died;
}

/* ---- what workers ask of their instance ---- */

bool ew_stopping(const struct ew_worker *worker)
{
    return atomic_load_explicit(&worker->instance->stopping, memory_order_relaxed);
}

void ew_count_wait(struct ew_worker *worker, unsigned events)
{
    ew_count(&worker->counters->waits, 1);
    ew_count(&worker->counters->events, events);
    if (events == 0)
        ew_count(&worker->counters->empty_waits, 1);
}

void ew_log(const struct ew_worker *worker, const struct ew_log_entry *entry)
{
    if (ew_logs(worker, entry->kind))
        worker->config->log(worker->config->log_context, entry);
}

int ew_log_error(const struct ew_worker *worker, int err, const char *text)
{
    ew_log(worker, &(struct ew_log_entry){.kind = EW_LOG_ERROR, .value = err, .text = text});
    return err;
}
