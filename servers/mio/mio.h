/* mio: a readiness poller after Rust's mio 0.6 (Carl Lerche and others), in C, on the kernel alone.
 *
 * A poll watches sources (descriptors) and registrations (readiness that other threads set) and reports events: a token that
 * the user chose, and what is ready.  Back ends, called selectors, are epoll, kqueue and poll(2), chosen by name at run time.
 *
 * Conventions.  0 or a negative errno; counts only where said.  Interest and readiness are bits MIO_READABLE...; only readable and
 * writable are promised.  An error of a socket is reported as MIO_ERROR with readable and writable, so that whoever looks at
 * those alone collects it, too (a lone EPOLLERR that nobody collects is a trap of the original).
 *
 * The portable contract of edge mode: after a report there is none until a call on the source said EAGAIN and mio was told
 * (mio_recv_from and mio_send_to tell it; who calls the system himself calls mio_would_block), or until mio_reregister.  epoll and
 * kqueue also report each new arrival; poll(2) does not.
 *
 * Every function may be called from any thread, also while another polls, unless said otherwise. */
#ifndef EDGEWISE_MIO_H
#define EDGEWISE_MIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define MIO_READABLE 1u
#define MIO_WRITABLE 2u
#define MIO_ERROR 4u
#define MIO_HUP 8u

/* Options of a registration.  Neither EDGE nor LEVEL means LEVEL; both together are refused, since the back ends would
 * disagree about them. */
#define MIO_EDGE 1u
#define MIO_LEVEL 2u
#define MIO_ONESHOT 4u /* after one report, none until reregister */

/* Belongs to the awakener; registering with it gives -EINVAL. */
#define MIO_TOKEN_RESERVED UINTPTR_MAX

struct mio_event {
    uintptr_t token;
    unsigned ready;
};

/* ---- poll ---- */

struct mio_poll;

enum mio_awakener {
    MIO_AWAKENER_BEST, /* eventfd where there is one, else a pipe */
    MIO_AWAKENER_PIPE, /* as in the original */
};

/* Zero means the default. */
struct mio_options {
    const char *selector; /* "epoll", "kqueue" or "poll"; NULL: the platform's first */
    enum mio_awakener awakener;
    bool fault_785; /* the awakener is written for readiness set while nobody waits, as up to mio 0.6.15 (mio issue 785) */
};

/* The names of the selectors that this platform has, best first, NULL at the end. */
const char *const *mio_selectors(void);

/* -ENOENT: no selector of that name here. */
int mio_poll_new(struct mio_poll **poll, const struct mio_options *options);

/* Registrations may outlive it: setting their readiness then does nothing.  No other thread may be using the poll; NULL is allowed. */
void mio_poll_free(struct mio_poll *poll);

/* Waits until something is ready, at most `timeout_ns` (negative: for ever; 0: not at all), and writes at most `capacity` events:
 * those of the system first, then those of registrations in the order in which they became ready.  Returns their number, which
 * may be 0 before the time is over, as in the original (there is no loop inside); -EINVAL when capacity is 0.  A signal does not end
 * the wait: it goes on with the time that is left.  Concurrent calls take turns; with timeout 0 the second returns 0 at once. */
int mio_poll(struct mio_poll *poll, struct mio_event *events, unsigned capacity, int64_t timeout_ns);

/* Awakener writes by set-readiness calls since the beginning; what table 1.4 of the notes on mio counts. */
uint64_t mio_poll_wakeups(const struct mio_poll *poll);

/* Called for each such write, on the thread that writes; for counters.  Before any registration is made. */
void mio_poll_on_wakeup(struct mio_poll *poll, void (*on_wakeup)(void *context), void *context);

/* ---- sources: descriptors, which stay their owner's ---- */

struct mio_source {
    int fd;
    struct mio_poll *poll; /* the first one it was registered with; for life */
};

/* Deregister before closing: a duplicate elsewhere would keep the registration alive without a way to end it. */
void mio_source_init(struct mio_source *source, int fd);

/* Interest may be empty: no readiness is reported until mio_reregister.  -EEXIST: is registered; -EINVAL: the reserved token, edge
 * with level, unknown bits, or bound to another poll; -EBADF: not open; -EPERM: cannot be polled.  One thread at a time for
 * each source. */
int mio_register(struct mio_poll *poll, struct mio_source *source, uintptr_t token, unsigned interest, unsigned options);

/* Replaces token, interest and options wholly, and always looks anew: what is ready now is reported, also in edge mode and after a
 * fired oneshot.  -ENOENT: is not registered. */
int mio_reregister(struct mio_poll *poll, struct mio_source *source, uintptr_t token, unsigned interest, unsigned options);

/* No later mio_poll yields its token; events that were already written out are still there.  -ENOENT: is not registered. */
int mio_deregister(struct mio_poll *poll, struct mio_source *source);

/* A call on the source said EAGAIN: `ready` (MIO_READABLE or MIO_WRITABLE) may be reported again. */
void mio_would_block(struct mio_source *source, unsigned ready);

/* recvfrom(2) and sendto(2) that tell mio of EAGAIN.  The number of bytes or -errno. */
ssize_t mio_recv_from(struct mio_source *source, void *buffer, size_t size, struct sockaddr *peer, socklen_t *length);
ssize_t mio_send_to(struct mio_source *source, const void *data, size_t size, const struct sockaddr *peer, socklen_t length);

/* ---- registrations: readiness that is set from any thread ---- */

struct mio_node;

/* The two ends of one node.  The registration's belongs to one thread at a time; set-readiness handles may be cloned. */
struct mio_registration {
    struct mio_node *node;
};
struct mio_set_readiness {
    struct mio_node *node;
};

/* -ENOMEM; both handles are to be freed. */
int mio_registration_new(struct mio_registration *registration, struct mio_set_readiness *set);

/* As for sources.  Readiness set before counts: it is reported. */
int mio_registration_register(struct mio_registration *registration, struct mio_poll *poll, uintptr_t token, unsigned interest,
                              unsigned options);
int mio_registration_reregister(struct mio_registration *registration, struct mio_poll *poll, uintptr_t token, unsigned interest,
                                unsigned options);
int mio_registration_deregister(struct mio_registration *registration, struct mio_poll *poll);

/* A poll that sleeps wakes, without an event. */
void mio_registration_free(struct mio_registration *registration);

/* Replaces the readiness, which lasts until it is replaced.  Wakes the poll if it sleeps and the registration is interested.  What
 * is set and replaced before a poll looks is never seen.  0, or -errno when the awakener could not be written. */
int mio_set_readiness(const struct mio_set_readiness *set, unsigned ready);
unsigned mio_readiness(const struct mio_set_readiness *set);

struct mio_set_readiness mio_set_readiness_clone(const struct mio_set_readiness *set);
void mio_set_readiness_free(struct mio_set_readiness *set);

#endif
