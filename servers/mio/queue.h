/* The user queue: nodes that registrations made ready, pushed by any thread and popped by the one that polls.
 *
 * An intrusive queue of many producers and one consumer (Vyukov, 1024cores.net): a producer swaps `head` and then links its
 * predecessor to itself; in between the queue is inconsistent, and the consumer stops rather than spin.  It outlives its poll as
 * long as a node refers to it.
 *
 * The awakener's protocol beside it (SLEEPING before the second look at the queue, a push before the look at the state; both
 * sequentially consistent) is what harness and model hold to: no lost wake-up, at most one write for each announced sleep. */
#ifndef EDGEWISE_MIO_QUEUE_H
#define EDGEWISE_MIO_QUEUE_H

#include "mio/awakener.h"

#include <stdatomic.h>

struct mio_node {
    _Atomic(struct mio_node *) next;
    atomic_uint references;
    _Atomic(struct mio_queue *) queue; /* of the first poll it was registered with; for life */
    _Atomic uint64_t state;            /* registration.c */
    _Atomic uintptr_t tokens[2];
};

enum sleep_state { AWAKE, SLEEPING, NOTIFIED };

struct mio_queue {
    atomic_uint references;
    _Atomic(struct mio_node *) head; /* producers */
    struct mio_node *tail;           /* the consumer */
    struct mio_node stub;
    struct mio_node closed; /* as head: the poll is gone */
    atomic_int sleep;       /* enum sleep_state */
    bool fault_785;
    struct awakener awakener;
    atomic_ullong wakeups;
    void (*on_wakeup)(void *context);
    void *context;
};

struct mio_queue *queue_new(void);
void queue_ref(struct mio_queue *queue);
void queue_unref(struct mio_queue *queue);

/* False when the poll is gone; the node is not in the queue then.  Does not wake. */
bool queue_push(struct mio_queue *queue, struct mio_node *node);

/* After a push by anybody but the consumer: writes the awakener if the poll announced that it sleeps.  0 or -errno. */
int queue_wake(struct mio_queue *queue);

/* ---- the consumer ---- */

/* NULL: empty, or a push is under way, or the next node is `until`. */
struct mio_node *queue_pop(struct mio_queue *queue, const struct mio_node *until);

/* Announces that the poll will block.  False: something is queued, so it must not; nothing is announced then. */
bool queue_announce_sleep(struct mio_queue *queue);

/* The wait is over, for whatever reason.  The 2017 form leaves the announcement standing until a node was drained. */
void queue_awake(struct mio_queue *queue);

/* Later pushes fail.  The caller has popped what there was; false: there is more. */
bool queue_close(struct mio_queue *queue);

#endif
