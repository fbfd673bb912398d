/* The threads of an instance, and the one that its caller may lend it. */
#include "core/internal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Contiguous shares that differ by one socket at most; where all have all ports each gets the
 * sockets that were opened for it. */
static void workers_share_sockets(struct ew_instance *instance, struct ew_worker *w)
{
    uint64_t sockets = instance->n_sockets, workers = instance->config.workers;
    unsigned first = (unsigned)(w->index * sockets / workers),
             end = (unsigned)((w->index + 1) * sockets / workers);

    w->sockets = &instance->sockets[first];
    w->n_sockets = end - first;
}

/* On the starting thread: a loop that cannot be had is ew_start's error, not a dead thread. */
static int workers_init_one(struct ew_instance *instance, unsigned index)
{
    struct ew_worker *w = &instance->workers[index].shared;

    w->instance = instance;
    w->config = &instance->config;
    w->index = index;
    w->stop_fd = instance->stop_pipe[0];
    w->log_kinds = instance->config.log_kinds;
    w->counters = ew_page_worker(instance->page, index);
    workers_share_sockets(instance, w);
    instance->n_workers = index + 1;
    w->buffer = malloc((size_t)instance->config.datagram_max + 1);
    if (ew_server.loop->state_size)
        w->state = calloc(1, ew_server.loop->state_size);
    if (!w->buffer || (ew_server.loop->state_size && !w->state))
        return -ENOMEM;
    instance->workers[index].initialised = true;
    return ew_server.loop->init ? ew_server.loop->init(w) : 0;
}

static void workers_fini_one(struct worker_thread *thread)
{
    if (thread->initialised && ew_server.loop->fini)
        ew_server.loop->fini(&thread->shared);
    free(thread->shared.state);
    free(thread->shared.buffer);
}

static void *workers_main(void *argument)
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
static int workers_start_threads(struct ew_instance *instance)
{
    sigset_t all, before;
    int err = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = instance->config.loan ? 1 : 0; i < instance->n_workers && !err; i++) {
        err = -pthread_create(&instance->workers[i].thread, NULL, workers_main,
                              &instance->workers[i]);
        instance->workers[i].started = !err;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

int ew_workers_start(struct ew_instance *instance)
{
    int err = 0;

    instance->workers = calloc(instance->config.workers, sizeof *instance->workers);
    if (!instance->workers)
        return -ENOMEM;
    for (unsigned i = 0; i < instance->config.workers && !err; i++)
        err = workers_init_one(instance, i);
    return err ? err : workers_start_threads(instance);
}

void ew_workers_serve_first(struct ew_instance *instance)
{
    workers_main(&instance->workers[0]);
}

/* A blocking receive is woken in two ways, because neither works everywhere: Linux wakes on
 * shutdown, though it answers ENOTCONN; macOS only refuses, so the socket gets a datagram from
 * itself, which is never answered. */
static void workers_wake_blocking(struct ew_socket *s)
{
    shutdown(s->fd, SHUT_RD);
    (void)sendto(s->fd, "", 0, MSG_DONTWAIT, &s->local.any, ew_address_length(&s->local));
}

void ew_workers_ask(struct ew_instance *instance)
{
    if (atomic_exchange(&instance->stopping, true))
        return;
    /* The end of the file wakes whoever waits as a byte does, and cannot be refused. */
    if (instance->stop_pipe[1] >= 0 && write(instance->stop_pipe[1], "", 1) < 0) {
        close(instance->stop_pipe[1]);
        instance->stop_pipe[1] = -1;
    }
    for (unsigned i = 0; ew_server.blocking && i < instance->n_workers; i++)
        workers_wake_blocking(instance->workers[i].shared.sockets);
}

void ew_workers_join(struct ew_instance *instance)
{
    ew_workers_ask(instance);
    for (unsigned i = 0; i < instance->n_workers; i++)
        if (instance->workers[i].started)
            pthread_join(instance->workers[i].thread, NULL);
}

void ew_workers_fini(struct ew_instance *instance)
{
    for (unsigned i = 0; i < instance->n_workers; i++)
        workers_fini_one(&instance->workers[i]);
    free(instance->workers);
}
