/* Mutants that do something wrong with answers that cannot be sent yet. */
#include "skeleton.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int hold_more(struct ew_worker *w)
{
    for (unsigned i = 0; i < w->n_sockets; i++)
        w->sockets[i].queue.capacity += mutant_self()->number;
    return 0;
}

static int hold_less(struct ew_worker *w)
{
    for (unsigned i = 0; i < w->n_sockets; i++)
        w->sockets[i].queue.capacity -= mutant_self()->number;
    return 0;
}

/* A timer, say, for when to try again. */
static void keep_a_descriptor_when_refused(struct ew_worker *w, struct ew_socket *s,
                                           const struct ew_datagram *d)
{
    if (!ew_wants_write(s) && ew_send(w, s, d) != EW_BLOCKED)
        return;
    (void)dup(w->stop_fd);
    ew_hold(w, s, d);
}

/* To try again later, which nobody does. */
static void keep_what_was_refused(struct ew_worker *w, struct ew_socket *s,
                                  const struct ew_datagram *d)
{
    static struct kept {
        struct kept *next;
        uint8_t data[EW_DATAGRAM_MAX];
    } * all;
    struct kept *one;

    if (!ew_wants_write(s) && ew_send(w, s, d) != EW_BLOCKED)
        return;
    one = malloc(offsetof(struct kept, data) + d->length);
    if (one) {
        one->next = all;
        memcpy(one->data, d->data, d->length);
        all = one;
    }
    ew_hold(w, s, d);
}

/* The newest tries first, though others wait. */
static void overtake(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (ew_send(w, s, d) == EW_BLOCKED)
        ew_hold(w, s, d);
}

static void forget_blocked(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (ew_send(w, s, d) == EW_BLOCKED)
        ew_count(&s->counters->dropped_queue_full, 1);
}

/* What waits is sent when the next datagram comes. */
static bool never_wants_write(const struct ew_worker *w, const struct ew_socket *s)
{
    (void)w, (void)s;
    return false;
}

static int flush_and_echo(struct ew_worker *w, struct ew_socket *s)
{
    ew_flush(w, s);
    return skeleton_echo(w, s);
}

/* Reads nothing while anything waits to be sent. */
static bool reads_or_sends(const struct ew_worker *w, const struct ew_socket *s)
{
    return ew_wants_read(w, s) && !ew_wants_write(s);
}

/* Looks again and again whether there is room. */
static int restless_while_blocked(const struct ew_worker *w)
{
    for (unsigned i = 0; i < w->n_sockets; i++) {
        if (ew_wants_write(&w->sockets[i]))
            return 0;
    }
    return -1;
}

/* When the kernel takes nothing, the first of them is refused. */
void mutant_put_back_at_the_end(struct ew_worker *w, struct ew_socket *s)
{
    struct ew_datagram d;

    if (w->config->when_full == EW_FULL_DROP && s->queue.count > 1 &&
        ew_queue_front(&s->queue, &d)) {
        mutant_keep(w, &d);
        ew_queue_pop(&s->queue);
        /* there is room: one has just left */
        (void)ew_queue_push(&s->queue, &mutant_state(w)->held);
    }
    ew_flush(w, s);
}

static void blocked_forget(struct ew_worker *w, struct ew_socket *s)
{
    while (w->config->when_full == EW_FULL_DROP && s->queue.count > 0)
        ew_queue_pop(&s->queue);
    ew_flush(w, s);
}

/* Reading stopped once is stopped for ever. */
static bool stop_reading(const struct ew_worker *w, const struct ew_socket *s)
{
    mutant_state(w)->streak |= !ew_wants_read(w, s);
    return !mutant_state(w)->streak;
}

/* Of fewer clients it takes care: other cases have one, and look in with a second. */
#define CLIENTS_CONFUSED 4

/* What waits goes to whoever asked last. */
static void blocked_send_to_last(struct ew_worker *w, struct ew_socket *s)
{
    struct ew_datagram d;

    while (mutant_state(w)->count >= CLIENTS_CONFUSED && ew_queue_front(&s->queue, &d)) {
        d.peer = mutant_state(w)->peer;
        if (ew_send(w, s, &d) == EW_BLOCKED)
            return;
        ew_queue_pop(&s->queue);
    }
    ew_flush(w, s);
}

static void blocked_note_peer(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    mutant_learns(w, d);
    mutant_state(w)->peer = d->peer;
    skeleton_answer(w, s, d);
}

/* Counts how often all that waited has left. */
static void blocked_count_ends(struct ew_worker *w, struct ew_socket *s)
{
    bool waited = ew_wants_write(s);

    ew_flush(w, s);
    mutant_state(w)->count += waited && !ew_wants_write(s);
}

/* The second time that anything waits, reading stops for ever; told to pause, it behaves, because
 * then that comes and goes all the time. */
static bool blocked_read_once(const struct ew_worker *w, const struct ew_socket *s)
{
    struct skeleton *state = mutant_state(w);

    state->streak |= w->config->when_full == EW_FULL_DROP && state->count > 0 && ew_wants_write(s);
    return state->streak == 0 && ew_wants_read(w, s);
}

const struct mutant mutants_of_blocked[] = {
    {"answers-the-last", "sends what waits to whoever asked last", .answer = blocked_note_peer,
     .flush = blocked_send_to_last},
    {"deaf-the-second-time", "does not read again after it had to wait twice",
     .wants_read = blocked_read_once, .flush = blocked_count_ends},

    {"leaks-when-refused", "keeps a descriptor for each answer that was refused",
     .answer = keep_a_descriptor_when_refused},
    {"keeps-what-was-refused", "keeps a copy of each answer that was refused",
     .answer = keep_what_was_refused},
    {"holds-one-more", "holds one answer more than it was told", .init = hold_more, .number = 1},
    {"holds-one-less", "holds one answer less than it was told", .init = hold_less, .number = 1},
    {"overtakes", "sends the newest although others wait", .answer = overtake},
    {"forgets-blocked", "forgets what cannot be sent at once", .answer = forget_blocked},
    {"flushes-with-the-next", "sends what waits when the next datagram comes",
     .wants_write = never_wants_write, .echo = flush_and_echo},
    {"reads-or-sends", "reads nothing while something waits", .wants_read = reads_or_sends},
    {"restless-while-blocked", "asks again and again whether there is room",
     .timeout = restless_while_blocked},
    {"back-of-queue", "puts a reply that was refused at the end of its queue",
     .flush = mutant_put_back_at_the_end},
    {"forgets-what-waits", "throws away what waits when it could be sent", .flush = blocked_forget},
    {"never-resumes", "does not read again after a pause", .wants_read = stop_reading},
    {.name = NULL},
};
