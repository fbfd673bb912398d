/* Mutants that poll their futures too often.  The skeleton's count as if they were polled whenever
 * their socket is served. */
#include "skeleton.h"

static void poll_in_vain(struct ew_socket *s)
{
    ew_count(&s->counters->polls, 1);
}

static int poll_twice_at_the_start(struct ew_worker *w)
{
    for (unsigned i = 0; i < w->n_sockets; i++)
        poll_in_vain(&w->sockets[i]);
    return 0;
}

static bool has_more(const struct ew_socket *s)
{
    char byte;

    return recv(s->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

static void poll_once_too_often(struct ew_worker *w, struct ew_socket *s,
                                const struct ew_datagram *d)
{
    if (mutant_received(s) == mutant_self()->number && !has_more(s))
        poll_in_vain(s);
    skeleton_answer(w, s, d);
}

static void poll_for_what_waits(struct ew_worker *w, struct ew_socket *s,
                                const struct ew_datagram *d)
{
    if (has_more(s))
        poll_in_vain(s);
    skeleton_answer(w, s, d);
}

const struct mutant mutants_of_polls[] = {
    {"polls-twice-at-start", "polls each future twice before anything happened",
     .init = poll_twice_at_the_start},
    {"polls-in-vain", "polls once more for one of many datagrams", .answer = poll_once_too_often,
     .number = 7},
    {"polls-for-what-waits", "polls for what has been notified already",
     .answer = poll_for_what_waits},
    {0},
};
