#include "mio/internal.h"

#include <errno.h>
#include <stdlib.h>

/* A registration and its set_readiness handles are one node.  All that both sides change lies in
 * one word:
 *
 *   bits 0-3 readiness, 4-7 interest, 8-10 options, 11-12 the token slot being read, 13-14 the
 *   one last written, QUEUED, DROPPED
 *
 * Whoever turns QUEUED on pushes the node; only the poller turns it off.  A token does not fit in:
 * it lies in one of three slots, so that a new one can be written while the poller reads the
 * old. */
struct node {
    struct mio_link link; /* first: the queue's view of it */
    atomic_uint word;
    atomic_uint references;        /* the registration, each handle, and the queue while QUEUED */
    _Atomic(struct mio_hub *) hub; /* set once */
    bool registered;               /* guarded by hub->update */
    _Atomic uintptr_t tokens[3];
};

#define INTEREST_SHIFT 4
#define OPTIONS_SHIFT 8
#define READ_SLOT_SHIFT 11
#define WRITE_SLOT_SHIFT 13
#define SLOT_MASK 3u
#define QUEUED (1u << 15)
#define DROPPED (1u << 16)

static uint32_t of_interest(unsigned word)
{
    return word & (word >> INTEREST_SHIFT) & MIO_ALL_READINESS;
}

static unsigned registration_slot(unsigned word, unsigned shift)
{
    return word >> shift & SLOT_MASK;
}

static unsigned with(unsigned word, unsigned mask, unsigned shift, unsigned value)
{
    return (word & ~(mask << shift)) | value << shift;
}

/* ---- the hub ---- */

int mio_hub_new(const struct mio_options *options, struct mio_hub **out)
{
    struct mio_hub *hub = calloc(1, sizeof *hub);
    int err;

    *out = NULL;
    if (!hub)
        return -ENOMEM;
    err = mio_waker_init(&hub->waker, options);
    if (!err)
        err = -pthread_mutex_init(&hub->update, NULL);
    if (err) {
        mio_waker_fini(&hub->waker);
        free(hub);
        return err;
    }
    mio_queue_init(&hub->queue);
    atomic_init(&hub->references, 1);
    *out = hub;
    return 0;
}

static void hub_release(struct mio_hub *hub)
{
    if (atomic_fetch_sub_explicit(&hub->references, 1, memory_order_acq_rel) != 1)
        return;
    mio_waker_fini(&hub->waker);
    pthread_mutex_destroy(&hub->update);
    free(hub);
}

static void node_release(struct node *node)
{
    struct mio_hub *hub;

    if (atomic_fetch_sub_explicit(&node->references, 1, memory_order_acq_rel) != 1)
        return;
    hub = atomic_load_explicit(&node->hub, memory_order_acquire);
    if (hub)
        hub_release(hub);
    free(node);
}

void mio_hub_close(struct mio_hub *hub)
{
    struct mio_link *link;

    while ((link = mio_queue_close(&hub->queue)))
        node_release((struct node *)link);
    hub_release(hub);
}

/* For whoever turned QUEUED on, and holds a reference of its own. */
static int enqueue(struct node *node)
{
    struct mio_hub *hub = atomic_load_explicit(&node->hub, memory_order_acquire);

    atomic_fetch_add_explicit(&node->references, 1, memory_order_relaxed);
    if (mio_queue_push(&hub->queue, &node->link))
        return mio_waker_wake(&hub->waker);
    node_release(node);
    return 0;
}

/* ---- the poller's side ---- */

static unsigned after_report(unsigned word, uint32_t ready)
{
    bool edge = word & MIO_EDGE << OPTIONS_SHIFT, oneshot = word & MIO_ONESHOT << OPTIONS_SHIFT;

    word = with(word, SLOT_MASK, READ_SLOT_SHIFT, registration_slot(word, WRITE_SLOT_SHIFT));
    if (ready && oneshot)
        word = with(word, MIO_ALL_READINESS, INTEREST_SHIFT, 0);
    return ready && !edge && !oneshot ? word : word & ~QUEUED;
}

/* Deals with a node off the queue; true if it made an event.  *again: it is ready, level, and stays
 * queued. */
static bool registration_report(struct node *node, struct mio_event *event, bool *again)
{
    unsigned word = atomic_load_explicit(&node->word, memory_order_acquire), next;
    uint32_t ready;

    do {
        ready = word & DROPPED ? 0 : of_interest(word);
        next = after_report(word, ready);
    } while (!atomic_compare_exchange_weak_explicit(&node->word, &word, next, memory_order_acq_rel,
                                                    memory_order_acquire));

    *again = next & QUEUED;
    if (ready)
        *event = (struct mio_event){
            .token = atomic_load_explicit(&node->tokens[registration_slot(next, READ_SLOT_SHIFT)],
                                          memory_order_relaxed),
            .readiness = ready};
    return ready != 0;
}

/* A level node that stays goes to the end; meeting the first such again means that all had their
 * turn. */
int mio_hub_drain(struct mio_hub *hub, struct mio_event *events, size_t room)
{
    struct mio_link *link, *until = NULL;
    size_t n = 0;
    bool again;

    while (n < room && mio_queue_pop(&hub->queue, until, &link) == MIO_POP_LINK) {
        /* the original's sleep mark went away only when a node was popped */
        if (hub->waker.form_2017)
            mio_waker_awake(&hub->waker);
        n += registration_report((struct node *)link, &events[n], &again);
        if (!again) {
            node_release((struct node *)link);
            continue;
        }
        if (!until)
            until = link;
        mio_queue_push(&hub->queue, link);
    }
    return (int)n;
}

/* ---- making and freeing ---- */

int mio_registration_new(struct mio_registration **registration,
                         struct mio_set_readiness **set_readiness)
{
    struct node *node = calloc(1, sizeof *node);

    *registration = NULL;
    *set_readiness = NULL;
    if (!node)
        return -ENOMEM;
    atomic_init(&node->references, 2);
    *registration = (struct mio_registration *)node;
    *set_readiness = (struct mio_set_readiness *)node;
    return 0;
}

void mio_registration_free(struct mio_registration *registration)
{
    struct node *node = (struct node *)registration;

    if (!node)
        return;
    if (atomic_load_explicit(&node->hub, memory_order_acquire)) {
        unsigned before = atomic_fetch_or_explicit(&node->word, DROPPED | QUEUED,
                                                   memory_order_acq_rel);

        if (!(before & QUEUED))
            enqueue(node);
    }
    /* The analyzer knows no counts of references: enqueue() gives back the queue's, then ours. */
    node_release(node); /* NOLINT(clang-analyzer-unix.Malloc) */
}

struct mio_set_readiness *mio_set_readiness_clone(struct mio_set_readiness *set_readiness)
{
    atomic_fetch_add_explicit(&((struct node *)set_readiness)->references, 1, memory_order_relaxed);
    return set_readiness;
}

void mio_set_readiness_free(struct mio_set_readiness *set_readiness)
{
    if (set_readiness)
        node_release((struct node *)set_readiness);
}

/* ---- register, reregister, deregister ---- */

/* For life: the first poll wins. */
static int registration_bind_to(struct node *node, struct mio_hub *hub)
{
    struct mio_hub *bound = NULL;

    atomic_fetch_add_explicit(&hub->references, 1, memory_order_relaxed);
    if (atomic_compare_exchange_strong(&node->hub, &bound, hub))
        return 0;
    hub_release(hub);
    return bound == hub ? 0 : -EBUSY;
}

/* Writes where neither the poller reads nor the last token lies.  The poller may at most move on to
 * the last one meanwhile. */
static unsigned write_token(struct node *node, unsigned word, uintptr_t token)
{
    unsigned free_slot = 0;

    while (free_slot == registration_slot(word, READ_SLOT_SHIFT) ||
           free_slot == registration_slot(word, WRITE_SLOT_SHIFT))
        free_slot++;
    atomic_store_explicit(&node->tokens[free_slot], token, memory_order_relaxed);
    return free_slot;
}

/* Always fires if ready: who updates may have missed what was reported under the old interest.
 * True: the node is to be pushed. */
static bool update(struct node *node, uintptr_t token, uint32_t interest, uint32_t options)
{
    unsigned word = atomic_load_explicit(&node->word, memory_order_acquire), next;
    unsigned written = write_token(node, word, token);

    do {
        next = with(word, MIO_ALL_READINESS, INTEREST_SHIFT, interest);
        next = with(next, MIO_ALL_OPTIONS, OPTIONS_SHIFT, options);
        next = with(next, SLOT_MASK, WRITE_SLOT_SHIFT, written);
        if (of_interest(next))
            next |= QUEUED;
    } while (!atomic_compare_exchange_weak_explicit(&node->word, &word, next, memory_order_acq_rel,
                                                    memory_order_acquire));
    return (next & QUEUED) && !(word & QUEUED);
}

static int update_if(struct node *node, struct mio_event values, uint32_t options, bool registered,
                     bool registers)
{
    struct mio_hub *hub = atomic_load_explicit(&node->hub, memory_order_acquire);
    bool push = false;
    int err = 0;

    pthread_mutex_lock(&hub->update);
    if (node->registered != registered)
        err = registered ? -ENOENT : -EEXIST;
    else {
        node->registered = registers;
        push = update(node, values.token, values.readiness, options);
    }
    pthread_mutex_unlock(&hub->update);
    return push ? enqueue(node) : err;
}

static int registration_owned_by(const struct node *node, const struct mio_hub *hub)
{
    struct mio_hub *bound = atomic_load_explicit(&node->hub, memory_order_acquire);

    return !bound ? -ENOENT : bound == hub ? 0 : -EBUSY;
}

int mio_registration_register(struct mio_poll *poll, struct mio_registration *registration,
                              uintptr_t token, uint32_t interest, uint32_t options)
{
    struct node *node = (struct node *)registration;
    int err = mio_check(token, interest, options);

    if (!err)
        err = registration_bind_to(node, poll->hub);
    return err ? err : update_if(node, (struct mio_event){token, interest}, options, false, true);
}

int mio_registration_reregister(struct mio_poll *poll, struct mio_registration *registration,
                                uintptr_t token, uint32_t interest, uint32_t options)
{
    struct node *node = (struct node *)registration;
    int err = mio_check(token, interest, options);

    if (!err)
        err = registration_owned_by(node, poll->hub);
    return err ? err : update_if(node, (struct mio_event){token, interest}, options, true, true);
}

int mio_registration_deregister(struct mio_poll *poll, struct mio_registration *registration)
{
    struct node *node = (struct node *)registration;
    int err = registration_owned_by(node, poll->hub);

    return err ? err : update_if(node, (struct mio_event){0, 0}, 0, true, false);
}

/* ---- the producers' side ---- */

int mio_set_readiness(struct mio_set_readiness *set_readiness, uint32_t readiness)
{
    struct node *node = (struct node *)set_readiness;
    unsigned word = atomic_load_explicit(&node->word, memory_order_relaxed), next;

    if (readiness & ~(uint32_t)MIO_ALL_READINESS)
        return -EINVAL;
    do {
        if (word & DROPPED)
            return 0;
        next = with(word, MIO_ALL_READINESS, 0, readiness);
        if (of_interest(next))
            next |= QUEUED;
    } while (!atomic_compare_exchange_weak_explicit(&node->word, &word, next, memory_order_acq_rel,
                                                    memory_order_relaxed));
    return (next & QUEUED) && !(word & QUEUED) ? enqueue(node) : 0;
}

uint32_t mio_readiness(const struct mio_set_readiness *set_readiness)
{
    return atomic_load_explicit(&((const struct node *)set_readiness)->word, memory_order_acquire) &
           MIO_ALL_READINESS;
}
