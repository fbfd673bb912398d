#include "mio/queue.h"

#include <stdlib.h>

struct mio_queue *queue_new(void)
{
    struct mio_queue *q = calloc(1, sizeof *q);

    if (!q)
        return NULL;
    atomic_init(&q->references, 1);
    atomic_init(&q->head, &q->stub);
    q->tail = &q->stub;
    return q;
}

void queue_ref(struct mio_queue *q)
{
    atomic_fetch_add(&q->references, 1);
}

void queue_unref(struct mio_queue *q)
{
    if (atomic_fetch_sub(&q->references, 1) != 1)
        return;
    awakener_fini(&q->awakener);
    free(q);
}

bool queue_push(struct mio_queue *q, struct mio_node *node)
{
    struct mio_node *before = atomic_load(&q->head);

    atomic_store_explicit(&node->next, NULL, memory_order_relaxed);
    do
        if (before == &q->closed)
            return false;
    while (!atomic_compare_exchange_weak(&q->head, &before, node));
    atomic_store_explicit(&before->next, node, memory_order_release);
    return true;
}

int queue_wake(struct mio_queue *q)
{
    if (atomic_exchange(&q->sleep, NOTIFIED) != SLEEPING)
        return 0;
    atomic_fetch_add_explicit(&q->wakeups, 1, memory_order_relaxed);
    if (q->on_wakeup)
        q->on_wakeup(q->context);
    return awakener_write(&q->awakener);
}

/* The last node cannot be taken out while it is `head`: the stub is pushed behind it first. */
struct mio_node *queue_pop(struct mio_queue *q, const struct mio_node *until)
{
    struct mio_node *tail = q->tail, *next = atomic_load_explicit(&tail->next, memory_order_acquire);

    if (tail == &q->stub) {
        if (!next)
            return NULL;
        q->tail = tail = next;
        next = atomic_load_explicit(&tail->next, memory_order_acquire);
    }
    if (tail == until)
        return NULL;
    if (!next) {
        if (atomic_load(&q->head) != tail)
            return NULL; /* inconsistent */
        queue_push(q, &q->stub);
        next = atomic_load_explicit(&tail->next, memory_order_acquire);
    }
    if (!next)
        return NULL; /* inconsistent: somebody pushed before the stub */
    q->tail = next;
    return tail;
}

static bool is_empty(const struct mio_queue *q)
{
    return q->tail == &q->stub && atomic_load(&q->head) == &q->stub;
}

bool queue_announce_sleep(struct mio_queue *q)
{
    if (!is_empty(q))
        return false;
    atomic_store(&q->sleep, SLEEPING);
    if (is_empty(q))
        return true;
    atomic_store(&q->sleep, AWAKE);
    return false;
}

void queue_awake(struct mio_queue *q)
{
    if (!q->fault_785)
        atomic_store(&q->sleep, AWAKE);
}

bool queue_close(struct mio_queue *q)
{
    struct mio_node *stub = &q->stub;

    return q->tail == stub && atomic_compare_exchange_strong(&q->head, &stub, &q->closed);
}
