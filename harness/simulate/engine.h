/* What is done to a server on the simulated network, and what is measured: pure, knowing no system
 * call.
 *
 * A carrier (the preload library) tells the engine what the server did, one event at a time and
 * under one lock: it received, sent, was refused, waits.  The engine answers by asking the carrier
 * for datagrams, for a block on sends, for an error.  It steps only when the server receives, or
 * when all of it is waiting ("quiet"); so it needs no clock, and what it measures is integers.
 *
 * The state lies in memory shared between the processes of the target and the harness: no pointers
 * in it. */
#ifndef EDGEWISE_SIMULATE_ENGINE_H
#define EDGEWISE_SIMULATE_ENGINE_H

#include "simulate/figure.h"
#include "simulate/log.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ENGINE_SOCKETS 10
#define ENGINE_CLIENTS 10
/* So many calls in a row that move nothing are a spin. */
#define ENGINE_SPIN 1000
/* So far back it is remembered which datagrams were answered. */
#define ENGINE_REMEMBERED 1024

/* The calls that are counted, by name; `other`: those that move something on what is no socket of
 * the network, as a pipe by which threads wake each other. */
#define ENGINE_RECEIVES(X) X(recv) X(recvfrom) X(recvmsg) X(recvmmsg) X(read) X(readv)
#define ENGINE_SENDS(X) X(send) X(sendto) X(sendmsg) X(sendmmsg) X(write) X(writev)
#define ENGINE_WAITS(X) \
    X(select)           \
    X(pselect) X(poll) X(ppoll) X(epoll_wait) X(epoll_pwait) X(epoll_pwait2) X(io_uring_enter)
#define ENGINE_CALLS(X) ENGINE_RECEIVES(X) ENGINE_SENDS(X) ENGINE_WAITS(X) X(epoll_ctl) X(other)

#define ENGINE_CALL_ENUM(name) ENGINE_CALL_##name,
enum engine_call { ENGINE_CALLS(ENGINE_CALL_ENUM) ENGINE_CALL_COUNT };

/* How far a scenario goes after a long wait. */
enum engine_look {
    ENGINE_LOOK_THROUGH, /* until it has found the worst datagram at which to come */
    ENGINE_LOOK_FIRST,   /* no further: it ends */
    ENGINE_LOOK_BRIEFLY, /* as that, and a wait has no bound after far fewer datagrams */
    ENGINE_LOOK_ROUGHLY, /* the wait is a time, and will not be told to the datagram */
};

enum engine_kind { ENGINE_RECEIVE, ENGINE_SEND, ENGINE_WAIT };

/* Every datagram begins with this: which one it is.  The rest is the carrier's. */
struct engine_tag {
    uint64_t magic; /* ENGINE_MAGIC */
    uint32_t socket;
    uint32_t client;
    uint64_t sequence; /* from 1, for each socket and client */
};
#define ENGINE_MAGIC UINT64_C(0x73696d756c617465) /* "simulate" */

struct engine {
    uint32_t scenario;   /* row of the table */
    uint32_t run_chosen; /* and of its runs */
    uint32_t sockets;
    uint32_t queue;  /* echoes that the target is told to hold; 0: not told */
    uint32_t size;   /* bytes of each datagram; 0: no more than its tag takes */
    uint32_t closed; /* sockets that the target had closed when all was quiet, at most */
    enum engine_look look;
    bool cut_short; /* a look at the first has found a long wait */

    bool bound;     /* all ports are */
    uint64_t steps; /* times that all was quiet */
    uint64_t injected[ENGINE_SOCKETS], received[ENGINE_SOCKETS], sent[ENGINE_SOCKETS];
    uint64_t sequence[ENGINE_SOCKETS][ENGINE_CLIENTS]; /* last injected */
    uint64_t answered[ENGINE_SOCKETS][ENGINE_CLIENTS]; /* highest that came back */
    uint64_t seen[ENGINE_SOCKETS][ENGINE_CLIENTS][ENGINE_REMEMBERED / 64];
    uint64_t disorder; /* answers that came after one of a later datagram */
    uint64_t repeated; /* further answers to what had its answer */
    /* answers to another client or from another socket, and bytes that nobody sent */
    uint64_t misrouted;
    uint64_t refused; /* sends that met a full buffer */
    uint64_t waits, empty_waits, empty_receives;
    uint64_t empty_before;     /* the last sleep: waits and receives */
    uint64_t write_waits;      /* asked for writability with nothing to send */
    uint64_t run, longest_run; /* receives between two waits */
    uint64_t fruitless;
    uint64_t calls[ENGINE_CALL_COUNT];
    bool spins;
    int32_t thread;                        /* the first that waited or received */
    int32_t socket_reader[ENGINE_SOCKETS]; /* the thread that received first of each socket */
    /* more than one did: what depends on who goes first is not exact unless they take turns */
    bool parallel;
    bool in_turns;    /* of several threads one at a time goes on, up to its next receive or wait */
    bool shared;      /* of one socket, even: nor is the order of answers its fault */
    bool handed_over; /* who answers is not who has received */

    _Alignas(16) unsigned char state[ENGINE_STATE_BYTES]; /* the scenario's */

    uint32_t figure_count;
    struct engine_figure figures[ENGINE_FIGURES];

    enum engine_call last_call; /* that was counted: what is told of a call belongs to it */
    struct log log;
};

/* What the engine can ask for. */
struct engine_carrier {
    /* Queues a datagram at the server's socket; with `error`, that error in its place: readable,
     * and what receive returns. */
    void (*inject)(const struct engine_tag *tag, int error);
    /* From now on so many sends of this socket are taken and then refused, until the next call;
     * what is refused now becomes writable.  Negative: none is. */
    void (*limit)(unsigned socket, int sends);
    /* The next call of this kind fails. */
    void (*fail)(enum engine_kind kind, int error);
    /* What the run's `needs` names happens, and the kernel shows it. */
    void (*happen)(void);
};

/* `run`: which of the scenario's; `queue`: see above. */
void engine_begin(struct engine *engine, unsigned scenario, unsigned run, unsigned queue);
/* All ports are bound: once. */
void engine_bound(struct engine *engine, const struct engine_carrier *carrier);
void engine_called(struct engine *engine, enum engine_call call);
/* This thread waits, or receives if there is something. */
void engine_thread(struct engine *engine, int32_t thread);
/* A datagram was received from `socket` by `thread`. */
void engine_received(struct engine *engine, const struct engine_carrier *carrier, unsigned socket,
                     int32_t thread);
/* A datagram left `socket` for `client`; `tag` is what it began with, zero when it was too short
 * for one. */
void engine_sent(struct engine *engine, const struct engine_carrier *carrier, unsigned socket,
                 unsigned client, const struct engine_tag *tag);
/* The three calls that move nothing. */
void engine_refused(struct engine *engine);
void engine_empty_receive(struct engine *engine);
void engine_empty_wait(struct engine *engine);
/* A wait begins; `write` says that it asks for writability, too. */
void engine_waits(struct engine *engine, bool write);
/* A sleep begins; true: it is one for want of datagrams, and not one that delays an answer: since
 * the last sleep it has looked for datagrams, and there were none. */
bool engine_sleeps(struct engine *engine);
/* Is a call on what is no socket of the network counted, by its st_mode?  Not on a file or device:
 * when a runtime reads one depends on how warm it is. */
bool engine_counts_others_on(mode_t mode);
/* So many of those calls that are told together. */
void engine_called_others(struct engine *engine, uint64_t calls);
/* All is quiet, and so many of the run's sockets are not open. */
void engine_closed(struct engine *engine, unsigned sockets);
/* A thread sends what another has received. */
void engine_hands_over(struct engine *engine);
/* The target has several threads or processes, and the carrier lets one at a time go on. */
void engine_begin_turns(struct engine *engine);
/* All is quiet; false: the run is over, the figures are there. */
bool engine_quiet(struct engine *engine, const struct engine_carrier *carrier);
/* Datagrams have come, and none was received. */
bool engine_is_ignored(const struct engine *engine);
/* It spins: the run is over. */
void engine_end_spinning(struct engine *engine);

/* How many sockets a run has. */
unsigned engine_sockets(unsigned scenario, unsigned run);

const char *engine_call_name(enum engine_call call);

/* ---- for scenarios ---- */

/* The next datagram from `client` to `socket`. */
void engine_inject(struct engine *engine, const struct engine_carrier *carrier, unsigned socket,
                   unsigned client);
/* An error in a datagram's place, at the first socket. */
void engine_inject_error(struct engine *engine, const struct engine_carrier *carrier, int error);
/* limit() of the first socket, and fail(), told to the log, too. */
void engine_limit(struct engine *engine, const struct engine_carrier *carrier, int sends);
void engine_fail(struct engine *engine, const struct engine_carrier *carrier, enum engine_kind kind,
                 int error);
/* happen(), told to the log, too. */
void engine_happen(struct engine *engine, const struct engine_carrier *carrier);
/* One more of `rounds` bursts for the first socket; false: all were made.  What is counted begins
 * anew with the first: the start-up is left out. */
bool engine_burst(struct engine *engine, const struct engine_carrier *carrier, unsigned rounds,
                  unsigned burst);
uint64_t engine_total(const uint64_t counts[ENGINE_SOCKETS]);
void engine_figure(struct engine *engine, const char *name, int64_t value);
/* The same of a count that a right server keeps at 0. */
void engine_fault(struct engine *engine, enum figure_fault fault, const char *name, int64_t value);
/* What is left of a count; 0 when the part is larger, as where a target answers what it has only
 * looked at. */
int64_t engine_rest(uint64_t all, uint64_t part);

#endif
