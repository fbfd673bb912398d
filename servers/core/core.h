/* What all servers share: life cycle, sockets, the outgoing queue, counters.  It names none of
 * them.
 *
 * A server is one file that defines `ew_server`: its description and its loop.  core makes the
 * five functions of edgewise/server.h out of it.  Everything here is used by one worker thread
 * only, its own, unless said otherwise.
 *
 * Errors are negative errno.  A function that serves gives EW_BLOCKED when the kernel has nothing
 * (or takes nothing). */
#ifndef EDGEWISE_CORE_H
#define EDGEWISE_CORE_H

#include "edgewise/server.h"

#include <errno.h>
#include <stdbool.h>

struct ew_worker;

/* ---- the server's own file defines this ---- */

/* How a worker waits and serves.  EW_EPOLL_LOOP() and its like, of servers/loops, make one of what
 * they ask of a server. */
struct ew_loop {
    size_t state_size; /* zeroed memory at worker->state; 0: none */
    /* On the starting thread, sockets bound.  0 or a negative errno; fini is due after either.
     * NULL: nothing to do. */
    int (*init)(struct ew_worker *worker);
    /* Returns 0 once ew_stopping(), or a negative errno that makes going on pointless. */
    int (*run)(struct ew_worker *worker);
    /* After the thread was joined.  NULL: nothing to do. */
    void (*fini)(struct ew_worker *worker);
};

struct ew_server {
    struct ew_description description;
    const struct ew_loop *loop;
    bool blocking;          /* its sockets are blocking */
    bool worker_per_socket; /* a thread for each socket, whatever `workers` says */
    unsigned queue_held;    /* replies that it holds, whatever `queue` says; 0: what `queue` says */
};

extern const struct ew_server ew_server;

/* ---- datagrams ---- */

/* The room for a sockaddr of either family. */
union ew_address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

socklen_t ew_address_length(const union ew_address *address);

/* A datagram and where it came from.  `data` belongs to the worker's buffer or to a queue's
 * ring. */
struct ew_datagram {
    union ew_address peer;
    /* on a wildcard bind, the local address that was asked; family AF_UNSPEC otherwise */
    union ew_address asked;
    size_t length;
    uint8_t *data;
    /* a train (UDP_GRO) of datagrams of so many bytes, of which the last may be shorter; 0: one */
    uint16_t segment;
};

/* ---- the outgoing queue: a ring whose memory is allocated at the first push and kept ---- */

struct ew_queue {
    unsigned capacity; /* datagrams */
    unsigned count;
    unsigned head;
    size_t datagram_max;
    uint8_t *slots; /* NULL until the first push */
};

void ew_queue_init(struct ew_queue *queue, unsigned capacity, size_t datagram_max);
void ew_queue_fini(struct ew_queue *queue);
bool ew_queue_full(const struct ew_queue *queue);
/* Copies `datagram` to the end.  -ENOBUFS when full, -ENOMEM when the ring cannot be allocated; the
 * queue is as before then. */
int ew_queue_push(struct ew_queue *queue, const struct ew_datagram *datagram);
/* The oldest one, its data inside the ring; false when empty. */
bool ew_queue_front(const struct ew_queue *queue, struct ew_datagram *datagram);
void ew_queue_pop(struct ew_queue *queue);

/* ---- sockets and workers ---- */

struct ew_socket {
    int fd;
    unsigned index; /* 0 for the first port */
    bool wildcard;  /* answers must name the address that was asked */
    union ew_address local;
    struct ew_queue queue;
    struct ew_socket_counters *counters;
    uint32_t interest; /* what the poller was last asked for, in the poller's bits */
    unsigned errors;   /* of receives, since one gave a datagram or found none */
    void *user;        /* the server's own */
};

struct ew_worker {
    struct ew_instance *instance;
    /* defaults filled in: nothing in it is "0: the default" any more */
    const struct ew_config *config;
    unsigned index;
    struct ew_socket *sockets; /* this worker's, an array */
    unsigned n_sockets;
    int stop_fd;        /* becomes readable when stop was asked for, and stays so */
    uint64_t log_kinds; /* the configuration's: here they are looked at for every datagram */
    uint8_t *buffer;    /* config->datagram_max + 1 bytes: what fills it wholly was too large */
    struct ew_worker_counters *counters;
    void *state; /* the loop's state_size bytes, of which its functions know all */
};

/* Was stop asked for?  Read it before every receive. */
bool ew_stopping(const struct ew_worker *worker);

/* Adds to a counter of which the caller is the only writer.  Relaxed. */
static inline void ew_count(ew_counter *counter, uint64_t n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

/* Counts one wait that returned `events` events; the stop descriptor is none. */
void ew_count_wait(struct ew_worker *worker, unsigned events);

/* Waits a millisecond, or until stop: for who is to try again what the kernel has no memory for. */
void ew_pause(const struct ew_worker *worker);

/* ---- one datagram at a time ---- */

enum ew_outcome {
    EW_BLOCKED = 0, /* EAGAIN: nothing there, or nothing taken */
    EW_DONE = 1,    /* received (or sent) */
    EW_DROPPED = 2, /* something was consumed, counted and is gone: go on */
};

/* Receives one datagram into the worker's buffer.  EW_DROPPED: it was too large, from one of our
 * own sockets, taken while stopping, or the kernel reported an error that belongs to the past.
 * Negative: the socket is unusable (EBADF and its like). Reads the stop flag first: EW_BLOCKED once
 * stopping.  Where errors follow one another it pauses after each. */
int ew_receive(struct ew_worker *worker, struct ew_socket *socket, struct ew_datagram *datagram);

/* Hands one datagram to the kernel.  EW_DROPPED: it never can be sent (EMSGSIZE, EPERM, ENOBUFS,
 * ...); counted.  Never fails otherwise: an unusable socket shows at the next receive. */
enum ew_outcome ew_send(struct ew_worker *worker, struct ew_socket *socket,
                        const struct ew_datagram *datagram);

/* What every server that uses the functions below can do. */
#define EW_CAN_ECHO_ALL                                                                           \
    (EW_CAN_ECHO | EW_CAN_IPV6 | EW_CAN_WILDCARD | EW_CAN_SOCKETS | EW_CAN_QUEUE | EW_CAN_PAUSE | \
     EW_CAN_MULTIPLEX | EW_CAN_COUNTERS | EW_CAN_LOOPSAFE)

/* ---- the echo rule: send at once when nothing waits, else queue, else drop or pause ---- */

/* False while the queue is full and the server was told to pause: reading must stop. */
bool ew_wants_read(const struct ew_worker *worker, const struct ew_socket *socket);
/* True while replies wait: interest in writing exists only then. */
bool ew_wants_write(const struct ew_socket *socket);
/* Puts a datagram behind those that wait: EW_DONE; EW_DROPPED, counted and told, when there is no
 * room. */
int ew_hold(struct ew_worker *worker, struct ew_socket *socket, const struct ew_datagram *datagram);
/* Receives one datagram and sends, queues or drops its reply.  What ew_receive gives; EW_BLOCKED
 * also when reading is paused. */
int ew_echo(struct ew_worker *worker, struct ew_socket *socket);
/* ew_echo until EAGAIN, a pause or stop, and without any other bound: for the specimens of
 * starvation alone.  EW_BLOCKED or negative. */
int ew_drain(struct ew_worker *worker, struct ew_socket *socket);
/* Sends what waits until nothing does or the kernel takes no more. */
void ew_flush(struct ew_worker *worker, struct ew_socket *socket);

/* ---- reporting; nothing is formatted unless somebody listens ---- */

static inline bool ew_logs(const struct ew_worker *worker, enum ew_log_kind kind)
{
    return worker->log_kinds & (UINT64_C(1) << kind);
}

void ew_log(const struct ew_worker *worker, const struct ew_log_entry *entry);
/* EW_LOG_ERROR with a text; returns `err`, so that a failed init can end with it. */
int ew_log_error(const struct ew_worker *worker, int err, const char *text);

/* ---- the moments of a loop, EW_LOG_TRACE: one line each, in the order in which they happen ----
 *
 * Sockets are told by their index, "#0".  All of these only where ew_traces() is true: whoever asks
 * it once, before the loop, has a loop that costs what it would cost without them. */

static inline bool ew_traces(const struct ew_worker *worker)
{
    return ew_logs(worker, EW_LOG_TRACE);
}

/* What a socket is ready for, or a poller asked for. */
enum ew_ready { EW_READABLE = 1, EW_WRITABLE = 2, EW_FAULT = 4 };

void ew_trace(const struct ew_worker *worker, const char *format, ...)
    __attribute__((cold, format(printf, 2, 3)));
/* A wait of at most `timeout_ms` (-1: for ever) begins. */
void ew_trace_before_wait(const struct ew_worker *worker, int64_t timeout_ms);
void ew_trace_after_wait(const struct ew_worker *worker);
/* The wait reported `ready` (enum ew_ready): told after it, before the first report is dealt
 * with. */
void ew_trace_event(const struct ew_worker *worker, const struct ew_socket *socket, unsigned ready);
/* The poller was asked for other readiness than before, or to look anew. */
void ew_trace_interest(const struct ew_worker *worker, const struct ew_socket *socket,
                       unsigned interest);

#endif
