/* Between the files of mio. */
#ifndef EDGEWISE_MIO_INTERNAL_H
#define EDGEWISE_MIO_INTERNAL_H

#include "mio/mio.h"

#include <pthread.h>

/* As many as one look at the kernel fetches; a larger buffer of the caller's is filled by the next
 * poll. */
#define MIO_BATCH 256

#define MIO_ALL_READINESS (MIO_READABLE | MIO_WRITABLE | MIO_ERROR | MIO_HUP)
#define MIO_ALL_OPTIONS (MIO_EDGE | MIO_LEVEL | MIO_ONESHOT)

/* Where the common code refuses what no selector should see.  0 or -EINVAL. */
int mio_check(uintptr_t token, uint32_t interest, uint32_t options);

/* The monotonic clock (clock.c). */
int64_t mio_now_ns(void);

/* ---- the queue of registrations (queue.c) ---- */

/* Vyukov's intrusive queue of many producers and one consumer (1024cores.net): a producer swings
 * `head` to its node, then links the one before to it.  In between the chain has a gap, which the
 * consumer meets as MIO_POP_GAP. */
struct mio_link {
    _Atomic(struct mio_link *) next;
};

enum mio_pop { MIO_POP_LINK, MIO_POP_EMPTY, MIO_POP_GAP };

struct mio_queue {
    _Atomic(struct mio_link *) head;
    struct mio_link *tail; /* the consumer's */
    struct mio_link stub;
    struct mio_link closed; /* at the head for good once there is no consumer */
};

void mio_queue_init(struct mio_queue *queue);
/* False: closed, and the link was not taken.  Sequentially consistent with what follows it. */
bool mio_queue_push(struct mio_queue *queue, struct mio_link *link);
/* The consumer's.  Stops before `until`, as if the queue ended there. */
enum mio_pop mio_queue_pop(struct mio_queue *queue, const struct mio_link *until,
                           struct mio_link **link);
/* The consumer's.  A gap is not empty. */
bool mio_queue_is_empty(const struct mio_queue *queue);
/* The consumer's last call, repeated until it gives NULL: no push succeeds after the first. */
struct mio_link *mio_queue_close(struct mio_queue *queue);

/* ---- the awakener (awakener.c) ---- */

enum mio_awakener_state { MIO_AWAKE, MIO_SLEEPING, MIO_NOTIFIED };

struct mio_waker {
    atomic_int state; /* enum mio_awakener_state */
    bool form_2017;
    struct mio_trace trace;
    int read_fd;
    int write_fd; /* the same for an eventfd */
    _Atomic uint64_t written;
    _Atomic uint64_t received;
};

int mio_waker_init(struct mio_waker *waker, const struct mio_options *options);
void mio_waker_fini(struct mio_waker *waker);
/* A producer's, after its push: writes if the poller announced its sleep and nobody has written
 * since.  0 or -errno. */
int mio_waker_wake(struct mio_waker *waker);
/* The poller's: announces that it is about to sleep.  The queue must be looked at once more
 * afterwards. */
void mio_waker_announce(struct mio_waker *waker);
/* The poller's, on every way out of an announced wait. */
void mio_waker_awake(struct mio_waker *waker);
/* Empties the descriptor. */
void mio_waker_drain(struct mio_waker *waker);

/* ---- what registrations share with their poll, and what outlives it (registration.c) ---- */

struct mio_hub {
    atomic_uint references; /* the poll's and each registration's */
    struct mio_queue queue;
    struct mio_waker waker;
    pthread_mutex_t update; /* held while a registration's token or interest changes */
};

/* 0 or a negative errno; *hub is NULL then. */
int mio_hub_new(const struct mio_options *options, struct mio_hub **hub);
/* Closes the queue, and gives up the poll's reference. */
void mio_hub_close(struct mio_hub *hub);
/* The poller's: writes what is queued as events, at most `room`. */
int mio_hub_drain(struct mio_hub *hub, struct mio_event *events, size_t room);

/* ---- sockets by descriptor (sources.c) ---- */

struct mio_source {
    uintptr_t token;
    uint32_t interest;
    uint32_t options;
    uint32_t armed; /* what may still be reported; for the selectors that keep count themselves */
    bool registered;
    bool muted;     /* poll(2): reported an error that only the socket's next call can clear */
    size_t index;   /* poll(2): the place in the set */
    uint64_t batch; /* kqueue: the look in which it was last reported, ... */
    size_t slot;    /* ... and the event that its other filter is merged into */
};

struct mio_sources {
    pthread_mutex_t lock; /* guards all below, and what a selector keeps beside it */
    struct mio_source *by_fd;
    size_t size;
};

int mio_sources_init(struct mio_sources *sources);
void mio_sources_fini(struct mio_sources *sources);
/* With the lock held; NULL: not registered. */
struct mio_source *mio_source_find(struct mio_sources *sources, int fd);
/* For the awakener, too, which is a socket to the selectors. */
int mio_source_add(struct mio_poll *poll, int fd, const struct mio_source *wanted);
void mio_source_blocked(struct mio_poll *poll, int fd, uint32_t bits);

/* ---- selectors: one file each, the same functions in the same order ---- */

struct mio_selector {
    const char *name;
    int (*open)(struct mio_poll *poll);
    void (*close)(struct mio_poll *poll);
    /* With the sources' lock held, and `source` filled in.  On failure nothing is watched. */
    int (*add)(struct mio_poll *poll, int fd, struct mio_source *source);
    /* With the lock held: `source` is as it was; on success its new values are `wanted`. */
    int (*change)(struct mio_poll *poll, int fd, struct mio_source *source,
                  const struct mio_source *wanted);
    void (*remove)(struct mio_poll *poll, int fd, struct mio_source *source);
    /* With the lock held.  NULL: the kernel sees the EAGAIN by itself. */
    void (*blocked)(struct mio_poll *poll, int fd, struct mio_source *source, uint32_t bits);
    /* The number of events; -EINTR: try again with the time that is left. */
    int (*wait)(struct mio_poll *poll, struct mio_event *events, size_t capacity,
                int64_t timeout_ns);
};

extern const struct mio_selector mio_selector_epoll, mio_selector_kqueue, mio_selector_poll;

/* ---- the poll ---- */

/* Who polls.  A plain mutex would not know of timeouts everywhere (macOS has no
 * pthread_mutex_timedlock). */
struct mio_turn {
    atomic_int state;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

int mio_turn_init(struct mio_turn *turn);
void mio_turn_fini(struct mio_turn *turn);
/* False: the time was over first.  Leaves in *timeout_ns what is left of it. */
bool mio_turn_take(struct mio_turn *turn, int64_t *timeout_ns);
void mio_turn_give(struct mio_turn *turn);

struct mio_poll {
    const struct mio_selector *selector;
    void *state; /* the selector's */
    struct mio_sources sources;
    struct mio_hub *hub;
    struct mio_turn turn;
    struct mio_trace trace;
    /* the selector's, or what tells of it */
    int (*wait)(struct mio_poll *poll, struct mio_event *events, size_t capacity,
                int64_t timeout_ns);
};

#endif
