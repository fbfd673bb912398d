/* The second carrier: a supervisor that holds the target's calls and then lets them continue.
 *
 * The target's sockets are real ones on loopback, and what its calls do is the kernel's doing
 * alone.  The supervisor only chooses the moment: whatever the scenario wants to happen before a
 * call, it does while that call waits.  What a call will give is foreseen (a receive, by a look at
 * the head of the queue) or seen afterwards (a send, at the client's socket).
 *
 * One process, one thread; everything hangs on `struct hold`.  Functions that take a thread expect
 * that its call is being held, unless they say otherwise. */
#ifndef EDGEWISE_SUPERVISE_HOLD_H
#define EDGEWISE_SUPERVISE_HOLD_H

#include "simulate/deadline.h"
#include "simulate/page.h"
#include "simulate/supervise/share.h"
#include "simulate/turn.h"

#include <linux/io_uring.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOLD_PROCESSES 64
#define HOLD_THREADS 512
#define HOLD_SOCKETS 4096
#define HOLD_FDS 65536
#define HOLD_RINGS 64
#define HOLD_OPERATIONS 256
#define HOLD_GROUPS 64
#define HOLD_FILES 64
#define HOLD_TIMERS 64
#define HOLD_LATE 16
#define HOLD_SERIES 256

struct hold;
struct hold_thread;

/* A UDP socket of the target. */
struct hold_socket {
    uint64_t cookie;     /* what the kernel knows it by; 0: free */
    unsigned references; /* descriptors that are known to mean it */
    int copy;            /* ours, -1: none now */
    bool bound, wants_write;
    bool blocked;     /* its buffer is full of ballast */
    int sends_left;   /* until it is; negative: it never is */
    unsigned errors;  /* errors that lie in its queue */
    bool has_program; /* its owner has one chosen by BPF among those that share its port */
    uint64_t arrived; /* when its queue was last empty before a datagram came, in their order */
    union address local;
};

/* What a descriptor of a process means, as far as it was asked for. */
enum hold_meaning { HOLD_UNKNOWN, HOLD_OTHER, HOLD_WATCHER, HOLD_FIRST_SOCKET };

struct hold_process {
    pid_t pid; /* 0: free */
    int pidfd;
    uint16_t *meaning; /* by descriptor; a socket's is its index plus HOLD_FIRST_SOCKET */
    int top;           /* no descriptor from here on has one */
    bool refuses;      /* it has the descriptor that takes nothing (refuse.h) */
};

/* What was submitted to a ring and has not completed, of a socket of the scenario's. */
struct hold_operation {
    uint64_t user_data;
    struct hold_socket *socket;
    short events; /* by which it can be made */
    bool polls;   /* and no more than told */
    bool at_once; /* completes also where it cannot be made */
    bool many;    /* goes on after a datagram (multishot) */
    bool fresh;   /* the call that is held submits it */
    int group;    /* whose buffers it takes; negative: it has its own */

    /* Of one that goes on: */
    unsigned turn;   /* so much of its turn is over */
    uint64_t queued; /* it has more to take, or may have, since then; as `arrived` */
    unsigned round;  /* of the call that is held, in which its next turn is at the earliest */
    bool again;      /* that one is not its first in this call */
    bool armed;      /* it has waited in the kernel */
    bool ended;      /* for want of a buffer, which its completion will say */
};

/* Buffers that receives are given to choose from. */
struct hold_group {
    uint16_t id;
    uint64_t ring;  /* where the target has them; 0: given one by one */
    uint16_t given; /* those, in all, as `taken` wrapping around */
    uint16_t taken;
};

/* Datagrams that one receive is to take without a break. */
struct hold_series {
    uint64_t user_data;
    unsigned left;
};

/* An io_uring, as it is mapped here. */
struct hold_ring {
    const struct hold_process *process; /* NULL: free */
    int fd;
    void *base;
    size_t size;
    struct io_uring_sqe *entries;
    const uint32_t *order; /* of the entries; NULL: as they are */
    uint32_t entry_mask, completion_mask;
    const atomic_uint *submitted, *completed, *taken; /* heads and tails, ever rising */
    const struct io_uring_cqe *completions;
    uint32_t seen; /* of those */
    bool defers;   /* completes what waits in calls that ask for completions alone */
    struct hold_operation operations[HOLD_OPERATIONS];
    unsigned operation_count;
    struct hold_group groups[HOLD_GROUPS];
    unsigned group_count;
    int files[HOLD_FILES]; /* its table of descriptors; negative: not known */
    struct hold_series series[HOLD_SERIES];
    unsigned series_first, series_end;     /* of those that are foreseen */
    const struct hold_thread *foreseen_of; /* whose call completes them */
};

/* A timer that is a descriptor (timerfd). */
struct hold_timer {
    const struct hold_process *process; /* NULL: free */
    int fd;
    int64_t due_ns;    /* of the target's time */
    int64_t period_ns; /* 0: it expires once */
    bool taken;        /* off the machine's clock */
};

enum hold_state {
    HOLD_RUNS,   /* as far as we know; nothing of it is held */
    HOLD_ASKS,   /* is ready, and waits for its turn */
    HOLD_WAITS,  /* until it is ready */
    HOLD_QUEUES, /* a send behind another thread's */
    HOLD_SLEEPS, /* until `due_ns` */
};

/* What is done with a held call; NULL where it does not come to that. */
struct hold_kind {
    bool (*ready)(struct hold *hold, struct hold_thread *thread);
    void (*go)(struct hold *hold, struct hold_thread *thread);
    bool takes_turns; /* asks for one when it has become ready */
};

struct hold_thread {
    pid_t tid; /* 0: free */
    struct hold_process *process;
    bool listed;         /* when its process was last looked at */
    bool starts;         /* another one, who may not be known yet */
    int stat_fd, run_fd; /* /proc/PID/task/TID/stat and schedstat; -1: not opened yet */
    enum hold_state state;

    /* The call that is held. */
    uint64_t id;
    int number;
    uint64_t arguments[6];
    const struct hold_kind *kind;
    struct hold_socket *socket; /* NULL: no call on one */
    struct pollfd *waits_for;   /* `waits_count`, of descriptors of the target */
    int *copies;                /* and ours of them */
    unsigned waits_count;
    bool at_once;
    struct hold_ring *ring; /* that it enters */
    bool again;             /* it was made before, and counted, but a signal's handler came first */

    /* Its place among those that ask. */
    struct turn turn;
    bool takes_turns; /* it has had one, and has it until it asks for the next */

    /* The call that went on: a wait for an epoll that watched no UDP socket yet; -1: another. */
    int passes;

    /* The call that is to be made again. */
    bool interrupted;
    int interrupted_number;
    uint64_t interrupted_arguments[6];

    /* What its last call leaves to be done when it comes again. */
    struct hold_socket *binds;
    struct hold_socket *fills; /* its send was the last that may pass */
    uint64_t spoilt;           /* address of memory of it that was changed; 0: none */
    unsigned char spoilt_was[16], spoilt_with[16];
    size_t spoilt_size;
    bool cuts; /* a batch of sends was cut short by that */

    int64_t due_ns, slept_ns; /* HOLD_SLEEPS: until when, and how long in all */
    bool limited, expired;    /* a wait until `due_ns`; that has passed */
};

struct hold {
    struct sim_page *page;
    struct share *share;
    int listener;
    int clients[SHARE_FAMILIES][ENGINE_CLIENTS];
    int sinks[SHARE_FAMILIES];
    int answers; /* an epoll(7) over all clients */
    int netlink;
    bool refuses;              /* the qdisc is there */
    int full;                  /* what takes nothing, -1: not made yet */
    int beside_fd, beside_end; /* as the page's `beside` has them, here; -1: none */
    int beside_last;           /* the last connection to it; -1: none yet */

    int upstream;               /* whom it forwards to, -1: it forwards nothing */
    unsigned upstream_expected; /* what it was sent and has not got yet */
    bool upstream_held;         /* and is not once sends are refused */

    struct hold_process processes[HOLD_PROCESSES];
    struct hold_thread threads[HOLD_THREADS];
    unsigned thread_count; /* entries ever used */
    struct hold_socket sockets[HOLD_SOCKETS];
    unsigned socket_count;
    /* of each port: it is known who chooses among those that share it, and it is us */
    bool flows_settled[ENGINE_SOCKETS], flows_chosen[ENGINE_SOCKETS];
    struct io_uring_params shape; /* of the io_uring that was asked for last */
    bool ring_defers;             /* as hold_ring's; that one's, too */
    struct hold_ring rings[HOLD_RINGS];
    unsigned ring_count; /* entries ever used */

    struct hold_timer timers[HOLD_TIMERS];

    bool many; /* there has been more than one thread */
    uint64_t turns_given;
    struct hold_thread *receiver;      /* whose receive the engine is being told; NULL: nobody's */
    struct hold_thread *sender;        /* whose send has not come out yet */
    unsigned expected;                 /* answers that have not been seen */
    uint64_t arrivals;                 /* at sockets that had nothing */
    struct hold_socket *postpones;     /* while it is received from, what comes to others is late */
    struct engine_tag late[HOLD_LATE]; /* sent when the held call is over */
    unsigned late_count;
    bool looked;           /* and all was quiet; nobody has called since */
    bool jumped;           /* a timer was let be due */
    int64_t passed_ns;     /* of the target's time */
    unsigned looks, naps;  /* at its clock, and short sleeps, with nothing else between */
    struct deadline moved; /* since something was last let go on */
    int64_t still_looks;   /* in a row at which nobody had called or run since the last */
    uint64_t still_runs;
    bool over;
};

/* Ends the run: `state` and, for SIM_TROUBLE, why. */
void hold_finish(struct hold *hold, enum sim_state state);
void hold_give_up(struct hold *hold, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same of this run alone, for want of what the machine does not allow. */
void hold_cannot(struct hold *hold, const char *why);

/* Something of the target is let go on. */
void hold_note_progress(struct hold *hold);
/* Nothing was for so long that it counts as never: by what the target has computed meanwhile, and
 * only at the very last by time, which passes on a loaded machine without its doing. */
bool hold_lacks_progress(struct hold *hold);

/* Ends the run if the engine says that the target spins; true: it did. */
bool hold_check_spin(struct hold *hold);

#endif
