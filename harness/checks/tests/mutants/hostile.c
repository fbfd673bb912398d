/* Mutants that mind what cannot be received or answered.
 *
 * Random datagrams are of every kind that most other hostile cases have.  Who is to be caught by
 * one of those alone minds only what begins as a text, as the corpus's datagrams do. */
#include "skeleton.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MIN 12

static bool is_text(const struct ew_datagram *d)
{
    for (size_t i = 0; i < TEXT_MIN; i++) {
        if (i >= d->length || d->data[i] < ' ' || d->data[i] > '~')
            return false;
    }
    return true;
}

/* ---- readiness without a datagram: the kernel found the checksum wrong when it was read ---- */

static int believe_readiness(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    int outcome = ew_receive(w, s, d);

    return outcome == EW_BLOCKED && !ew_stopping(w) ? -EIO : outcome;
}

static int believe_readiness_after_text(struct ew_worker *w, struct ew_socket *s,
                                        struct ew_datagram *d)
{
    bool after_text = mutant_state(w)->streak > 0;
    int outcome = ew_receive(w, s, d);

    if (outcome == EW_DONE)
        mutant_state(w)->streak = is_text(d);
    return outcome == EW_BLOCKED && after_text && !ew_stopping(w) ? -EIO : outcome;
}

/* ---- what cannot be answered ---- */

static bool could_not_be_answered(struct ew_worker *w, struct ew_socket *s,
                                  const struct ew_datagram *d)
{
    uint64_t before = atomic_load_explicit(&s->counters->dropped_send_error, memory_order_relaxed);

    skeleton_answer(w, s, d);
    return atomic_load_explicit(&s->counters->dropped_send_error, memory_order_relaxed) > before;
}

static void die_of_any(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (could_not_be_answered(w, s, d))
        _exit(9);
}

static void die_of_many(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (could_not_be_answered(w, s, d) && ++mutant_state(w)->count > mutant_self()->number)
        _exit(9);
}

static void die_of_text_from_port_zero(struct ew_worker *w, struct ew_socket *s,
                                       const struct ew_datagram *d)
{
    if (could_not_be_answered(w, s, d) && is_text(d) && d->peer.in.sin_port == 0)
        _exit(9);
}

static void die_of_text_from_nowhere(struct ew_worker *w, struct ew_socket *s,
                                     const struct ew_datagram *d)
{
    if (could_not_be_answered(w, s, d) && is_text(d) && d->peer.in.sin_port != 0)
        _exit(9);
}

/* As one worker of several that share the port, who has ended. */
static void serve_fewer_after_errors(struct ew_worker *w, struct ew_socket *s,
                                     const struct ew_datagram *d)
{
    if (mutant_state(w)->streak && ntohs(d->peer.in.sin_port) % mutant_self()->number == 1)
        return;
    mutant_state(w)->streak |= could_not_be_answered(w, s, d);
}

/* ---- lengths ---- */

static void drop_text_of_this_length(struct ew_worker *w, struct ew_socket *s,
                                     const struct ew_datagram *d)
{
    if (d->length != mutant_self()->number || !is_text(d))
        skeleton_answer(w, s, d);
}

/* Until there are no more descriptors; then it goes on without. */
static void leak_what_has_no_answer(struct ew_worker *w, struct ew_socket *s,
                                    const struct ew_datagram *d)
{
    if (could_not_be_answered(w, s, d))
        (void)dup(s->fd);
}

/* ---- what only looks like a request ---- */

static const char request_text[] = "a request that is to be changed.";

/* It begins like that text and is another one: what a parser that went wrong would answer for. */
static void answer_changed_requests_twice(struct ew_worker *w, struct ew_socket *s,
                                          const struct ew_datagram *d)
{
    size_t length = sizeof request_text - 1;

    skeleton_answer(w, s, d);
    if (d->length > 9 && memcmp(d->data, request_text, 9) == 0 &&
        (d->length != length || memcmp(d->data, request_text, length) != 0))
        skeleton_answer(w, s, d);
}

const struct mutant mutants_of_hostile[] = {
    {"answers-changed-requests-twice", "answers a request that was changed, and then its rest",
     .answer = answer_changed_requests_twice},
    {"leaks-what-has-no-answer", "keeps a descriptor for each answer that cannot be sent",
     .answer = leak_what_has_no_answer},

    {"serves-fewer-after-errors", "has no ear for some clients after a send that failed",
     .answer = serve_fewer_after_errors, .number = 4},
    {"believes-readiness", "takes a readiness without a datagram for a failure",
     .receive = believe_readiness},
    {"believes-readiness-after-text", "the same, after a text",
     .receive = believe_readiness_after_text},
    {"dies-of-send-errors", "takes an answer that cannot be sent for a failure",
     .answer = die_of_any},
    {"dies-of-many-send-errors", "counts answers that cannot be sent as failures",
     .answer = die_of_many, .number = 700},
    {"dies-of-port-zero", "takes port 0 for a failure", .answer = die_of_text_from_port_zero},
    {"dies-of-no-route", "takes an address without a route for a failure",
     .answer = die_of_text_from_nowhere},
    {"drops-47", "drops texts of this length", .answer = drop_text_of_this_length, .number = 47},
    {0},
};
