#include "core/internal.h"
#include "core/steps.h"

#include <poll.h>
#include <string.h>
#include <sys/uio.h>

/* So many in a row may be the fates of earlier datagrams; then something lasts, as ENOMEM can, and
 * who drains a socket until it is empty would spin on it. */
#define IO_ERRORS_AT_ONCE 16
#define IO_PAUSE_MS 1

/* Only these make a socket useless; everything else belongs to one datagram, usually one of the
 * past (udp(7)). */
static bool is_fatal(int err)
{
    return err == EBADF || err == ENOTSOCK || err == EFAULT || err == EINVAL;
}

/* POSIX lets the two be different numbers. */
static bool is_would_block(int err)
{
    return err == EAGAIN || err == EWOULDBLOCK;
}

void ew_take_asked_address(struct msghdr *message, union ew_address *asked)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;

            memcpy(&info, CMSG_DATA(c), sizeof info);
            asked->in.sin_family = AF_INET;
            /* spec_dst is the local address also for a broadcast; not every system fills it. */
            asked->in.sin_addr = info.ipi_spec_dst.s_addr ? info.ipi_spec_dst : info.ipi_addr;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;

            memcpy(&info, CMSG_DATA(c), sizeof info);
            asked->in6.sin6_family = AF_INET6;
            asked->in6.sin6_addr = info.ipi6_addr;
            asked->in6.sin6_scope_id = info.ipi6_ifindex;
        }
    }
}

/* recvfrom(2) does not tell the address that was asked; only sockets on a wildcard need to know. */
static ssize_t receive_asked(int fd, void *buffer, size_t size, struct ew_datagram *datagram,
                             socklen_t *length)
{
    union ew_asked_control control;
    struct iovec vector = {.iov_base = buffer, .iov_len = size};
    struct msghdr message = {.msg_name = &datagram->peer,
                             .msg_namelen = sizeof datagram->peer,
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(fd, &message, 0);

    if (n >= 0)
        ew_take_asked_address(&message, &datagram->asked);
    *length = message.msg_namelen;
    return n;
}

static void log_datagram(const struct ew_worker *w, const struct ew_socket *s,
                         enum ew_log_kind kind, const struct ew_datagram *d)
{
    if (ew_logs(w, kind))
        ew_log(w, &(struct ew_log_entry){.kind = kind,
                                         .socket = s->index,
                                         .bytes = d->length,
                                         .peer = &d->peer.any,
                                         .local = &s->local.any});
}

void ew_log_text(const struct ew_worker *w, const struct ew_socket *s, enum ew_log_kind kind,
                 int64_t value, const char *text)
{
    if (ew_logs(w, kind))
        ew_log(w, &(struct ew_log_entry){.kind = kind,
                                         .socket = s->index,
                                         .value = value,
                                         .local = &s->local.any,
                                         .text = text});
}

bool ew_piece(const struct ew_datagram *train, unsigned index, struct ew_datagram *piece)
{
    size_t at = (size_t)index * train->segment;

    if (index > 0 && (train->segment == 0 || at >= train->length))
        return false;
    *piece = *train;
    piece->segment = 0;
    piece->data += at;
    piece->length -= at;
    if (train->segment > 0 && piece->length > train->segment)
        piece->length = train->segment;
    return true;
}

unsigned ew_pieces(const struct ew_datagram *train)
{
    if (train->segment == 0 || train->length == 0)
        return 1;
    return (unsigned)((train->length + train->segment - 1) / train->segment);
}

/* Nothing is dropped without being counted: the harness balances its books with these. */
static int drop_train(struct ew_worker *w, struct ew_socket *s, ew_counter *counter, unsigned n,
                      const char *why)
{
    ew_count(counter, n);
    for (unsigned i = 0; i < n; i++)
        ew_log_text(w, s, EW_LOG_DROPPED, 0, why);
    return EW_DROPPED;
}

static int drop(struct ew_worker *w, struct ew_socket *s, ew_counter *counter, const char *why)
{
    return drop_train(w, s, counter, 1, why);
}

void ew_pause(const struct ew_worker *w)
{
    poll(&(struct pollfd){.fd = w->stop_fd, .events = POLLIN}, 1, IO_PAUSE_MS);
}

int ew_receive_failed(struct ew_worker *w, struct ew_socket *s, int err)
{
    if (is_would_block(err)) {
        s->errors = 0;
        ew_count(&s->counters->receive_would_block, 1);
        if (ew_traces(w))
            ew_trace(w, "recv would block on #%u.", s->index);
        return EW_BLOCKED;
    }
    ew_count(&s->counters->receive_errors, 1);
    if (is_fatal(err))
        return ew_log_error(w, -err, "receiving failed: the socket is unusable");
    if (++s->errors > IO_ERRORS_AT_ONCE)
        ew_pause(w);
    return EW_DROPPED;
}

int ew_accept(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    unsigned n = ew_pieces(d);
    struct ew_datagram piece;

    s->errors = 0;
    ew_count(&s->counters->datagrams_received, n);
    ew_count(&s->counters->bytes_received, d->length);
    ew_count(&w->counters->datagrams_served, n);
    if (ew_stopping(w))
        return drop_train(w, s, &s->counters->dropped_stopping, n, "stopping; dropping packet");
    if ((d->segment ? d->segment : d->length) > w->config->datagram_max)
        return drop_train(w, s, &s->counters->dropped_too_large, n,
                          "larger than --datagram-max; dropping packet");
    if (ew_is_own(w->instance, s, d))
        return drop_train(w, s, &s->counters->dropped_own_source, n,
                          "claims to come from one of our own sockets; dropping packet");
    for (unsigned i = 0; ew_logs(w, EW_LOG_RECEIVED) && ew_piece(d, i, &piece); i++)
        log_datagram(w, s, EW_LOG_RECEIVED, &piece);
    return EW_DONE;
}

int ew_receive(struct ew_worker *w, struct ew_socket *s, struct ew_datagram *d)
{
    size_t size = (size_t)w->config->datagram_max + 1;
    socklen_t length = sizeof d->peer;
    ssize_t n;

    if (ew_stopping(w))
        return EW_BLOCKED;
    d->data = w->buffer;
    d->length = 0;
    d->segment = 0;
    d->asked.any.sa_family = AF_UNSPEC;
    if (s->wildcard)
        n = receive_asked(s->fd, d->data, size, d, &length);
    else
        n = recvfrom(s->fd, d->data, size, 0, &d->peer.any, &length);
    if (n < 0)
        return ew_receive_failed(w, s, errno);
    /* No datagram: stop has shut a blocking socket down, or woken it with one of its own. */
    if (length == 0 || (ew_stopping(w) && ew_is_own(w->instance, s, d)))
        return EW_BLOCKED;
    d->length = (size_t)n;
    return ew_accept(w, s, d);
}

/* The answer must leave from the address that was asked, or the peer does not know it for one. */
void ew_put_asked_address(struct msghdr *message, const union ew_address *asked)
{
    struct cmsghdr *c = message->msg_control;

    if (asked->any.sa_family == AF_INET) {
        struct in_pktinfo info = {.ipi_spec_dst = asked->in.sin_addr};

        c->cmsg_level = IPPROTO_IP;
        c->cmsg_type = IP_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
        message->msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        struct in6_pktinfo info = {.ipi6_addr = asked->in6.sin6_addr};

        /* Only a link-local address needs the interface; for others the route decides. */
        if (IN6_IS_ADDR_LINKLOCAL(&asked->in6.sin6_addr))
            info.ipi6_ifindex = asked->in6.sin6_scope_id;
        c->cmsg_level = IPPROTO_IPV6;
        c->cmsg_type = IPV6_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
        message->msg_controllen = CMSG_SPACE(sizeof info);
    }
}

static ssize_t send_asked(int fd, const struct ew_datagram *d)
{
    union ew_asked_control control = {.bytes = {0}};
    union ew_address peer = d->peer;
    struct iovec vector = {.iov_base = d->data, .iov_len = d->length};
    struct msghdr message = {.msg_name = &peer,
                             .msg_namelen = ew_address_length(&peer),
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &control};

    ew_put_asked_address(&message, &d->asked);
    return sendmsg(fd, &message, 0);
}

void ew_note_sent(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    struct ew_datagram piece;

    ew_count(&s->counters->datagrams_sent, ew_pieces(d));
    ew_count(&s->counters->bytes_sent, d->length);
    for (unsigned i = 0; ew_logs(w, EW_LOG_SENT) && ew_piece(d, i, &piece); i++)
        log_datagram(w, s, EW_LOG_SENT, &piece);
}

static ssize_t io_send_once(int fd, const struct ew_datagram *d)
{
    if (d->asked.any.sa_family != AF_UNSPEC)
        return send_asked(fd, d);
    return sendto(fd, d->data, d->length, 0, &d->peer.any, ew_address_length(&d->peer));
}

/* ECONNREFUSED is the fate of an earlier datagram, handed to whoever calls next; this one was not
 * tried yet, and after EINTR neither. A second EINTR counts as blocked, as if a blocking socket had
 * waited long enough. */
enum ew_outcome ew_send(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    ssize_t n = io_send_once(s->fd, d);

    if (n < 0 && (errno == ECONNREFUSED || errno == EINTR))
        n = io_send_once(s->fd, d);
    if (n < 0 && (is_would_block(errno) || errno == EINTR)) {
        ew_count(&s->counters->send_would_block, 1);
        if (ew_traces(w))
            ew_trace(w, "send would block on #%u.", s->index);
        return EW_BLOCKED;
    }
    if (n < 0)
        return (enum ew_outcome)drop(w, s, &s->counters->dropped_send_error, strerror(errno));
    ew_note_sent(w, s, d);
    return EW_DONE;
}

/* With "drop" reading goes on: the newest is then taken from the kernel and lost. */
bool ew_wants_read(const struct ew_worker *w, const struct ew_socket *s)
{
    return w->config->when_full != EW_FULL_PAUSE || !ew_queue_full(&s->queue);
}

bool ew_wants_write(const struct ew_socket *s)
{
    return s->queue.count > 0;
}

/* One writer, so looking and storing need not be one step. */
static void note_high_water(struct ew_socket *s)
{
    ew_counter *mark = &s->counters->queue_high_water;

    if (s->queue.count > atomic_load_explicit(mark, memory_order_relaxed))
        atomic_store_explicit(mark, s->queue.count, memory_order_relaxed);
}

int ew_hold(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (ew_queue_push(&s->queue, d) < 0)
        return drop(w, s, &s->counters->dropped_queue_full,
                    "outgoing buffers exhausted; dropping packet");
    note_high_water(s);
    return EW_DONE;
}

/* Whoever waits goes first, or the order would be lost. */
int ew_answer(struct ew_worker *w, struct ew_socket *s, const struct ew_datagram *d)
{
    if (!ew_wants_write(s) && ew_send(w, s, d) != EW_BLOCKED)
        return EW_DONE;
    return ew_hold(w, s, d);
}

int ew_echo(struct ew_worker *w, struct ew_socket *s)
{
    struct ew_datagram d;
    int outcome;

    if (!ew_wants_read(w, s))
        return EW_BLOCKED;
    outcome = ew_receive(w, s, &d);
    if (outcome != EW_DONE)
        return outcome;
    if (ew_queue_full(&s->queue))
        return ew_hold(w, s, &d);
    ew_log_text(w, s, EW_LOG_PENDING, (int64_t)s->queue.count + 1, NULL);
    return ew_answer(w, s, &d);
}

int ew_drain(struct ew_worker *w, struct ew_socket *s)
{
    int outcome;

    do
        outcome = ew_echo(w, s);
    while (outcome > EW_BLOCKED);
    return outcome;
}

/* The oldest leaves the queue only once it is gone for good: sent, or dropped and counted. */
void ew_flush(struct ew_worker *w, struct ew_socket *s)
{
    struct ew_datagram d;

    while (ew_queue_front(&s->queue, &d)) {
        if (ew_send(w, s, &d) == EW_BLOCKED)
            return;
        ew_queue_pop(&s->queue);
    }
}
