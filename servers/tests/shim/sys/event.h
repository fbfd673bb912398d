/* kqueue(2) on epoll(7), for tests on Linux only: it proves our logic, not kqueue's semantics.  No
 * figure is taken over it.
 *
 * EVFILT_READ and EVFILT_WRITE; level, EV_CLEAR, EV_ONESHOT, EV_DISPATCH, EV_ENABLE, EV_DISABLE,
 * EV_RECEIPT.  Known difference: with EV_CLEAR an edge of one filter may report the other one
 * again, since epoll keeps one record for both. */
#ifndef EDGEWISE_SHIM_SYS_EVENT_H
#define EDGEWISE_SHIM_SYS_EVENT_H

#include <stdint.h>
#include <time.h>

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_DISPATCH 0x0080
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

struct kevent {
    uintptr_t ident;
    int16_t filter;
    uint16_t flags;
    uint32_t fflags;
    intptr_t data;
    void *udata;
};

#define EV_SET(event, a, b, c, d, e, f)                  \
    (*(event) = (struct kevent){.ident = (uintptr_t)(a), \
                                .filter = (int16_t)(b),  \
                                .flags = (uint16_t)(c),  \
                                .fflags = (d),           \
                                .data = (e),             \
                                .udata = (f)})

int kqueue(void);
int kevent(int kq, const struct kevent *changes, int n_changes, struct kevent *events, int n_events,
           const struct timespec *timeout);

#endif
