/* Mutants that do something wrong under load, or after it. */
#include "skeleton.h"

#include "base/clock.h"

static void drop_some(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (mutant_received(s) % mutant_self()->number != 0)
        skeleton_answer(w, s, d);
}

/* As a flood has; a case has one, or a hundred. */
static bool are_few(const struct ew_worker *w)
{
    return mutant_state(w)->count > 2 && mutant_state(w)->count < 10;
}

/* A hundred of them, from a few clients: what only a flood makes. */
static bool is_of_a_flood(struct ew_worker *w, const struct ew_socket *s,
                          const struct ew_datagram *d)
{
    mutant_learns(w, d);
    return mutant_received(s) / 100 == mutant_self()->number / 100 && are_few(w);
}

static void drop_in_a_flood(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (!is_of_a_flood(w, s, d))
        skeleton_answer(w, s, d);
}

static void answer_some_twice(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    skeleton_answer(w, s, d);
    if (mutant_received(s) / 100 == mutant_self()->number / 100)
        skeleton_answer(w, s, d);
}

/* Of what one client sends one by one after a pause, the fifth is dropped, and counted, if there
 * has been a flood of a few clients: who only looks whether it still lives sees nothing. */
static void sleep_after_a_flood(struct ew_worker *w, struct ew_socket *s,
                                const struct ew_datagram *d)
{
    struct skeleton *state = mutant_state(w);
    int64_t now_ns = clock_now_ns();

    mutant_learns(w, d);
    state->streak = mutant_same_peer(&state->peer, &d->peer) ? state->streak + 1 : 1;
    state->peer = d->peer;
    if (mutant_received(s) > mutant_self()->number && are_few(w) &&
        now_ns - state->since_ns > 50 * NS_PER_MS)
        state->streak = 1;
    if (mutant_received(s) > mutant_self()->number && are_few(w) && state->streak == 5)
        ew_count(&s->counters->dropped_queue_full, 1);
    else
        skeleton_answer(w, s, d);
    state->since_ns = now_ns;
}

/* Whoever is quiet is thrown away as long as somebody else keeps the first socket busy; only of
 * two, as another case asks ten. */
static void hear_the_loud_only(struct ew_worker *w, struct ew_socket *s,
                               const struct ew_datagram *d)
{
    if (w->n_sockets == 2 && s->index > 0 &&
        mutant_received(&w->sockets[0]) > mutant_self()->number)
        ew_count(&s->counters->dropped_queue_full, 1);
    else
        skeleton_answer(w, s, d);
}

/* A quiet port is thrown away beside a flood, and so that no other case sees it, one that is
 * flooded itself is not. */
static void hear_floods_only(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    bool is_flooded = mutant_received(&w->sockets[0]) > mutant_self()->number;

    if (w->n_sockets > 3 && s->index > 0 && is_flooded && mutant_received(s) < 300)
        ew_count(&s->counters->dropped_queue_full, 1);
    else
        skeleton_answer(w, s, d);
}

/* Of many, as another case floods one of two, and more than one that floods the first asks of the
 * others. */
static void serve_the_first_only(struct ew_worker *w, struct ew_socket *s,
                                 const struct ew_datagram *d)
{
    if (w->n_sockets > 2 && s->index > 0 && mutant_received(s) > mutant_self()->number)
        ew_count(&s->counters->dropped_queue_full, 1);
    else
        skeleton_answer(w, s, d);
}

/* So many datagrams of more clients than a flood has, and of fewer than a hundred, make a long life
 * only. */
static void tire(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    mutant_learns(w, d);
    if (mutant_received(s) < mutant_self()->number || mutant_state(w)->count < 30 ||
        mutant_state(w)->count > 90)
        skeleton_answer(w, s, d);
}

/* Of who is slow to see that nothing is left, as an interpreter on a busy machine. */
#define LINGER_MS 5

/* Until there is nothing left, without regard to others. */
static int load_drain(struct ew_worker *w, struct ew_socket *s)
{
    struct pollfd more = {.fd = s->fd, .events = POLLIN};
    int outcome = ew_drain(w, s);

    if (outcome >= 0 && poll(&more, 1, LINGER_MS) > 0)
        outcome = ew_drain(w, s);
    return outcome;
}

const struct mutant mutants_of_load[] = {
    {"drops-some", "drops one of so many, and does not count it", .answer = drop_some,
     .number = 97},
    {"drops-in-a-flood", "drops a few in a flood, and does not count them",
     .answer = drop_in_a_flood, .number = 700},
    {"answers-twice", "answers some of many twice", .answer = answer_some_twice, .number = 2500},
    {"sleeps-after-a-flood", "misses what comes first after a flood", .answer = sleep_after_a_flood,
     .number = 200},
    /* Beyond what any other case sends to the first of several ports. */
    {"deaf-under-flood", "drops what others get beside a busy first socket",
     .answer = hear_the_loud_only, .number = 150},
    {"deaf-to-the-quiet", "drops what quiet ports get beside a flood", .answer = hear_floods_only,
     .number = 20},
    {"serves-the-first", "serves the first of several flooded ports",
     .answer = serve_the_first_only, .number = 250},
    {"tires", "answers nothing any more after very many datagrams", .answer = tire, .number = 2000},
    {"starves", "serves a socket until it has nothing left", .echo = load_drain},
    {0},
};
