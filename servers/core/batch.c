#include "core/batch.h"

#include "core/steps.h"

#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

/* A line of the cache: two datagrams share none. */
#define SLOT_ALIGN 64u
/* Some lines more: the first bytes of datagrams that lay a power of two apart would all compete for
 * the same few places in each cache. */
#define SLOT_APART (5 * SLOT_ALIGN)
/* What the kernel takes as one train: UDP_MAX_SEGMENTS of before Linux 6.9, and one IP packet. */
#define TRAIN_DATAGRAMS 64u
#define TRAIN_BYTES EW_DATAGRAM_MAX
/* Larger ones are sent one by one: on an Ethernet (1,500 bytes, of which IPv6 and UDP take 48) the
 * kernel refuses trains of datagrams that it would have to cut. */
#define TRAIN_SEGMENT 1452u

/* ---- making ---- */

/* Both, or neither: a kernel that does not know UDP_SEGMENT would send a train as one datagram. */
static bool batch_knows_trains(const struct ew_worker *w)
{
    int on = 1, off = 0;

    for (unsigned i = 0; i < w->n_sockets; i++) {
        int fd = w->sockets[i].fd;

        if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &off, sizeof off) < 0)
            return false;
    }
    for (unsigned i = 0; i < w->n_sockets; i++)
        if (setsockopt(w->sockets[i].fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0)
            return false;
    return true;
}

int ew_batch_init(struct ew_batch *b, struct ew_worker *w, bool trains)
{
    size_t largest = (size_t)w->config->datagram_max + 1;

    b->trains = trains && w->config->when_full != EW_FULL_PAUSE && batch_knows_trains(w);
    if (trains && largest <= EW_DATAGRAM_MAX) /* a train is as long as any datagram may be */
        largest = (size_t)EW_DATAGRAM_MAX + 1;
    b->largest = largest;
    b->slot = (largest + SLOT_ALIGN - 1) / SLOT_ALIGN * SLOT_ALIGN + SLOT_APART;
    b->room = w->config->budget < EW_BATCH_MAX ? w->config->budget : EW_BATCH_MAX;
    b->used = b->room;
    b->memory = malloc(b->room * b->slot);
    return b->memory ? 0 : -ENOMEM;
}

void ew_batch_fini(struct ew_batch *b)
{
    free(b->memory);
    b->memory = NULL;
}

/* ---- receiving ---- */

static void batch_prepare(struct ew_batch *b, unsigned i)
{
    struct ew_datagram *d = &b->received[i];
    struct msghdr *message = &b->in[i].msg_hdr;

    d->data = b->memory + i * b->slot;
    d->segment = 0;
    memset(&d->asked, 0, sizeof d->asked); /* AF_UNSPEC, and no port */
    b->in_vectors[i] = (struct iovec){.iov_base = d->data, .iov_len = b->largest};
    *message = (struct msghdr){.msg_name = &d->peer,
                               .msg_namelen = sizeof d->peer,
                               .msg_iov = &b->in_vectors[i],
                               .msg_iovlen = 1,
                               .msg_control = &b->in_controls[i],
                               .msg_controllen = sizeof b->in_controls[i]};
}

/* A train of one datagram is none. */
static void batch_take_segment(struct msghdr *message, struct ew_datagram *d)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int segment;

            memcpy(&segment, CMSG_DATA(c), sizeof segment);
            if (segment > 0 && (size_t)segment < d->length)
                d->segment = (uint16_t)segment;
        }
}

/* The number of messages, or what ew_receive_failed() makes of the error in `outcome`. */
static unsigned batch_receive(struct ew_batch *b, struct ew_worker *w, struct ew_socket *s,
                              unsigned most, int *outcome)
{
    int n;

    for (; b->used > 0; b->used--) /* those that were never filled are as they were */
        batch_prepare(b, b->used - 1);
    n = recvmmsg(s->fd, b->in, most, MSG_DONTWAIT, NULL);
    if (n < 0) {
        *outcome = ew_receive_failed(w, s, errno);
        return 0;
    }
    b->used = (unsigned)n;
    for (unsigned i = 0; i < b->used; i++) {
        struct msghdr *message = &b->in[i].msg_hdr;

        b->received[i].length = b->in[i].msg_len;
        if (s->wildcard)
            ew_take_asked_address(message, &b->received[i].asked);
        if (b->trains)
            batch_take_segment(message, &b->received[i]);
    }
    *outcome = EW_DONE;
    return (unsigned)n;
}

/* ---- which answers leave as one message ---- */

/* By its members: what lies between them, and flow labels, say nothing of whom it is. */
static bool batch_same_address(const union ew_address *a, const union ew_address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET)
        return a->in.sin_port == b->in.sin_port && a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
    return a->any.sa_family == AF_UNSPEC ||
           (a->in6.sin6_port == b->in6.sin6_port && a->in6.sin6_scope_id == b->in6.sin6_scope_id &&
            IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr));
}

static bool batch_same_peer(const struct ew_datagram *a, const struct ew_datagram *b)
{
    return batch_same_address(&a->peer, &b->peer) && batch_same_address(&a->asked, &b->asked);
}

/* A train goes on while all are as long as the first; a shorter one ends it (udp(7)). */
static bool batch_joins(const struct ew_batch *b, const struct ew_batch_message *m,
                        const struct ew_datagram *d)
{
    const struct ew_datagram *last = b->answers[m->first + m->n - 1];

    return d->segment == 0 && last->segment == 0 && d->length > 0 && m->last == m->segment &&
           d->length <= m->segment && m->segment <= TRAIN_SEGMENT && m->n < TRAIN_DATAGRAMS &&
           m->bytes + d->length <= TRAIN_BYTES && batch_same_peer(last, d);
}

static void batch_answer(struct ew_batch *b, struct ew_datagram *d)
{
    struct ew_batch_message *m = b->n_messages ? &b->messages[b->n_messages - 1] : NULL;

    if (!m || !b->trains || !batch_joins(b, m, d)) {
        m = &b->messages[b->n_messages++];
        *m = (struct ew_batch_message){.first = b->n_datagrams,
                                       .segment = d->segment ? d->segment : d->length};
    }
    b->out_vectors[b->n_datagrams] = (struct iovec){.iov_base = d->data, .iov_len = d->length};
    b->answers[b->n_datagrams++] = d;
    m->n++;
    m->bytes += d->length;
    m->last = d->length;
}

/* ---- sending ---- */

static void batch_put_segment(struct msghdr *message, size_t segment)
{
    struct cmsghdr *c = (void *)((char *)message->msg_control + message->msg_controllen);
    uint16_t bytes = (uint16_t)segment;

    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof bytes);
    memcpy(CMSG_DATA(c), &bytes, sizeof bytes);
    message->msg_controllen += CMSG_SPACE(sizeof bytes);
}

static void batch_address(struct ew_batch *b, unsigned i)
{
    const struct ew_batch_message *m = &b->messages[i];
    struct ew_datagram *d = b->answers[m->first];
    struct msghdr *message = &b->out[i].msg_hdr;

    *message = (struct msghdr){.msg_name = &d->peer,
                               .msg_namelen = ew_address_length(&d->peer),
                               .msg_iov = &b->out_vectors[m->first],
                               .msg_iovlen = m->n,
                               .msg_control = &b->out_controls[i]};
    if (d->asked.any.sa_family != AF_UNSPEC) {
        message->msg_controllen = sizeof b->out_controls[i];
        ew_put_asked_address(message, &d->asked);
    }
    if (m->n > 1 || d->segment)
        batch_put_segment(message, m->segment);
    if (message->msg_controllen == 0)
        message->msg_control = NULL;
}

/* What sendmmsg(2) left, by the rules of one datagram: it does not say why, and of a train the
 * kernel may take the beginning only as plain datagrams.  Once it blocks, all wait. */
static void batch_send_singly(const struct ew_batch *b, struct ew_worker *w, struct ew_socket *s,
                              const struct ew_batch_message *m)
{
    struct ew_datagram piece;

    for (unsigned i = m->first; i < m->first + m->n; i++)
        for (unsigned j = 0; ew_piece(b->answers[i], j, &piece); j++)
            ew_answer(w, s, &piece);
}

static void batch_send(struct ew_batch *b, struct ew_worker *w, struct ew_socket *s)
{
    unsigned done = 0;

    for (unsigned i = 0; i < b->n_messages; i++)
        batch_address(b, i);
    while (done < b->n_messages) {
        /* Whoever waits goes first, or the order would be lost. */
        int n = ew_wants_write(s) ? 0 : sendmmsg(s->fd, b->out + done, b->n_messages - done, 0);
        unsigned end = n > 0 ? done + (unsigned)n : done;

        for (; done < end; done++)
            for (unsigned i = 0; i < b->messages[done].n; i++)
                ew_note_sent(w, s, b->answers[b->messages[done].first + i]);
        if (done < b->n_messages)
            batch_send_singly(b, w, s, &b->messages[done++]);
    }
}

/* ---- the echo rule ---- */

/* What is taken must have room if it is refused, where reading is to pause before it has not. */
static unsigned batch_room(const struct ew_batch *b, const struct ew_worker *w,
                           const struct ew_socket *s, unsigned most)
{
    unsigned left = s->queue.capacity - s->queue.count;

    if (most > b->room)
        most = b->room;
    return w->config->when_full == EW_FULL_PAUSE && left < most ? left : most;
}

static void batch_tell_pending(const struct ew_worker *w, const struct ew_socket *s,
                               const struct ew_datagram *d, unsigned *pending)
{
    for (unsigned n = ew_pieces(d); n > 0; n--)
        ew_log_text(w, s, EW_LOG_PENDING, ++*pending, NULL);
}

int ew_batch_echo(struct ew_batch *b, struct ew_worker *w, struct ew_socket *s)
{
    unsigned left = w->config->budget, most, n;
    int outcome;

    do {
        unsigned pending = s->queue.count;

        most = batch_room(b, w, s, left);
        if (most == 0 || ew_stopping(w))
            return EW_BLOCKED;
        n = batch_receive(b, w, s, most, &outcome);
        if (n == 0)
            return outcome;
        b->n_datagrams = b->n_messages = 0;
        for (unsigned i = 0; i < n; i++)
            if (ew_accept(w, s, &b->received[i]) == EW_DONE) {
                batch_tell_pending(w, s, &b->received[i], &pending);
                batch_answer(b, &b->received[i]);
            }
        batch_send(b, w, s);
        left -= n;
    } while (left > 0 && n == most);
    return left > 0 ? EW_BLOCKED : EW_DONE;
}
