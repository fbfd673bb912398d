/* What is to be run on the simulated network, and what came of it. */
#ifndef EDGEWISE_SIMULATE_ORDER_H
#define EDGEWISE_SIMULATE_ORDER_H

#include "simulate/engine.h"
#include "target/target.h"

enum sim_outcome {
    SIM_MEASURED,
    SIM_ENDED,       /* the target ended before the scenario did: `text` tells how */
    SIM_ASLEEP,      /* all of it sleeps, and not where a datagram would wake it */
    SIM_UNSUPPORTED, /* the target cannot be simulated: `text` tells why */
    SIM_PARTLY,      /* not in this run: `text` tells what is not simulated, or not allowed here */
    SIM_UNDECIDED,   /* it never became quiet, or got no further: `text` */
};

struct sim_result {
    enum sim_outcome outcome;
    char text[512];
    bool started;     /* all of its ports were bound, and it has waited for datagrams */
    bool closed;      /* it has closed sockets, and then fell asleep */
    bool uncertain;   /* it has threads, processes or timers, by which a further run may differ */
    bool ticks;       /* and threads and a timer that repeats, by the machine's clock */
    bool watched;     /* one of its threads looked on by short sleeps while a timer was due */
    bool cut_short;   /* it ended at the first long wait, as ordered */
    bool ring_denied; /* it has asked for io_uring, and did not get it */
    unsigned figure_count;
    struct engine_figure figures[ENGINE_FIGURES];
};

/* How the target is put on the simulated network. */
enum sim_carrier {
    SIM_PRELOAD,   /* a library that stands before libc: quick; for what is linked dynamically */
    SIM_SUPERVISE, /* a supervisor that holds its system calls: for any program */
};

/* What is run.  `options` as for target_start(); its `sockets` is the scenario's. */
struct sim_order {
    const struct target *target;
    const struct target_options *options; /* NULL: defaults */
    unsigned scenario;                    /* row of scenarios[] */
    unsigned run;                         /* and of its runs */
    int64_t limit_ms;                     /* for the whole run */
    enum sim_carrier carrier;
    struct log *log;   /* where what happened is copied to; NULL: nowhere */
    bool ring_allowed; /* SIM_SUPERVISE: io_uring is not denied */
    int64_t tick_ns;   /* SIM_SUPERVISE: what a call on a socket takes of the target's time */
    enum engine_look look;
};

#endif
