/* What the servers on tokio share: a worker on a core of servers/tokio, with a future for each
 * socket. */
#ifndef EDGEWISE_LOOPS_TOKIOPOLL_H
#define EDGEWISE_LOOPS_TOKIOPOLL_H

#include "core/core.h"
#include "tokio/udp.h"

/* A socket's future and what it works with. */
struct ew_tokio_child {
    struct tokio_future future;
    struct tokio_udp udp;
    struct ew_tokio *tokio; /* that it is one of */
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
    bool tells_main; /* its polls are told as the original told them, not with the moments alone */
    /* what a spawned future died of, if the server is to die of it, too */
    int err;
};

/* Polls the future of a socket: TOKIO_READY, TOKIO_PENDING, or a negative errno. */
typedef int (*ew_tokio_poll)(struct tokio_future *future, struct tokio_context *context);

/* Makes a future for each socket, polled by `poll`, with the configuration's budget of receives to
 * a poll (0: no limit); who polls them is for the server to say.  0 or -errno; fini is due after
 * either. */
int ew_tokio_init(struct ew_tokio *tokio, struct ew_worker *worker, ew_tokio_poll poll);
void ew_tokio_fini(struct ew_tokio *tokio);

/* A task for each future; the future of a single socket is the main one.  0 or -errno. */
int ew_tokio_spawn_children(struct ew_tokio *tokio, const struct ew_worker *worker);

/* Turns until stopped, or until the main future ends, and counts.  0, or what the wait failed with,
 * the main future or one whose error is the server's. */
int ew_tokio_run(struct ew_tokio *tokio, struct ew_worker *worker);

/* Sends what waits and serves datagrams one by one with `serve` (ew_echo, or what behaves alike)
 * until both are blocked. */
int ew_tokio_serve(struct ew_tokio_child *child, struct tokio_context *context,
                   int (*serve)(struct ew_worker *worker, struct ew_socket *socket));

/* Tells that the socket's future is polled, EW_LOG_POLL. */
void ew_tokio_tell_poll(const struct ew_tokio_child *child);

/* The future of echo-tokio; its error is the server's. */
int ew_tokio_echo(struct tokio_future *future, struct tokio_context *context);

/* ---- for servers whose state is or holds a struct ew_tokio ---- */

struct ew_tokio_loop {
    struct ew_loop loop;
    size_t offset; /* of the struct ew_tokio in worker->state */
    ew_tokio_poll poll;
    /* On the starting thread, the futures made: says who polls them.  0 or -errno.  NULL: a task
     * for each, ew_tokio_spawn_children(). */
    int (*compose)(struct ew_worker *worker);
};

/* Its three functions; a server whose state holds more has a `fini` of its own. */
int ew_tokio_loop_init(struct ew_worker *worker);
int ew_tokio_loop_run(struct ew_worker *worker);
void ew_tokio_loop_fini(struct ew_worker *worker);

/* What such a loop is made of: of a server whose sockets' futures `poll_one` polls. */
#define EW_TOKIO_LOOP(poll_one)                         \
    {                                                   \
        .loop = {.state_size = sizeof(struct ew_tokio), \
                 .init = ew_tokio_loop_init,            \
                 .run = ew_tokio_loop_run,              \
                 .fini = ew_tokio_loop_fini},           \
        .poll = (poll_one)                              \
    }

/* The same with a state of its own, a `type` that holds a struct ew_tokio as its `tokio`. */
#define EW_TOKIO_LOOP_IN(type, poll_one, compose_all, fini_all)                       \
    {                                                                                 \
        .loop = {.state_size = sizeof(type),                                          \
                 .init = ew_tokio_loop_init,                                          \
                 .run = ew_tokio_loop_run,                                            \
                 .fini = (fini_all)},                                                 \
        .offset = offsetof(type, tokio), .poll = (poll_one), .compose = (compose_all) \
    }

#endif
