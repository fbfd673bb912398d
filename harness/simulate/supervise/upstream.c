#include "simulate/supervise/upstream.h"

#include "base/clock.h"
#include "simulate/supervise/qdisc.h"
#include "simulate/supervise/sockets.h"

#include <linux/sock_diag.h>
#include <sched.h>
#include <sys/socket.h>

#define UPSTREAM_ROOM 65536
/* Loopback delivers in the sender's own call, but for when the kernel puts that off. */
#define UPSTREAM_AWAIT_MS 50

bool upstream_is(const struct hold *h, const union address *a)
{
    return h->upstream >= 0 && page_is_upstream(h->page, a);
}

void upstream_check_block(struct hold *h)
{
    if (h->upstream_held)
        hold_cannot(h, "what it asks its upstream would be refused with its answers");
}

/* What it sends there passes by the class that holds up its answers, as on the other carrier, where
 * one socket alone is blocked.  Such a priority needs CAP_NET_ADMIN (socket(7)). */
void upstream_expect(struct hold *h, struct hold_socket *s)
{
    int fd = sockets_copy(h, s), priority = QDISC_UNBLOCKED;

    h->upstream_expected++;
    h->upstream_held |= setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority) < 0;
    if (h->refuses)
        upstream_check_block(h);
}

/* ---- answering ---- */

struct upstream_load {
    uint64_t bytes, drops;
};

static bool upstream_look(int fd, struct upstream_load *load)
{
    uint32_t memory[SK_MEMINFO_VARS];
    socklen_t length = sizeof memory;

    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) < 0)
        return false;
    *load = (struct upstream_load){memory[SK_MEMINFO_RMEM_ALLOC], memory[SK_MEMINFO_DROPS]};
    return true;
}

/* The target's socket that has asked from there; -1: it is closed. */
static int upstream_asker(struct hold *h, const union address *from)
{
    for (unsigned i = 0; i < h->socket_count; i++) {
        struct hold_socket *s = &h->sockets[i];

        if (s->references == 0)
            continue;
        sockets_look_at_address(h, s);
        if (s->bound && address_port(&s->local) == address_port(from))
            return sockets_copy(h, s);
    }
    return -1;
}

/* Who is quiet must have the answer already: it is waited for until it shows in his queue. */
static void upstream_send(struct hold *h, const uint8_t *answer, size_t size,
                          const union address *to, socklen_t length)
{
    int fd = upstream_asker(h, to);
    struct upstream_load before, now;
    int64_t limit_ns = clock_now_ns() + UPSTREAM_AWAIT_MS * NS_PER_MS;
    bool is_there = upstream_look(fd, &before), came = false;

    if (sendto(h->upstream, answer, size, MSG_DONTWAIT, &to->any, length) != (ssize_t)size)
        return;
    while (is_there && !came && clock_now_ns() < limit_ns && upstream_look(fd, &now)) {
        came = now.bytes > before.bytes || now.drops != before.drops;
        if (!came)
            sched_yield();
    }
    if (came && now.drops != before.drops)
        hold_cannot(h,
                    "the receive buffer by which it asks its upstream does not hold the answers");
}

static bool upstream_answer(struct hold *h)
{
    static uint8_t in[UPSTREAM_ROOM], out[UPSTREAM_ROOM];
    const struct exchange *x = &h->page->exchange;
    union address from;
    socklen_t length = sizeof from;
    ssize_t n = recvfrom(h->upstream, in, sizeof in, MSG_DONTWAIT, &from.any, &length);
    size_t size;

    if (n < 0)
        return false;
    if (h->upstream_expected > 0)
        h->upstream_expected--;
    size = exchange_protocol(x)->respond(x, out, sizeof out, in, (size_t)n);
    engine_called_others(&h->page->engine, PAGE_UPSTREAM_CALLS);
    if (size == 0)
        hold_cannot(h, "it asks its upstream what is no request");
    else
        upstream_send(h, out, size, &from, length);
    return true;
}

/* At the limit all that is expected is dropped, as with answers (sends.c): a send that failed is
 * seen nowhere. */
bool upstream_serve(struct hold *h)
{
    int64_t limit_ns;
    bool any = false;

    if (h->upstream < 0)
        return false;
    while (upstream_answer(h))
        any = true;
    limit_ns = h->upstream_expected > 0 ? clock_now_ns() + UPSTREAM_AWAIT_MS * NS_PER_MS : 0;
    while (h->upstream_expected > 0 && clock_now_ns() < limit_ns) {
        if (upstream_answer(h))
            any = true;
        else
            sched_yield();
    }
    h->upstream_expected = 0;
    return any;
}
