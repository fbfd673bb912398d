/* What the servers on tokio share: a worker on a core of servers/tokio, with a future for each
 * socket. */
#ifndef EDGEWISE_CORE_TOKIOPOLL_H
#define EDGEWISE_CORE_TOKIOPOLL_H

#include "core/core.h"
#include "tokio/udp.h"

/* A socket's future and what it works with. */
struct ew_tokio_child {
    struct tokio_future future;
    struct tokio_udp udp;
    struct ew_worker *worker;
    struct ew_socket *socket;
};

struct ew_tokio {
    struct tokio_core *core;
    struct tokio_udp stop;
    struct ew_tokio_child *children; /* one for each of the worker's sockets */
    unsigned opened;                 /* how many of them */
    /* polled before the first turn and when it was notified; NULL: there is none */
    struct tokio_future *main;
    /* what a spawned future died of, if the server is to die of it, too */
    int err;
};

/* The structure lies at the start of worker->state.  Makes a future for each socket, polled by
 * `poll` with `budget` receives to a poll (0: no limit); who polls them is for the server to say.
 * 0 or -errno; fini is due after either. */
int ew_tokio_init(struct ew_worker *worker, unsigned budget,
                  int (*poll)(struct tokio_future *future, struct tokio_context *context));
void ew_tokio_fini(struct ew_worker *worker);

/* A task for each future; the future of a single socket is the main one.  0 or -errno. */
int ew_tokio_spawn_children(struct ew_worker *worker);

/* Turns until stopped, or until the main future ends, and counts. */
int ew_tokio_run(struct ew_worker *worker);

/* Sends what waits and serves datagrams one by one with `serve` (ew_echo, or what behaves alike)
 * until both are blocked. */
int ew_tokio_serve(struct ew_tokio_child *child, struct tokio_context *context,
                   int (*serve)(struct ew_worker *worker, struct ew_socket *socket));

/* The future of echo-tokio; its error is the server's. */
int ew_tokio_echo(struct tokio_future *future, struct tokio_context *context);

#endif
