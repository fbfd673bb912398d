/* Whom a forwarder asks: an upstream of ours, for targets whose command says {upstream}.
 *
 * It is a process that answers each request at once, as the protocol's respond() says; it ends with
 * the target's run, or when the harness dies.  On the simulated network there is none: there the
 * carriers answer in its place (simulate/preload/upstream.c). */
#ifndef EDGEWISE_TARGET_UPSTREAM_H
#define EDGEWISE_TARGET_UPSTREAM_H

#include "base/address.h"
#include "target/target.h"

/* All zeros: there is none. */
struct upstream {
    unsigned port;
    pid_t pid;   /* 0: it is not ours to start or stop */
    int control; /* whose end is the end of it */
};

/* The port of an upstream for a target that is to have `sockets` ports from `first` on: what its
 * file says, or a free one; 0 when it asks none.  0, or -1 with `error`, also where requests of its
 * protocol are not forwarded. */
int upstream_choose(const struct target *target, const union address *first, unsigned sockets,
                    unsigned *port, struct error *error);

/* Begins to answer the target that is to have `sockets` ports from `first` on, where it asks one.
 * 0, or -1 with `error`.  Forks: not where the caller has threads. */
int upstream_start(struct upstream *upstream, const struct target *target,
                   const union address *first, unsigned sockets, struct error *error);
void upstream_stop(struct upstream *upstream);

#endif
