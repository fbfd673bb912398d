/* Notifies: how a future that waits is told to be polled again.
 *
 * Contract: after a notify the task is polled at least once more unless it has finished, also when
 * the notify comes while the task is being polled; several notifies may be one poll.  Every
 * function here may be called from any thread. */
#ifndef EDGEWISE_TOKIO_NOTIFY_H
#define EDGEWISE_TOKIO_NOTIFY_H

#include <stdatomic.h>

/* Embedded in what is notified.  Counted references: whoever keeps one keeps the object alive, not
 * the task running. */
struct tokio_notify {
    const struct tokio_notify_type *type;
    atomic_uint references;
};

struct tokio_notify_type {
    void (*notify)(struct tokio_notify *notify);
    void (*free)(struct tokio_notify *notify); /* the last reference has gone */
};

/* With one reference, the caller's. */
static inline void tokio_notify_init(struct tokio_notify *notify,
                                     const struct tokio_notify_type *type)
{
    notify->type = type;
    atomic_init(&notify->references, 1);
}

static inline void tokio_notify(struct tokio_notify *notify)
{
    notify->type->notify(notify);
}

struct tokio_notify *tokio_notify_retain(struct tokio_notify *notify);
void tokio_notify_release(struct tokio_notify *notify); /* NULL is allowed */

/* ---- a place for one notify ---- */

/* Somebody registers, somebody else notifies, at the same time if they like: the notify is not
 * lost. */
struct tokio_slot {
    atomic_uint state;
    struct tokio_notify *waiting;
};

void tokio_slot_init(struct tokio_slot *slot);

/* Keeps a reference to `notify` in place of the one before.  One thread at a time. */
void tokio_slot_register(struct tokio_slot *slot, struct tokio_notify *notify);

/* Takes out what is there and notifies it, once.  Any number of threads. */
void tokio_slot_notify(struct tokio_slot *slot);

/* Lets go of what is there; nobody else may be using the slot. */
void tokio_slot_fini(struct tokio_slot *slot);

#endif
