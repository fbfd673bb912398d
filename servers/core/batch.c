#include "core/internal.h"

#include <stdlib.h>
#include <sys/uio.h>

/* Datagrams lie so far apart that their first bytes do not share the few places that a cache has
 * for addresses which are a large power of two from each other. */
#define BATCH_APART 320

struct ew_batch {
    unsigned most;
    struct mmsghdr *messages; /* received, and then those that are answered */
    struct iovec *parts;
    union ew_control *controls;
    struct ew_datagram *datagrams;
    uint8_t *data;
    unsigned used; /* of the last time: no others have to be made ready again */
};

static size_t batch_stride(const struct ew_worker *w)
{
    return ((size_t)w->config->datagram_max + 1 + 63) / 64 * 64 + BATCH_APART;
}

static void batch_prepare(const struct ew_worker *w, struct ew_batch *b, unsigned i)
{
    struct ew_datagram *d = &b->datagrams[i];

    d->data = b->data + i * batch_stride(w);
    b->parts[i] = (struct iovec){.iov_base = d->data,
                                 .iov_len = (size_t)w->config->datagram_max + 1};
    b->messages[i].msg_hdr = (struct msghdr){.msg_name = &d->peer,
                                             .msg_namelen = sizeof d->peer,
                                             .msg_iov = &b->parts[i],
                                             .msg_iovlen = 1,
                                             .msg_control = &b->controls[i],
                                             .msg_controllen = sizeof b->controls[i]};
}

struct ew_batch *ew_batch_new(const struct ew_worker *w, unsigned most)
{
    struct ew_batch *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    b->most = b->used = most;
    b->messages = calloc(most, sizeof *b->messages);
    b->parts = calloc(most, sizeof *b->parts);
    b->controls = calloc(most, sizeof *b->controls);
    b->datagrams = calloc(most, sizeof *b->datagrams);
    b->data = malloc(most * batch_stride(w));
    if (b->messages && b->parts && b->controls && b->datagrams && b->data)
        return b;
    ew_batch_free(b);
    return NULL;
}

void ew_batch_free(struct ew_batch *b)
{
    if (!b)
        return;
    free(b->messages);
    free(b->parts);
    free(b->controls);
    free(b->datagrams);
    free(b->data);
    free(b);
}

/* ---- receiving ---- */

/* Moves those that are to be answered to the front, in their order; how many there are. */
static unsigned batch_take(struct ew_worker *w, struct ew_socket *s, struct ew_batch *b,
                           unsigned count)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < count; i++) {
        struct ew_datagram *d = &b->datagrams[i];

        d->length = b->messages[i].msg_len;
        ew_take_asked_address(&b->messages[i].msg_hdr, &d->asked);
        if (ew_take_received(w, s, d, b->messages[i].msg_hdr.msg_namelen) == EW_DONE)
            b->datagrams[kept++] = *d;
    }
    return kept;
}

/* ---- sending ---- */

static void batch_address(struct ew_batch *b, unsigned i)
{
    struct ew_datagram *d = &b->datagrams[i];
    struct msghdr *m = &b->messages[i].msg_hdr;

    b->parts[i] = (struct iovec){.iov_base = d->data, .iov_len = d->length};
    *m = (struct msghdr){.msg_name = &d->peer,
                         .msg_namelen = ew_address_length(&d->peer),
                         .msg_iov = &b->parts[i],
                         .msg_iovlen = 1};
    if (d->asked.any.sa_family == AF_UNSPEC)
        return;
    b->controls[i] = (union ew_control){.bytes = {0}};
    m->msg_control = &b->controls[i];
    ew_put_asked_address(m, &d->asked);
}

/* From `first` on; the first that was neither sent nor dropped. */
static unsigned batch_send(struct ew_worker *w, struct ew_socket *s, struct ew_batch *b,
                           unsigned first, unsigned count)
{
    bool again = true;

    while (first < count) {
        int n = sendmmsg(s->fd, b->messages + first, count - first, 0);

        for (int i = 0; i < n; i++)
            ew_count_sent(w, s, &b->datagrams[first++]);
        if (n > 0) {
            again = true;
        } else if (again && ew_send_again(errno)) {
            again = false;
        } else if (ew_send_failed(w, s, errno) == EW_BLOCKED) {
            break;
        } else {
            first++;
            again = true;
        }
    }
    return first;
}

/* ---- both ---- */

static unsigned batch_room(const struct ew_worker *w, const struct ew_socket *s,
                           const struct ew_batch *b)
{
    unsigned room = s->queue.capacity - s->queue.count;

    return w->config->when_full == EW_FULL_PAUSE && room < b->most ? room : b->most;
}

int ew_echo_batch(struct ew_worker *w, struct ew_socket *s, struct ew_batch *b)
{
    unsigned room = batch_room(w, s, b), kept, next = 0;
    int n;

    if (room == 0 || ew_stopping(w))
        return EW_BLOCKED;
    for (; b->used > 0; b->used--)
        batch_prepare(w, b, b->used - 1);
    n = recvmmsg(s->fd, b->messages, room, 0, NULL);
    if (n < 0)
        return ew_receive_failed(w, s, errno);
    b->used = (unsigned)n;
    kept = batch_take(w, s, b, (unsigned)n);
    for (unsigned i = 0; i < kept; i++) {
        batch_address(b, i);
        if (s->queue.count + i < s->queue.capacity)
            ew_log_pending(w, s, i);
    }
    if (!ew_wants_write(s))
        next = batch_send(w, s, b, 0, kept);
    for (; next < kept; next++)
        ew_hold(w, s, &b->datagrams[next]);
    return EW_DONE;
}
