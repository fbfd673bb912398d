/* Mutants that do something wrong with answers that cannot be sent yet. */
#include "skeleton.h"

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

/* What was refused goes behind the others.  When the kernel takes nothing, the first of them is
 * refused.  Told to pause, it behaves, so that another case does not see it. */
static void put_back_at_the_end(struct ew_worker *w, struct ew_socket *s)
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

const struct mutant mutants_of_blocked[] = {
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
     .flush = put_back_at_the_end},
    {"forgets-what-waits", "throws away what waits when it could be sent", .flush = blocked_forget},
    {"never-resumes", "does not read again after a pause", .wants_read = stop_reading},
    {.name = NULL},
};
