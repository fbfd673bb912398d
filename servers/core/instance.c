#include "core/internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
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
    if (c->awakener == EW_AWAKENER_DEFAULT)
        c->awakener = EW_AWAKENER_BEST;
    if (c->budget == 0 || ew_server.description.default_budget == 0) /* it has none */
        c->budget = ew_server.description.default_budget;
    if (ew_server.worker_per_socket)
        c->workers = c->sockets;
    else if (c->workers == 0 || !(ew_server.description.capabilities & EW_CAN_WORKERS))
        c->workers = 1;
    if (c->share == EW_SHARE_DEFAULT || c->workers == 1 || ew_server.worker_per_socket)
        c->share = EW_SHARE_PORTS;
    if (c->share == EW_SHARE_PORTS && c->workers > c->sockets)
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
    if (c->loan && c->loan->size < sizeof *c->loan)
        return -EINVAL;
    if (c->datagram_max > EW_DATAGRAM_MAX || c->when_full > EW_FULL_PAUSE ||
        c->awakener > EW_AWAKENER_2017 || c->share > EW_SHARE_BPF || c->port > 65535 ||
        (c->port != 0 && c->sockets > 65536 - c->port))
        return -EINVAL;
    if (strlen(c->address ? c->address : "") >= sizeof instance->address)
        return -EINVAL;
    snprintf(instance->address, sizeof instance->address, "%s",
             c->address ? c->address : "127.0.0.1");
    c->address = instance->address;
    return 0;
}

/* ---- the page ---- */

/* Before the sockets, which count into their slots from the first datagram on. */
static int lay_out_page(struct ew_instance *instance)
{
    const struct ew_config *c = &instance->config;
    unsigned sockets = ew_page_sockets(c);
    size_t size = ew_page_size(c->workers, sockets);
    struct ew_page *page = c->page;

    instance->n_sockets = sockets;
    if (page && c->page_size < size)
        return -ENOSPC;
    instance->own_page = !page;
    if (!page)
        page = calloc(1, size);
    if (!page)
        return -ENOMEM;
    instance->page = ew_page_init(page, c->workers, sockets);
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

    s->index = index % c->sockets;
    s->counters = &slot->counters;
    ew_queue_init(&s->queue, replies_held(c), c->datagram_max);
    err = ew_socket_open(s, c, address, index < c->sockets ? NULL : &instance->sockets[s->index]);
    if (err)
        return err;
    port = ew_address_port(&s->local);
    atomic_store_explicit(&slot->port, port, memory_order_relaxed);
    instance->own_ports[port / 8] |= (uint8_t)(1u << (port % 8));
    return 0;
}

/* Once for each port: the choice is that of all its sockets. */
static int choose_by_source(struct ew_instance *instance)
{
    const struct ew_config *c = &instance->config;
    int err = 0;

    for (unsigned i = 0; i < c->sockets && !err; i++)
        err = ew_share_by_source(instance->sockets[i].fd, instance->sockets[i].local.any.sa_family,
                                 c->workers);
    return err;
}

/* Descriptors start at -1, so that release() may be called after any of these steps. */
static int open_sockets(struct ew_instance *instance)
{
    union ew_address address;
    int err = ew_address_parse(instance->address, &address);

    if (err)
        return err;
    instance->sockets = calloc(instance->n_sockets, sizeof *instance->sockets);
    if (!instance->sockets)
        return -ENOMEM;
    for (unsigned i = 0; i < instance->n_sockets; i++)
        instance->sockets[i].fd = -1;
    for (unsigned i = 0; i < instance->n_sockets && !err; i++)
        err = open_socket(instance, i, &address);
    if (!err && instance->config.share == EW_SHARE_BPF)
        err = choose_by_source(instance);
    if (!err && ew_address_is_wildcard(&address))
        err = ew_own_addresses_load(instance);
    return err;
}

/* ---- starting and stopping ---- */

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
    return ew_workers_start(instance);
}

/* Whatever was made, in the reverse order; safe after an ew_start that failed anywhere. */
static void release(struct ew_instance *instance)
{
    ew_workers_fini(instance);
    for (unsigned i = 0; instance->sockets && i < instance->n_sockets; i++) {
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
        ew_workers_join(instance);
        release(instance);
        return err;
    }
    atomic_store_explicit(&instance->page->state, EW_PAGE_STARTED, memory_order_release);
    if (instance->config.loan) {
        instance->config.loan->serve = ew_workers_serve_first;
        instance->config.loan->ask = ew_workers_ask;
    }
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
    ew_workers_join(instance);
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
