/* What the servers on tokio share: a worker on a core of servers/tokio, with a task for each socket. */
#ifndef EDGEWISE_CORE_TOKIOPOLL_H
#define EDGEWISE_CORE_TOKIOPOLL_H

#include "core/core.h"
#include "tokio/udp.h"

/* A socket's task: the future that the server polls. */
struct ew_tokio_task {
    struct tokio_future future;
    struct tokio_udp udp;
    struct ew_worker *worker;
    struct ew_socket *socket;
};

struct ew_tokio {
    struct tokio_core *core;
    struct tokio_udp stop;
    struct ew_tokio_task *tasks;
    unsigned opened; /* how many of them */
    int err;         /* what a task died of */
};

/* The structure lies at the start of worker->state.  Spawns a task for each socket, polled by `poll` with `budget`
 * receives to a poll; 0: no limit.  0 or -errno; fini is due after either. */
int ew_tokio_init(struct ew_worker *worker, unsigned budget,
                  int (*poll)(struct tokio_future *future, struct tokio_context *context));
void ew_tokio_fini(struct ew_worker *worker);

/* Turns until stopped, and counts. */
int ew_tokio_run(struct ew_worker *worker);

/* The future of echo-tokio: sends what waits and receives until both are blocked. */
int ew_tokio_echo(struct tokio_future *future, struct tokio_context *context);

#endif
