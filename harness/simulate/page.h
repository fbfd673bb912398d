/* The memory that the harness and the processes of a simulated target share: what is to be done,
 * what was found, and the simulated network itself.  It lies in a memfd that the target inherits;
 * written as things happen, it survives their end. */
#ifndef EDGEWISE_SIMULATE_PAGE_H
#define EDGEWISE_SIMULATE_PAGE_H

#include "base/address.h"
#include "exchange/protocol.h"
#include "simulate/engine.h"
#include "simulate/turn.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

/* Holds the number of the inherited descriptor. */
#define SIM_PAGE_FD_VARIABLE "EDGEWISE_SIMULATE_FD"
#define SIM_SOCKETS_MAX 16384
#define SIM_PROCESSES_MAX 64
#define SIM_TURNS_MAX 256
/* What is ours in the target has descriptors from here on, so that the server's own are numbered as
 * in a native run. */
#define SIM_FD_FIRST 500

enum sim_state {
    SIM_EMPTY = 0,
    SIM_HELLO,    /* the library was loaded */
    SIM_RUNNING,  /* all ports are bound and all was quiet once */
    SIM_OVER,     /* the figures are there */
    SIM_TROUBLE,  /* `trouble` says why there are none */
    SIM_UNFIT,    /* `trouble` says what of the target is not simulated; of this run, not of all */
    SIM_BYPASSED, /* it goes past the library: `trouble` says how */
};

/* A UDP socket of the target.  `near` is the target's end of an AF_UNIX pair, `far` ours; both as
 * numbered in `owner`. */
struct sim_socket {
    atomic_uint references; /* descriptors, over all processes; 0: free */
    int family;
    pid_t owner;
    int near, far;
    bool bound, connected, shares_port, reuses_address, wants_info, wants_write;
    bool blocked;                  /* the pair is full of ballast */
    int sends_left;                /* until it is; negative: it never is */
    int send_bytes, receive_bytes; /* as the target set them; answered, not applied */
    int segment;                   /* UDP_SEGMENT; 0: none */
    int stamps;                    /* SO_TIMESTAMP or SO_TIMESTAMPNS; 0: neither */
    bool coalesces, queues_errors; /* UDP_GRO, IP_RECVERR */
    union address local, peer;
};

/* A thread that has asked for its turn. */
struct sim_turn {
    struct turn asked;
    atomic_int given; /* a futex(2) */
};

/* What happens beside datagrams (run/beside.h); `fd` and `end` as the target has inherited them. */
struct sim_beside {
    uint64_t kind; /* of enum ew_capability; 0: nothing */
    int number;    /* that the target is told */
    int fd, end;   /* what becomes readable, and what is written to for that; -1: none */
};

struct sim_page {
    /* Set by the harness. */
    unsigned first_port;
    /* where its sockets are, all at that port; 0 of them: at ports one after the other, whatever
     * the address */
    unsigned address_count;
    union address addresses[ENGINE_SOCKETS];
    unsigned deadline_ms;     /* for all to become quiet */
    struct exchange exchange; /* what the target is asked */
    unsigned upstream_port;   /* whom it forwards to answers there; 0: it forwards nothing */
    struct sim_beside beside;
    int64_t tick_ns; /* of the target's time, for each call on a socket; the supervisor's */

    atomic_int state; /* enum sim_state */
    char trouble[256];
    char objection[128]; /* what it first said instead of an answer; "": nothing */

    pthread_mutex_t lock; /* of everything below but the atomics */
    struct engine engine;
    int fail_error[3]; /* by enum engine_kind; 0: none */
    struct sim_turn turns[SIM_TURNS_MAX];
    uint64_t turns_given;

    atomic_int stepper;     /* the thread that is looking whether all is quiet; 0: nobody */
    atomic_bool happens;    /* `beside` is to, when the lock is free again */
    atomic_llong passed_ns; /* of the target's time */
    /* than one, of all processes, without those that wait for a signal or for another's end */
    atomic_int more_threads;
    atomic_int napping;                      /* threads in a short sleep, which are not done yet */
    atomic_uint naps;                        /* short sleeps beside other threads, so far */
    atomic_int processes[SIM_PROCESSES_MAX]; /* those that have sockets; 0: free */
    atomic_bool lacks_descriptors;           /* a socket was refused for want of one */
    atomic_bool
        lacks_error_queue, /* an error of the network's came for who asks the queue for it */
        lacks_program;     /* of sockets that share a port one is to be chosen by BPF */
    /* its upstream was asked what is no request, or had answers for which there was no room */
    atomic_bool upstream_misses;
    atomic_bool took_turns; /* more than one has served */
    atomic_bool timed;      /* it has set a timer of the machine's */
    atomic_bool ticks;      /* and one that repeats */
    /* one of its threads looks on by short sleeps while a timer is due and another serves */
    atomic_bool watched;
    atomic_bool ring_denied;   /* io_uring was asked for, and refused */
    bool ring_allowed;         /* and is not, where it can be looked into */
    atomic_int forking;        /* children that have not said yet that they are there */
    atomic_ullong other_calls; /* reads, writes and so on of what is no socket of the network */
    atomic_uint socket_count;  /* entries ever used */
    atomic_uint first_free;    /* no entry before it is */
    struct sim_socket sockets[SIM_SOCKETS_MAX];
};

/* Is what is bound there one of those that the engine knows, and which? */
bool page_is_engine_address(const struct sim_page *page, const union address *local,
                            unsigned *index);
bool page_is_engine_socket(const struct sim_page *page, const struct sim_socket *socket,
                           unsigned *index);
/* What of a question to its upstream counts among the calls that are none on the scenario's sockets
 * (engine.h): the send and the receive of the answer.  Who forwards pays for them with each. */
#define PAGE_UPSTREAM_CALLS 2
/* Is this where its upstream is? */
bool page_is_upstream(const struct sim_page *page, const union address *address);
/* How many of the engine's ports are bound. */
unsigned page_bound_ports(const struct sim_page *page);
/* Where it should listen, for a text: "10 ports from 2000 on". */
#define PAGE_WHERE_TEXT 64
void page_where(const struct sim_page *page, char text[PAGE_WHERE_TEXT]);

#endif
