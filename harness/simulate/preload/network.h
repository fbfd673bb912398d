/* The simulated network as the target's process sees it: which descriptor is which socket, and
 * datagrams between the two ends.
 *
 * Functions return -1 with errno as the calls that they stand for.  "locked": the caller holds the
 * page's lock. */
#ifndef EDGEWISE_PRELOAD_NETWORK_H
#define EDGEWISE_PRELOAD_NETWORK_H

#include "simulate/page.h"

#include <sys/socket.h>

/* The page, or NULL when no harness has started this process: then every hook only passes on.
 * Every process that a command line starts inherits the library, the shell and env(1) among
 * them. */
struct sim_page *net_page(void);
/* One lock for all of it: what a scenario decides from, the sockets and the counts must be of one
 * moment.  No call that can block is made while it is held. */
void net_lock(void);
void net_unlock(void);
/* There is one thread or process more, and those that there are take turns. */
void net_add_thread(void);
/* Around a fork(2), in the process that forks. */
void net_begin_fork(void);
void net_end_fork(bool failed);
/* Has this process had simulated sockets? */
bool net_is_registered(void);

/* ---- descriptors; any thread ---- */

/* Would the kernel say EFAULT? The first page is never mapped; any other bad address ends the
 * target here.  A hook must ask before it touches what the target has passed, since the fault would
 * be in this library. */
bool net_is_bad(const void *address);

/* NULL: no simulated socket.  Without the lock, on every call of the target: a look into a table,
 * no search. */
struct sim_socket *net_find(int fd);
/* `copy` now means what `fd` means. */
void net_copy(int fd, int copy);
/* `fd` is being closed: to be called before it is.  Else the number could be another thread's by
 * the time that it is forgotten. */
void net_forget(int fd);
/* Forgets every descriptor from `first` to `last`. */
void net_forget_range(unsigned first, unsigned last);

int net_open(int family, int type);
/* Ports are simulated, too: nothing is taken from the machine, and two runs side by side do not
 * meet. */
int net_bind(struct sim_socket *socket, const struct sockaddr *address, socklen_t length);
/* Gives an unbound socket a port, as sending and connecting do, also when they fail. locked.  Linux
 * does it before it looks at the destination. */
void net_bind_any(struct sim_socket *socket);
/* Are all ports that the engine wants bound? */
bool net_is_ready(void);
bool net_is_engine_socket(const struct sim_socket *socket, unsigned *index);
int net_put_address(const union address *from, struct sockaddr *to, socklen_t *length);
socklen_t net_address_length(int family);

/* ---- datagrams ---- */

/* An error travels as a datagram does, so that readiness and its edge are the kernel's own; ballast
 * is what fills a pair up, and is thrown away by whoever drains it. */
enum net_kind { NET_DATA = 1, NET_ERROR = 2, NET_BALLAST = 9 };

/* Precedes every datagram on a pair.  Of one size for both families, so that what it adds to a
 * length can be taken off again everywhere: in results, MSG_TRUNC and FIONREAD. */
struct net_header {
    uint32_t kind; /* enum net_kind */
    int32_t error;
    union address address; /* whence, or whither */
};

/* Our end of the pair in this process; -1 when it cannot be had. locked.  Kept is our end, not the
 * server's: an epoll instance goes on reporting a file until its last descriptor is closed
 * (epoll(7)), and the server would be told of sockets that it has closed. */
int net_far(struct sim_socket *socket);
int net_near(struct sim_socket *socket);
/* What net_near() gave is not needed any more: another process's was a copy. */
void net_give_back(struct sim_socket *socket, int near);

/* What it has asked its upstream is answered, by this address.  locked */
void net_answer_upstream(struct sim_socket *socket, const union address *upstream,
                         const uint8_t *request, size_t size);

/* Takes what the server has sent off the pair and tells the engine.  locked */
void net_drain(struct sim_socket *socket);
/* A send was taken: drains, and blocks the socket when it was the last that may be.  locked */
void net_sent_one(struct sim_socket *socket);

/* The error that the engine wants the next call of this kind to fail with, once; 0: none.  Of all
 * processes together the first that makes such a call on a socket of the scenario meets it. */
int net_fail_once(enum engine_kind kind);
/* Counts a wait by its name. */
void net_called(enum engine_call call);
/* Counts a call on a socket, if it is one of those that the scenario uses. */
void net_called_on(const struct sim_socket *socket, enum engine_call call);

/* Counts a call that moves something, on what is no socket of the network, if it is of a kind that
 * counts: a pipe by which threads wake each other, a timer. */
void net_called_other(int fd);

/* What the engine has asked for beside datagrams happens now, in this thread; not locked, since a
 * signal's handler may call what it likes. */
void net_happen(void);

extern const struct engine_carrier net_carrier;

#endif
