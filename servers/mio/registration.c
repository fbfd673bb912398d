/* Readiness that threads set: one word of state for each node, changed by compare-and-exchange.
 *
 *     bits 0-3   readiness         bit 11  QUEUED: is in the queue, or whoever set the bit will push it
 *          4-7   interest              12  DROPPED: the registration is gone
 *          8-10  options               13  LOCKED: an update writes the token
 *                                      14  REGISTERED
 *                                      15  which of the two token slots is valid
 *                                      32- version, raised by each update
 *
 * An update writes the slot that is not valid and then switches, so the poller may read the valid one; if it was overwritten
 * meanwhile, the version has changed and the poller's exchange fails. */
#include "mio/registration.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#define READY_MASK 0xfu
#define INTEREST_SHIFT 4
#define OPTIONS_SHIFT 8
#define OPTIONS_MASK 0x7u
#define QUEUED (UINT64_C(1) << 11)
#define DROPPED (UINT64_C(1) << 12)
#define LOCKED (UINT64_C(1) << 13)
#define REGISTERED (UINT64_C(1) << 14)
#define SLOT_SHIFT 15
#define SLOT (UINT64_C(1) << SLOT_SHIFT)
#define VERSION (UINT64_C(1) << 32)

static unsigned interest_of(uint64_t state)
{
    return (unsigned)(state >> INTEREST_SHIFT) & READY_MASK;
}

static unsigned options_of(uint64_t state)
{
    return (unsigned)(state >> OPTIONS_SHIFT) & OPTIONS_MASK;
}

static unsigned effective(uint64_t state)
{
    return (unsigned)state & interest_of(state);
}

int mio_check(uintptr_t token, unsigned interest, unsigned options)
{
    if (token == MIO_TOKEN_RESERVED || interest & ~READY_MASK || options & ~OPTIONS_MASK)
        return -EINVAL;
    return (options & MIO_EDGE) && (options & MIO_LEVEL) ? -EINVAL : 0;
}

/* ---- references: one for each handle, one for the queue from the first register on ---- */

static void node_unref(struct mio_node *node)
{
    struct mio_queue *queue = atomic_load(&node->queue);

    if (atomic_fetch_sub(&node->references, 1) != 1)
        return;
    if (queue)
        queue_unref(queue);
    free(node);
}

int mio_registration_new(struct mio_registration *registration, struct mio_set_readiness *set)
{
    struct mio_node *node = calloc(1, sizeof *node);

    registration->node = set->node = node;
    if (!node)
        return -ENOMEM;
    atomic_init(&node->references, 2);
    return 0;
}

struct mio_set_readiness mio_set_readiness_clone(const struct mio_set_readiness *set)
{
    atomic_fetch_add(&set->node->references, 1);
    return *set;
}

void mio_set_readiness_free(struct mio_set_readiness *set)
{
    if (set->node)
        node_unref(set->node);
    set->node = NULL;
}

/* ---- queueing ---- */

/* By whoever turned QUEUED on.  If the poll is gone the bit goes off again, and with it the queue's share in a dropped node. */
static int enqueue(struct mio_node *node)
{
    struct mio_queue *queue = atomic_load(&node->queue);

    if (queue_push(queue, node))
        return queue_wake(queue);
    if (atomic_fetch_and(&node->state, ~QUEUED) & DROPPED)
        node_unref(node);
    return 0;
}

int mio_set_readiness(const struct mio_set_readiness *set, unsigned ready)
{
    struct mio_node *node = set->node;
    uint64_t state = atomic_load(&node->state), next;

    if (ready & ~READY_MASK)
        return -EINVAL;
    do {
        if (state & DROPPED)
            return 0;
        next = (state & ~(uint64_t)READY_MASK) | ready;
        if (effective(next))
            next |= QUEUED;
    } while (!atomic_compare_exchange_weak(&node->state, &state, next));
    return (next & QUEUED) && !(state & QUEUED) ? enqueue(node) : 0;
}

unsigned mio_readiness(const struct mio_set_readiness *set)
{
    return (unsigned)atomic_load(&set->node->state) & READY_MASK;
}

/* ---- updates ---- */

static int bind_to(struct mio_node *node, struct mio_queue *queue)
{
    struct mio_queue *none = NULL;

    if (atomic_load(&node->queue) == queue)
        return 0;
    queue_ref(queue);
    atomic_fetch_add(&node->references, 1);
    if (atomic_compare_exchange_strong(&node->queue, &none, queue))
        return 0;
    node_unref(node);
    queue_unref(queue);
    return none == queue ? 0 : -EINVAL;
}

/* Another thread in an update holds the lock for a few instructions only. */
static uint64_t lock_state(struct mio_node *node)
{
    uint64_t state = atomic_load(&node->state);

    for (;;) {
        if (state & LOCKED) {
            sched_yield();
            state = atomic_load(&node->state);
        } else if (atomic_compare_exchange_weak(&node->state, &state, state | LOCKED)) {
            return state;
        }
    }
}

enum update { REGISTER, REREGISTER, DEREGISTER };

static int permitted(uint64_t state, enum update update)
{
    if (update == REGISTER)
        return state & REGISTERED ? -EEXIST : 0;
    return state & REGISTERED ? 0 : -ENOENT;
}

/* "Conservative, always fire": whatever is ready under the new terms is queued, whether it was reported before or not. */
static int change(struct mio_node *node, enum update update, uintptr_t token, unsigned interest, unsigned options)
{
    uint64_t state = lock_state(node), terms = (uint64_t)interest << INTEREST_SHIFT | (uint64_t)options << OPTIONS_SHIFT, next;
    int err = permitted(state, update);

    if (err) {
        atomic_fetch_and(&node->state, ~LOCKED);
        return err;
    }
    atomic_store(&node->tokens[!(state >> SLOT_SHIFT & 1)], token);
    state = atomic_load(&node->state);
    do {
        next = (state & (READY_MASK | QUEUED | DROPPED | ~(VERSION - 1))) + VERSION;
        next |= terms | (update == DEREGISTER ? 0 : REGISTERED) | ((state & SLOT) ^ SLOT);
        if (effective(next))
            next |= QUEUED;
    } while (!atomic_compare_exchange_weak(&node->state, &state, next));
    return (next & QUEUED) && !(state & QUEUED) ? enqueue(node) : 0;
}

static int update(struct mio_registration *registration, struct mio_poll *poll, enum update update, uintptr_t token,
                  unsigned interest, unsigned options)
{
    int err = mio_check(token, interest, options);

    if (!err)
        err = bind_to(registration->node, mio_poll_queue(poll));
    return err ? err : change(registration->node, update, token, interest, options);
}

int mio_registration_register(struct mio_registration *registration, struct mio_poll *poll, uintptr_t token, unsigned interest,
                              unsigned options)
{
    return update(registration, poll, REGISTER, token, interest, options);
}

int mio_registration_reregister(struct mio_registration *registration, struct mio_poll *poll, uintptr_t token, unsigned interest,
                                unsigned options)
{
    return update(registration, poll, REREGISTER, token, interest, options);
}

int mio_registration_deregister(struct mio_registration *registration, struct mio_poll *poll)
{
    return update(registration, poll, DEREGISTER, 0, 0, 0);
}

void mio_registration_free(struct mio_registration *registration)
{
    struct mio_node *node = registration->node;

    registration->node = NULL;
    if (!node)
        return;
    if (!(atomic_fetch_or(&node->state, DROPPED | QUEUED) & QUEUED) && atomic_load(&node->queue))
        (void)enqueue(node); /* a sleeping poll is told, for what that is worth */
    node_unref(node);
}

/* ---- the poller ---- */

/* What the next state is, and whether the node stays in the queue. */
static uint64_t after_report(uint64_t state, bool *stays)
{
    *stays = effective(state) && !(options_of(state) & (MIO_EDGE | MIO_ONESHOT));
    if (*stays)
        return state;
    state &= ~QUEUED;
    if (effective(state) && (options_of(state) & MIO_ONESHOT))
        state &= ~((uint64_t)READY_MASK << INTEREST_SHIFT);
    return state;
}

/* Writes the event of a node that was popped.  True: it is to be queued again. */
static bool report(struct mio_node *node, struct mio_batch *batch)
{
    uint64_t state = atomic_load(&node->state), next;
    uintptr_t token;
    bool stays;

    do {
        if (state & DROPPED) {
            node_unref(node); /* the queue's share */
            return false;
        }
        token = atomic_load(&node->tokens[state >> SLOT_SHIFT & 1]);
        next = after_report(state, &stays);
    } while (!atomic_compare_exchange_weak(&node->state, &state, next));
    if (effective(state))
        mio_batch_put(batch, token, effective(state));
    return stays;
}

bool registration_drain(struct mio_queue *queue, struct mio_batch *batch)
{
    const struct mio_node *until = NULL;
    struct mio_node *node;
    bool taken = false;

    while (batch->count < batch->capacity && (node = queue_pop(queue, until))) {
        taken = true;
        if (!report(node, batch))
            continue;
        if (!until)
            until = node;
        queue_push(queue, node); /* by the poller itself: nobody to wake */
    }
    return taken;
}

void registration_close(struct mio_queue *queue)
{
    do {
        struct mio_node *node;

        while ((node = queue_pop(queue, NULL)))
            if (atomic_fetch_and(&node->state, ~QUEUED) & DROPPED)
                node_unref(node);
        if (!queue_close(queue))
            sched_yield(); /* a push is under way */
        else
            return;
    } while (true);
}
