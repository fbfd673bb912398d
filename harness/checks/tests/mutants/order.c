/* Mutants that change the order of answers. */
#include "skeleton.h"

static void note_peer(struct skeleton *state, const struct ew_datagram *d)
{
    state->streak = mutant_same_peer(&state->peer, &d->peer) ? state->streak + 1 : 1;
    state->peer = d->peer;
}

/* Takes another datagram, if one waits, and answers it first if it is the same client's. */
static int swap_with_next(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *first)
{
    struct ew_datagram second;
    int outcome;

    mutant_keep(w, first);
    outcome = ew_receive(w, s, &second);
    if (outcome == EW_DONE && mutant_same_peer(&second.peer, &first->peer)) {
        skeleton_answer(w, s, &second);
        skeleton_answer(w, s, &mutant_state(w)->held);
    } else {
        skeleton_answer(w, s, &mutant_state(w)->held);
        if (outcome == EW_DONE)
            skeleton_answer(w, s, &second);
    }
    return outcome < 0 ? outcome : EW_DONE;
}

static int swap(struct ew_worker *w, struct ew_socket *s)
{
    struct ew_datagram d;
    int outcome = ew_receive(w, s, &d);

    if (outcome != EW_DONE)
        return outcome;
    if (s->index >= mutant_self()->number)
        return swap_with_next(w, s, &d);
    skeleton_answer(w, s, &d);
    return outcome;
}

/* A client that has long been alone, and talks much: what a fast path would be made for. */
static int swap_in_long_talk(struct ew_worker *w, struct ew_socket *s)
{
    struct skeleton *state = mutant_state(w);
    struct ew_datagram d;
    int outcome = ew_receive(w, s, &d);

    if (outcome != EW_DONE)
        return outcome;
    note_peer(state, &d);
    if (state->streak > mutant_self()->number)
        return swap_with_next(w, s, &d);
    skeleton_answer(w, s, &d);
    return outcome;
}

/* One datagram is held back until the same client's next one, while many others talk. */
static void hold_one_back(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    struct skeleton *state = mutant_state(w);

    mutant_learns(w, d);
    if (state->streak == 0 && state->count > 50 && mutant_received(s) > mutant_self()->number) {
        state->streak = 1;
        mutant_keep(w, d);
        return;
    }
    skeleton_answer(w, s, d);
    if (state->streak == 1 && mutant_same_peer(&state->held.peer, &d->peer)) {
        skeleton_answer(w, s, &state->held);
        state->streak = 2;
    }
}

const struct mutant mutants_of_order[] = {
    {"swaps", "swaps two datagrams of one client that wait", .echo = swap},
    {"swaps-on-third-port", "swaps two datagrams that wait on any port but the first two",
     .echo = swap, .number = 2},
    {"swaps-in-long-talk", "swaps two datagrams of a client that was long alone",
     .echo = swap_in_long_talk, .number = 1500},
    {"swaps-among-many", "answers one of many clients in the wrong order, once",
     .answer = hold_one_back, .number = 300},
    {0},
};
