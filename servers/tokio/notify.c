#include "tokio/notify.h"

#include <stddef.h>

struct tokio_notify *tokio_notify_retain(struct tokio_notify *notify)
{
    atomic_fetch_add_explicit(&notify->references, 1, memory_order_relaxed);
    return notify;
}

void tokio_notify_release(struct tokio_notify *notify)
{
    if (notify && atomic_fetch_sub_explicit(&notify->references, 1, memory_order_acq_rel) == 1)
        notify->type->free(notify);
}

/* ---- the slot ---- */

/* Whoever turns FREE into one of the two bits owns `waiting` until that bit is gone again. */
enum { FREE = 0, REGISTERING = 1, NOTIFYING = 2 };

void tokio_slot_init(struct tokio_slot *slot)
{
    atomic_init(&slot->state, FREE);
    slot->waiting = NULL;
}

static void tokio_notify_notify_and_release(struct tokio_notify *notify)
{
    if (!notify)
        return;
    tokio_notify(notify);
    tokio_notify_release(notify);
}

void tokio_slot_register(struct tokio_slot *slot, struct tokio_notify *notify)
{
    struct tokio_notify *before, *mine;
    unsigned state = FREE;

    /* A notify is on its way to the one before: it may have been meant for this one. */
    if (!atomic_compare_exchange_strong(&slot->state, &state, REGISTERING)) {
        tokio_notify(notify);
        return;
    }
    before = slot->waiting;
    slot->waiting = tokio_notify_retain(notify);
    state = REGISTERING;
    if (!atomic_compare_exchange_strong(&slot->state, &state, FREE)) {
        /* Notified meanwhile: that thread has left it to us. */
        mine = slot->waiting;
        slot->waiting = NULL;
        atomic_store(&slot->state, FREE);
        tokio_notify_notify_and_release(mine);
    }
    tokio_notify_release(before);
}

void tokio_slot_notify(struct tokio_slot *slot)
{
    struct tokio_notify *taken;

    if (atomic_fetch_or(&slot->state, NOTIFYING) != FREE)
        return;
    taken = slot->waiting;
    slot->waiting = NULL;
    atomic_fetch_and(&slot->state, ~(unsigned)NOTIFYING);
    tokio_notify_notify_and_release(taken);
}

void tokio_slot_fini(struct tokio_slot *slot)
{
    tokio_notify_release(slot->waiting);
    slot->waiting = NULL;
}
