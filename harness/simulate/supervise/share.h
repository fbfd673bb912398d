/* What the process that is to become the target and its supervisor tell each other before exec, in
 * memory that both have from their common parent.
 *
 * The process opens, in the network that the target will live in, whatever the supervisor needs
 * there, and then puts itself under the filter.  From then on its calls wait for the supervisor, so
 * nothing can be sent to it: it takes what it needs by number, pidfd_getfd(2). */
#ifndef EDGEWISE_SUPERVISE_SHARE_H
#define EDGEWISE_SUPERVISE_SHARE_H

#include "simulate/engine.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

/* By family: where clients are, and where ballast goes. */
enum share_family { SHARE_IPV4, SHARE_IPV6, SHARE_FAMILIES };

enum share_stage {
    SHARE_NOTHING,
    SHARE_ENTERED, /* the process is under the filter and waits */
    SHARE_REFUSED, /* `trouble` says why it is not */
    SHARE_TAKEN,   /* the supervisor has what it needs */
};

struct share {
    atomic_int stage; /* a futex(2) */
    pid_t pid;
    char trouble[256];
    atomic_bool finished; /* the supervisor has ended of its own accord */
    atomic_bool asleep;   /* no call is held, and nobody runs: no datagram will wake the target */
    int listener;         /* seccomp_unotify(2) */
    int clients[SHARE_FAMILIES][ENGINE_CLIENTS]; /* -1: this family is not there */
    int sinks[SHARE_FAMILIES];
    unsigned upstream_port; /* where the target asks its upstream; 0: nowhere */
    int upstream;           /* -1 then */
    int netlink;            /* rtnetlink(7); -1: the network is not the target's own */
    bool own_network;       /* and not everybody's loopback */
};

/* Lets who waits for `stage` to change look again. */
void share_set_stage(struct share *share, enum share_stage stage);
/* Waits while it is `stage`, at most `timeout_ms`. */
void share_wait(struct share *share, enum share_stage stage, int timeout_ms);
/* The supervisor's wait for the process; is it under the filter? */
bool share_await_entry(struct share *share);

#endif
