/* The system's side of a poll: what each back end does, in the same functions in the same order. */
#ifndef EDGEWISE_MIO_SELECTOR_H
#define EDGEWISE_MIO_SELECTOR_H

#include "mio/mio.h"

/* The most events that one wait takes from the system. */
#define MIO_BATCH 1024u

/* Where a wait puts its events.  The awakener's is kept out of the list. */
struct mio_batch {
    struct mio_event *events;
    unsigned capacity;
    unsigned count;
    bool awoken;
};

static inline void mio_batch_put(struct mio_batch *batch, uintptr_t token, unsigned ready)
{
    if (token == MIO_TOKEN_RESERVED)
        batch->awoken = true;
    else
        batch->events[batch->count++] = (struct mio_event){.token = token, .ready = ready};
}

/* All but `wait` may be called while another thread is in `wait`; errors are negative errno. */
struct mio_selector_type {
    const char *name;
    int (*open)(void **selector);
    void (*close)(void *selector);
    int (*add)(void *selector, int fd, uintptr_t token, unsigned interest, unsigned options);
    int (*modify)(void *selector, int fd, uintptr_t token, unsigned interest, unsigned options);
    int (*remove)(void *selector, int fd);
    void (*would_block)(void *selector, int fd, unsigned ready); /* NULL: the kernel remembers by itself */
    int (*wait)(void *selector, struct mio_batch *batch, int64_t timeout_ns); /* -EINTR after a signal */
};

extern const struct mio_selector_type mio_selector_epoll;
extern const struct mio_selector_type mio_selector_kqueue;
extern const struct mio_selector_type mio_selector_poll;

#endif
