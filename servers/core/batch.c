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

/* ---- making ---- */

/* Without UDP_SEGMENT nobody is to be given a train. */
static bool batch_asks_for_trains(const struct ew_worker *w)
{
    int on = 1;

    for (unsigned i = 0; i < w->n_sockets; i++)
        if (setsockopt(w->sockets[i].fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0)
            return false;
    return true;
}

int ew_batch_init(struct ew_batch *b, struct ew_worker *w, bool takes_trains)
{
    size_t largest = (size_t)w->config->datagram_max + 1;

    b->sends_trains = ew_knows_trains(w);
    b->takes_trains = takes_trains && b->sends_trains && w->config->when_full != EW_FULL_PAUSE &&
                      batch_asks_for_trains(w);
    if (b->takes_trains &&
        largest <= EW_DATAGRAM_MAX) /* a train is as long as any datagram may be */
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
        if (b->takes_trains)
            batch_take_segment(message, &b->received[i]);
    }
    *outcome = EW_DONE;
    return (unsigned)n;
}

/* ---- sending ---- */

static void batch_answer(struct ew_batch *b, struct ew_datagram *d)
{
    unsigned i = b->n_datagrams++;

    b->out_vectors[i] = (struct iovec){.iov_base = d->data, .iov_len = d->length};
    b->answers[i] = d;
    if (i == 0 || !b->sends_trains ||
        !ew_train_add(&b->messages[b->n_messages - 1], b->answers[i - 1], d))
        b->messages[b->n_messages++] = ew_train_of(i, d);
}

static void batch_address(struct ew_batch *b, unsigned i)
{
    const struct ew_train *m = &b->messages[i];
    struct msghdr *message = &b->out[i].msg_hdr;

    ew_train_address(m, b->answers[m->first], message, &b->out_controls[i]);
    message->msg_iov = &b->out_vectors[m->first];
    message->msg_iovlen = m->n;
}

/* What sendmmsg(2) left, by the rules of one datagram: it does not say why, and of a train the
 * kernel may take the beginning only as plain datagrams.  Once it blocks, all wait. */
static void batch_send_singly(const struct ew_batch *b, struct ew_worker *w, struct ew_socket *s,
                              const struct ew_train *m)
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
