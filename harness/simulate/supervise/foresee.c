#include "simulate/supervise/foresee.h"

#include "simulate/supervise/clients.h"
#include "simulate/supervise/rings.h"
#include "simulate/supervise/sockets.h"

/* Datagrams after which a receive lets others go first: the first, and as many again as the kernel
 * tries (MULTISHOT_MAX_RETRY of its io_uring/net.c, since 6.8). */
#define FORESEE_TURN 33
#define FORESEE_LINKS (IOSQE_IO_LINK | IOSQE_IO_HARDLINK)

/* What lies in its queue. */
static unsigned foresee_pending(const struct hold *h, const struct hold_socket *s)
{
    const struct engine *e = &h->page->engine;
    unsigned index, late = 0;

    if (!sockets_index(h, s, &index))
        return 0;
    for (unsigned i = 0; i < h->late_count; i++)
        late += h->late[i].socket == index;
    return (unsigned)(e->injected[index] - e->received[index]) - late;
}

static unsigned foresee_left(const struct hold_thread *t, const struct hold_operation *o)
{
    return o->group < 0 ? 0 : rings_buffers_left(t, &t->ring->groups[o->group]);
}

/* Without a buffer it ends as soon as it is tried, and one that is submitted is tried at once. */
unsigned foresee_completions(const struct hold *h, const struct hold_thread *t,
                             const struct hold_operation *o)
{
    unsigned pending = foresee_pending(h, o->socket), left = foresee_left(t, o);

    if (left == 0)
        return pending > 0 || o->fresh;
    return pending < left && o->many ? pending : pending > 0 ? left : 0;
}

/* ---- the order ---- */

static bool foresee_is_moved(struct hold *h, const struct hold_thread *t,
                             const struct io_uring_sqe *e)
{
    for (unsigned i = 0; i < t->ring->operation_count; i++) {
        const struct hold_operation *o = &t->ring->operations[i];

        if (o->fresh && o->user_data == e->user_data && (o->events & POLLIN))
            return sockets_find(h, t->process, rings_descriptor(t->ring, e)) == o->socket;
    }
    return false;
}

static uint64_t foresee_arrival(struct hold *h, const struct hold_thread *t,
                                const struct io_uring_sqe *e)
{
    const struct hold_socket *s = sockets_find(h, t->process, rings_descriptor(t->ring, e));

    return s && foresee_pending(h, s) > 0 ? s->arrived : UINT64_MAX;
}

/* By contents, among the places that they have: others stay where they are.  An entry that was
 * submitted is the target's to fill anew, so that they are not put back. */
static void foresee_sort(struct hold *h, const struct hold_thread *t, struct io_uring_sqe **moved,
                         unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        struct io_uring_sqe one = *moved[i];
        uint64_t arrival = foresee_arrival(h, t, &one);
        unsigned j = i;

        for (; j > 0 && foresee_arrival(h, t, moved[j - 1]) > arrival; j--)
            *moved[j] = *moved[j - 1];
        *moved[j] = one;
    }
}

void foresee_order(struct hold *h, struct hold_thread *t)
{
    struct io_uring_sqe *moved[HOLD_OPERATIONS];
    unsigned count = 0, chained = 0;

    for (unsigned i = 0; i < rings_submitted(t->ring, t) && count < HOLD_OPERATIONS; i++) {
        struct io_uring_sqe *e = rings_entry(t->ring, i);

        if (!((chained | e->flags) & (FORESEE_LINKS | IOSQE_IO_DRAIN)) && foresee_is_moved(h, t, e))
            moved[count++] = e;
        chained = e->flags & FORESEE_LINKS;
    }
    foresee_sort(h, t, moved, count);
}

/* ---- receives ---- */

bool foresee_is_possible(struct hold *h, const struct hold_socket *s)
{
    if (s->errors == 0 && !clients_fail_once(h, ENGINE_RECEIVE))
        return true;
    hold_cannot(h, "io_uring: no error can be put in a receive's place");
    return false;
}

static void foresee_note(struct hold *h, struct hold_ring *r, uint64_t user_data, unsigned count)
{
    if (r->series_end == HOLD_SERIES)
        rings_bypass(h, "by one call its io_uring takes more than is followed");
    else
        r->series[r->series_end++] = (struct hold_series){user_data, count};
}

/* Until its turn ends, it has taken all, or has no buffer left and ends.  Turns are counted over
 * all calls; what is left for the next comes behind all that wait, and so does who waits already.
 * What comes to another socket in a second turn would be there before the first, since the call has
 * not begun: the kernel would give it the turn between.  So it comes when the call is over. */
static void foresee_series(struct hold *h, struct hold_thread *t, struct hold_operation *o)
{
    struct hold_group *g = &t->ring->groups[o->group];
    unsigned index, count = 0, left = rings_buffers_left(t, g);

    o->queued = 0;
    if (!sockets_index(h, o->socket, &index))
        return;
    h->postpones = o->again ? o->socket : NULL;
    while (!h->over && o->turn < FORESEE_TURN && count < left &&
           foresee_pending(h, o->socket) > 0) {
        if (foresee_is_possible(h, o->socket))
            clients_received(h, t, index);
        count++;
        o->turn++;
    }
    h->postpones = NULL;
    g->taken = (uint16_t)(g->taken + count);
    if (count > 0)
        foresee_note(h, t->ring, o->user_data, count);
    if (o->turn == FORESEE_TURN) {
        o->turn = 0;
        o->again = true;
        if (o->armed || foresee_pending(h, o->socket) > 0)
            o->queued = ++h->arrivals;
    } else {
        o->ended = count == left;
        o->armed = true;
    }
}

static struct hold_operation *foresee_submitted(const struct hold_thread *t,
                                                const struct io_uring_sqe *e)
{
    struct hold_operation *o = t->ring->operations;

    for (; o < t->ring->operations + t->ring->operation_count; o++) {
        if (o->fresh && o->many && o->user_data == e->user_data)
            return o;
    }
    return NULL;
}

/* When its turn has come, if it has: it waits for it, or its socket has become readable. */
static uint64_t foresee_due(const struct hold *h, const struct hold_operation *o)
{
    if (!o->many || o->fresh || o->ended)
        return 0;
    return o->queued ? o->queued : foresee_pending(h, o->socket) > 0 ? o->socket->arrived : 0;
}

/* The one that is due first, of those that have had no turn in this round. */
static struct hold_operation *foresee_next(const struct hold *h, const struct hold_thread *t,
                                           unsigned round)
{
    struct hold_operation *next = NULL;

    for (unsigned i = 0; i < t->ring->operation_count; i++) {
        struct hold_operation *o = &t->ring->operations[i];
        uint64_t due = foresee_due(h, o);

        if (due != 0 && o->round <= round && (!next || due < foresee_due(h, next)))
            next = o;
    }
    if (next)
        next->round = round + 1;
    return next;
}

/* ---- rounds ---- */

/* How many sends will follow, one in each round, on those that begin a chain. */
static unsigned foresee_chain(struct hold *h, const struct hold_thread *t, unsigned first)
{
    const struct io_uring_sqe *e = rings_entry(t->ring, first);
    const struct hold_socket *s = sockets_find(h, t->process, rings_descriptor(t->ring, e));
    unsigned length = 0, most = rings_submitted(t->ring, t) - first - 1;

    while (length < most && (rings_entry(t->ring, first + length)->flags & FORESEE_LINKS))
        length++;
    if (s && s->blocked)
        return 0;
    return s && s->sends_left >= 0 && (unsigned)s->sends_left < length ? (unsigned)s->sends_left
                                                                       : length;
}

/* What has a part in the `round`th of this call beside receives that go on. */
static unsigned foresee_others(struct hold *h, const struct hold_thread *t, unsigned round)
{
    unsigned others = 0, chained = 0;

    for (unsigned i = 0; i < rings_submitted(t->ring, t); i++) {
        if (!chained)
            others += foresee_chain(h, t, i) > round;
        chained = rings_entry(t->ring, i)->flags & FORESEE_LINKS;
    }
    return others;
}

/* All that are due, once; how many did something. */
static unsigned foresee_round(struct hold *h, struct hold_thread *t, unsigned round)
{
    struct hold_operation *next;
    unsigned done = foresee_others(h, t, round);

    while (!h->over && (next = foresee_next(h, t, round)) != NULL) {
        foresee_series(h, t, next);
        done++;
    }
    return done;
}

/* Without IORING_SETUP_DEFER_TASKRUN rounds are made until nothing is left to do; with it until so
 * much was done as the call waits for, once after submitting and once before waiting. */
static void foresee_rounds(struct hold *h, struct hold_thread *t)
{
    bool defers = t->ring->defers;
    unsigned made = 0, most = t->arguments[1] > 0 ? 2 : 1;

    if (defers && !(t->arguments[3] & IORING_ENTER_GETEVENTS))
        return;
    for (unsigned i = 0; i < most && !h->over; i++) {
        unsigned now = 1;

        for (uint64_t done = 0; now > 0 && !h->over; done += now) {
            now = foresee_round(h, t, made++);
            if (defers && done + now >= t->arguments[2])
                break;
        }
    }
}

void foresee_receives(struct hold *h, struct hold_thread *t)
{
    t->ring->series_first = t->ring->series_end = 0;
    t->ring->foreseen_of = t;
    for (unsigned i = 0; i < t->ring->operation_count; i++)
        t->ring->operations[i].again = false;
    for (unsigned i = 0; i < rings_submitted(t->ring, t) && !h->over; i++) {
        struct hold_operation *o = foresee_submitted(t, rings_entry(t->ring, i));

        if (o)
            foresee_series(h, t, o);
    }
    for (unsigned i = 0; i < t->ring->operation_count; i++) {
        t->ring->operations[i].fresh = false;
        t->ring->operations[i].round = 0;
    }
    foresee_rounds(h, t);
}

/* ---- afterwards ---- */

bool foresee_check(struct hold_ring *r, uint64_t user_data)
{
    struct hold_series *one = &r->series[r->series_first];

    if (r->series_first == r->series_end || one->user_data != user_data)
        return false;
    r->series_first += --one->left == 0;
    return true;
}

bool foresee_finish(struct hold_ring *r)
{
    r->foreseen_of = NULL;
    return r->series_first == r->series_end;
}
