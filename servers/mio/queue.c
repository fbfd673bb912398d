#include "mio/internal.h"

#include <sched.h>

void mio_queue_init(struct mio_queue *queue)
{
    atomic_init(&queue->stub.next, NULL);
    atomic_init(&queue->closed.next, NULL);
    atomic_init(&queue->head, &queue->stub);
    queue->tail = &queue->stub;
}

/* Sequentially consistent, not just release: the producer looks at the poller's state next, and the
 * poller at the head after it has changed its state.  One of the two must see the other, or a
 * wake-up is lost. */
bool mio_queue_push(struct mio_queue *queue, struct mio_link *link)
{
    struct mio_link *before = atomic_load_explicit(&queue->head, memory_order_relaxed);

    atomic_store_explicit(&link->next, NULL, memory_order_relaxed);
    do
        if (before == &queue->closed)
            return false;
    while (!atomic_compare_exchange_weak(&queue->head, &before, link));
    atomic_store_explicit(&before->next, link, memory_order_release);
    return true;
}

static struct mio_link *after(const struct mio_link *link)
{
    return atomic_load_explicit(&link->next, memory_order_acquire);
}

/* The last link cannot leave while it is the head, since a producer may be about to link to it: the
 * stub goes behind it first. */
enum mio_pop mio_queue_pop(struct mio_queue *queue, const struct mio_link *until,
                           struct mio_link **link)
{
    struct mio_link *first = queue->tail, *next = after(first);

    if (first == &queue->stub) {
        if (!next)
            return atomic_load(&queue->head) == &queue->stub ? MIO_POP_EMPTY : MIO_POP_GAP;
        queue->tail = first = next;
        next = after(first);
    }
    if (first == until)
        return MIO_POP_EMPTY;
    if (!next) {
        if (atomic_load(&queue->head) != first)
            return MIO_POP_GAP;
        mio_queue_push(queue, &queue->stub);
        next = after(first);
        if (!next)
            return MIO_POP_GAP;
    }
    queue->tail = next;
    *link = first;
    return MIO_POP_LINK;
}

bool mio_queue_is_empty(const struct mio_queue *queue)
{
    return queue->tail == &queue->stub && atomic_load(&queue->head) == &queue->stub;
}

/* Nothing is ever pushed behind the closed mark, so the chain ends there.  A gap closes within a
 * producer's two instructions. */
struct mio_link *mio_queue_close(struct mio_queue *queue)
{
    struct mio_link *first, *next;

    if (atomic_load(&queue->head) != &queue->closed) {
        struct mio_link *before = atomic_exchange(&queue->head, &queue->closed);

        atomic_store_explicit(&before->next, &queue->closed, memory_order_release);
    }
    do {
        first = queue->tail;
        if (first == &queue->closed)
            return NULL;
        while (!(next = after(first)))
            sched_yield();
        queue->tail = next;
    } while (first == &queue->stub);
    return first;
}
