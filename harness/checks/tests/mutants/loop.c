/* Mutants that answer themselves, or take others for themselves. */
#include "skeleton.h"

static bool loop_is_loopback(const union ew_address *a)
{
    return a->any.sa_family == AF_INET && ntohl(a->in.sin_addr.s_addr) >> 24 == 127;
}

/* The next datagram's source; false when there is none. */
static bool peek(const struct ew_socket *s, union ew_address *peer)
{
    socklen_t length = sizeof *peer;
    char byte;

    return recvfrom(s->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT, &peer->any, &length) >= 0 &&
           length > 0;
}

/* What ew_receive() does, without a look at who it is from. */
static int receive_from_anybody(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    socklen_t length = sizeof d->peer;
    ssize_t n = recvfrom(s->fd, w->buffer, w->config->datagram_max, MSG_DONTWAIT, &d->peer.any,
                         &length);

    if (n < 0)
        return EW_BLOCKED;
    d->asked.any.sa_family = AF_UNSPEC;
    d->data = w->buffer;
    d->length = (size_t)n;
    ew_count(&s->counters->datagrams_received, 1);
    return EW_DONE;
}

static int answer_itself(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    union ew_address peer = {.any.sa_family = AF_UNSPEC};
    bool own = !s->wildcard && peek(s, &peer) && mutant_same_peer(&peer, &s->local);

    return (own ? receive_from_anybody : ew_receive)(w, s, d);
}

static int answer_its_sibling(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    union ew_address peer = {.any.sa_family = AF_UNSPEC};
    bool own = false;

    if (w->n_sockets > 1 && peek(s, &peer))
        own = mutant_same_peer(&peer, &w->sockets[!s->index].local);
    return (own ? receive_from_anybody : ew_receive)(w, s, d);
}

static int answer_another_address(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    union ew_address peer = {.any.sa_family = AF_UNSPEC};
    bool own = s->wildcard && peek(s, &peer) && loop_is_loopback(&peer) &&
               peer.in.sin_port == s->local.in.sin_port;

    return (own ? receive_from_anybody : ew_receive)(w, s, d);
}

static void refuse_its_own_number(struct ew_worker *w, struct ew_socket *s,
                                  const struct ew_datagram *d)
{
    if (!s->wildcard && d->peer.in.sin_port == s->local.in.sin_port)
        ew_count(&s->counters->dropped_own_source, 1);
    else
        skeleton_answer(w, s, d);
}

const struct mutant mutants_of_loop[] = {
    {"answers-itself", "answers what seems to come from itself", .receive = answer_itself},
    {"answers-its-sibling", "answers what seems to come from its other socket",
     .receive = answer_its_sibling},
    {"answers-another-address", "knows itself under one address only",
     .receive = answer_another_address},
    {"refuses-its-number", "takes everybody with its port number for itself",
     .answer = refuse_its_own_number},
    {0},
};
