#include "core/train.h"

#include "core/steps.h"

#include <netinet/udp.h>
#include <string.h>

/* What the kernel takes as one train: UDP_MAX_SEGMENTS of before Linux 6.9, and one IP packet. */
#define TRAIN_DATAGRAMS 64u
#define TRAIN_BYTES EW_DATAGRAM_MAX
/* Larger ones are sent one by one: on an Ethernet (1,500 bytes, of which IPv6 and UDP take 48) the
 * kernel refuses trains of datagrams that it would have to cut. */
#define TRAIN_SEGMENT 1452u

bool ew_knows_trains(const struct ew_worker *w)
{
    int off = 0;

    return w->n_sockets > 0 &&
           setsockopt(w->sockets[0].fd, IPPROTO_UDP, UDP_SEGMENT, &off, sizeof off) == 0;
}

/* ---- which answers leave as one message ---- */

/* By its members: what lies between them, and flow labels, say nothing of whom it is. */
static bool train_same_address(const union ew_address *a, const union ew_address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET)
        return a->in.sin_port == b->in.sin_port && a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
    return a->any.sa_family == AF_UNSPEC ||
           (a->in6.sin6_port == b->in6.sin6_port && a->in6.sin6_scope_id == b->in6.sin6_scope_id &&
            IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr));
}

static bool train_same_peer(const struct ew_datagram *a, const struct ew_datagram *b)
{
    return train_same_address(&a->peer, &b->peer) && train_same_address(&a->asked, &b->asked);
}

struct ew_train ew_train_of(unsigned first, const struct ew_datagram *d)
{
    return (struct ew_train){.first = first,
                             .n = 1,
                             .bytes = d->length,
                             .segment = d->segment ? d->segment : d->length,
                             .last = d->length};
}

bool ew_train_add(struct ew_train *t, const struct ew_datagram *behind, const struct ew_datagram *d)
{
    if (d->segment > 0 || behind->segment > 0 || d->length == 0 || t->last != t->segment ||
        d->length > t->segment || t->segment > TRAIN_SEGMENT || t->n == TRAIN_DATAGRAMS ||
        t->bytes + d->length > TRAIN_BYTES || !train_same_peer(behind, d))
        return false;
    t->n++;
    t->bytes += d->length;
    t->last = d->length;
    return true;
}

/* ---- how ---- */

static void train_put_segment(struct msghdr *message, size_t segment)
{
    struct cmsghdr *c = (void *)((char *)message->msg_control + message->msg_controllen);
    uint16_t bytes = (uint16_t)segment;

    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof bytes);
    memcpy(CMSG_DATA(c), &bytes, sizeof bytes);
    message->msg_controllen += CMSG_SPACE(sizeof bytes);
}

void ew_train_address(const struct ew_train *t, struct ew_datagram *d, struct msghdr *message,
                      union ew_train_control *control)
{
    *message = (struct msghdr){
        .msg_name = &d->peer, .msg_namelen = ew_address_length(&d->peer), .msg_control = control};
    if (d->asked.any.sa_family != AF_UNSPEC) {
        message->msg_controllen = sizeof *control;
        ew_put_asked_address(message, &d->asked);
    }
    if (t->n > 1 || d->segment)
        train_put_segment(message, t->segment);
    if (message->msg_controllen == 0)
        message->msg_control = NULL;
}
