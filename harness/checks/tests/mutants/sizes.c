/* Mutants that mind how large a datagram is and what comes beside it. */
#include "skeleton.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

/* As the later slots of a batch: too small for what is large, and nobody notices while datagrams
 * come one by one. */
static void cut_before_empty(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    struct ew_datagram shorter = *d;
    char byte;

    if (d->length > mutant_self()->number &&
        recv(s->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) == 0)
        shorter.length = mutant_self()->number;
    skeleton_answer(w, s, &shorter);
}

static int sizes_set_all(struct ew_worker *w, int level, int option, int value)
{
    for (unsigned i = 0; i < w->n_sockets; i++) {
        if (setsockopt(w->sockets[i].fd, level, option, &value, sizeof value) < 0)
            return -errno;
    }
    return 0;
}

/* What the kernel then joins is answered as one. */
static int join_trains(struct ew_worker *w)
{
    return sizes_set_all(w, IPPROTO_UDP, UDP_GRO, 1);
}

/* What the next datagrams were joined of; 0: they were not. */
static size_t segment_waiting(const struct ew_socket *s)
{
    int segment = 0;

    mutant_told(s, MSG_PEEK, IPPROTO_UDP, UDP_GRO, &segment, sizeof segment);
    return (size_t)segment;
}

/* Splits what was joined, as far as its buffer would hold it. */
static int split_short_trains(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    size_t segment = segment_waiting(s), room = mutant_self()->number;
    int outcome = ew_receive(w, s, d);

    if (outcome != EW_DONE || segment == 0 || d->length <= segment)
        return outcome;
    if (d->length > room)
        d->length = room - room % segment;
    while (d->length > segment) {
        struct ew_datagram first = *d;

        first.length = segment;
        skeleton_answer(w, s, &first);
        d->data += segment;
        d->length -= segment;
    }
    return EW_DONE;
}

/* As one send of equal datagrams (UDP_SEGMENT), which is refused beyond what one datagram holds. */
static void answer_short_trains(struct ew_worker *w, struct ew_socket *s,
                                const struct ew_datagram *d)
{
    struct skeleton *state = mutant_state(w);
    char byte;

    if (state->held.length != d->length || state->count != s->index)
        state->streak = 0;
    state->held.length = d->length;
    state->count = s->index;
    state->streak++;
    if (state->streak * d->length <= mutant_self()->number)
        skeleton_answer(w, s, d);
    if (recv(s->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) < 0)
        state->streak = 0;
}

/* A way out of the loop that forgets to tidy up. */
static void keep_a_descriptor_of_empty(struct ew_worker *w, struct ew_socket *s,
                                       const struct ew_datagram *d)
{
    if (d->length == 0)
        (void)dup(s->fd);
    skeleton_answer(w, s, d);
}

static int forbid_fragments(struct ew_worker *w)
{
    return w->sockets[0].local.any.sa_family == AF_INET
               ? sizes_set_all(w, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
               : 0;
}

const struct mutant mutants_of_sizes[] = {
    {"cuts-before-empty", "cuts a large datagram behind which an empty one waits",
     .answer = cut_before_empty, .number = 2048},
    {"answers-trains-as-one", "has datagrams joined (UDP_GRO) and does not split them",
     .init = join_trains},
    {"joins-into-small-buffers", "has datagrams joined (UDP_GRO) into a buffer for a jumbo frame",
     .init = join_trains, .receive = split_short_trains, .number = 9216},
    {"answers-too-long-trains", "answers equal datagrams as a train of any length",
     .answer = answer_short_trains, .number = 65507},
    {"leaks-of-empty", "keeps a descriptor for each empty datagram",
     .answer = keep_a_descriptor_of_empty},
    {"forbids-fragments", "sends nothing that has to be taken apart", .init = forbid_fragments},
    {0},
};
