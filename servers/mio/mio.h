/* mio: a readiness poller after mio 0.6 (Rust, 2017), in C.  It stands on the kernel alone.
 *
 * A poll waits for two kinds of things at once: sockets, which the kernel watches, and
 * registrations, which live in user space and become ready when any thread says so.  Both carry a
 * token, a word of the caller's choosing that comes back in the events.
 *
 * Conventions.  Functions that can fail give 0 or a negative errno.  Times are nanoseconds.
 * Nothing prints, exits or touches a signal's disposition.  Unless it says otherwise a function may
 * be called from any thread; no object may be freed while another thread uses it.
 *
 * What differs from mio 0.6.11, on purpose: edge with level is refused; a second register is
 * -EEXIST, a reregister or deregister without one -ENOENT, on every selector; an interrupted wait
 * goes on with the time that is left; user-space events keep one place when sockets fill the
 * buffer; oneshot works for level registrations, too; concurrent updates of one registration take
 * turns instead of one being lost; a wake-up is written only when the poller sleeps (mio's issue
 * 785). */
#ifndef EDGEWISE_MIO_H
#define EDGEWISE_MIO_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Readiness, and interest in it.  Only the first two are promised; the others are hints, and come
 * unasked.  An error brings both of the first, so that whoever looks at one of them alone makes the
 * call that collects it. */
enum mio_readiness_bit { MIO_READABLE = 1, MIO_WRITABLE = 2, MIO_ERROR = 4, MIO_HUP = 8 };

/* How events are given.  None of them means level.
 *
 * Level: as long as the readiness lasts.  Edge: once; then, portably, not again until a call on the
 * socket said EAGAIN (and mio was told: mio_recvfrom and mio_sendto do that) or it was
 * reregistered.  epoll and kqueue also report each new arrival. Oneshot: once, then nothing at all
 * until reregistered. */
enum mio_option { MIO_EDGE = 1, MIO_LEVEL = 2, MIO_ONESHOT = 4 };

/* The awakener's own; registering with it is -EINVAL. */
#define MIO_TOKEN_RESERVED UINTPTR_MAX

#define MIO_FOREVER INT64_C(-1)

struct mio_event {
    uintptr_t token;
    uint32_t readiness; /* enum mio_readiness_bit */
};

/* ---- the poll ---- */

enum mio_awakener {
    MIO_AWAKENER_BEST = 0, /* an eventfd where there is one, else a pipe */
    MIO_AWAKENER_PIPE = 1, /* as the original made it */
    /* a pipe, and the original's fault: written also when nobody sleeps (issue 785) */
    MIO_AWAKENER_2017 = 2,
};

/* What a poll tells of itself while it runs, and the `value` that comes with it. */
enum mio_moment {
    MIO_BEFORE_WAIT, /* the longest that the kernel is given, or MIO_FOREVER */
    MIO_AFTER_WAIT,  /* what the kernel reported, the awakener included; or a negative errno,
                      * -EINTR when it is asked again */
    /* 0; told before the write, so that what it wakes is told after it */
    MIO_AWAKENER_WRITE,
    MIO_AWAKENER_READ, /* bytes, or a negative errno: -EAGAIN when it is empty */
};

/* Called on the thread to which it happens, which for the awakener is any.  NULL: nobody
 * listens. */
struct mio_trace {
    void (*tell)(void *context, enum mio_moment moment, int64_t value);
    void *context;
};

struct mio_options {
    /* "epoll", "kqueue" or "poll", as far as the platform has them; NULL: the first that it has */
    const char *selector;
    enum mio_awakener awakener;
    struct mio_trace trace; /* its context must outlive the poll */
};

struct mio_counters {
    uint64_t wakeups_written;  /* writes to the awakener, by whichever thread */
    uint64_t wakeups_received; /* times that the poll was told of them */
};

struct mio_poll;

/* Makes a poll; options may be NULL.  -ENOENT: no such selector here; -EMFILE, -ENFILE, -ENOMEM.
 * On failure *poll is NULL. */
int mio_poll_new(const struct mio_options *options, struct mio_poll **poll);

/* Ends it.  Deregister its sockets first, or do not use their struct mio_socket again;
 * registrations may outlive it: setting their readiness then does nothing.  NULL is allowed. */
void mio_poll_free(struct mio_poll *poll);

void mio_poll_counters(const struct mio_poll *poll, struct mio_counters *counters);

/* Waits until something is ready or the time is over (0: only looks; MIO_FOREVER), and gives the
 * number of events written, at most `capacity`: sockets in the kernel's order, then registrations
 * in the order in which they became ready.
 *
 * May give 0 early, also with MIO_FOREVER: loop.  EINTR is not reported.  One thread polls at a
 * time: a second one waits its turn, within its own timeout.  -EINVAL: capacity 0. */
int mio_poll(struct mio_poll *poll, struct mio_event *events, size_t capacity, int64_t timeout_ns);

/* ---- sockets ---- */

/* A descriptor and the poll it belongs to.  The caller owns both the memory and the descriptor;
 * deregister before closing, or the descriptor's number stays taken. */
struct mio_socket {
    int fd;
    _Atomic(struct mio_poll *) poll; /* the first it was registered with; for life */
    atomic_bool registered;
};

void mio_socket_init(struct mio_socket *socket, int fd);

/* Starts watching.  An empty interest is allowed: no events until reregistered.  -EEXIST:
 * registered already, -EBUSY: it belongs to another poll, -EINVAL: the reserved token, edge with
 * level, unknown bits, -EBADF: closed; -ENOMEM, -ENOSPC. */
int mio_register(struct mio_poll *poll, struct mio_socket *socket, uintptr_t token,
                 uint32_t interest, uint32_t options);

/* Replaces token, interest and options wholly, and looks anew: what is ready now is reported, also
 * in edge mode and after a oneshot.  -ENOENT: not registered. */
int mio_reregister(struct mio_poll *poll, struct mio_socket *socket, uintptr_t token,
                   uint32_t interest, uint32_t options);

/* Once it returns, no later poll gives the token.  Events that a poll has already given are still
 * in the caller's hands, and another thread inside mio_poll may be about to give one.  Works on a
 * closed descriptor.  -ENOENT: not registered. */
int mio_deregister(struct mio_poll *poll, struct mio_socket *socket);

/* Says that a call on the socket gave EAGAIN for these bits; for those who make the calls
 * themselves. */
void mio_socket_blocked(struct mio_socket *socket, uint32_t bits);

/* recvfrom(2) and sendto(2), which say so themselves.  The number of bytes (0 is a datagram) or a
 * negative errno. */
ssize_t mio_recvfrom(struct mio_socket *socket, void *buffer, size_t size, struct sockaddr *peer,
                     socklen_t *length);
ssize_t mio_sendto(struct mio_socket *socket, const void *data, size_t size,
                   const struct sockaddr *peer, socklen_t length);

/* ---- registrations: readiness from user space ---- */

struct mio_registration;
struct mio_set_readiness;

/* Two ends of one thing: the registration is for the poll's side, set_readiness for whoever has
 * news.  Each is freed once. */
int mio_registration_new(struct mio_registration **registration,
                         struct mio_set_readiness **set_readiness);

/* Gives up the poll's side: no further events, and a sleeping poll returns, perhaps with none.
 * NULL is allowed. */
void mio_registration_free(struct mio_registration *registration);

/* As for sockets.  A registration belongs to its first poll for life, too. */
int mio_registration_register(struct mio_poll *poll, struct mio_registration *registration,
                              uintptr_t token, uint32_t interest, uint32_t options);
int mio_registration_reregister(struct mio_poll *poll, struct mio_registration *registration,
                                uintptr_t token, uint32_t interest, uint32_t options);
int mio_registration_deregister(struct mio_poll *poll, struct mio_registration *registration);

/* Sets the readiness, which stays until it is set again: delivery does not clear it.  Each call
 * that leaves something of interest ready makes an event in edge mode, also when no bit changed;
 * calls before the poll looks are one event.  Wakes the poll if it sleeps.  Before register only
 * the bits are kept; once the registration or its poll is gone nothing happens. -EINVAL: unknown
 * bits; or what writing to the awakener said. */
int mio_set_readiness(struct mio_set_readiness *set_readiness, uint32_t readiness);
uint32_t mio_readiness(const struct mio_set_readiness *set_readiness);

/* Another handle to the same thing, for another thread. */
struct mio_set_readiness *mio_set_readiness_clone(struct mio_set_readiness *set_readiness);
void mio_set_readiness_free(struct mio_set_readiness *set_readiness);

#endif
