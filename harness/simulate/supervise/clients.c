#include "simulate/supervise/clients.h"

#include "simulate/supervise/flows.h"
#include "simulate/supervise/happen.h"
#include "simulate/supervise/qdisc.h"
#include "simulate/supervise/sockets.h"
#include "simulate/supervise/upstream.h"
#include "simulate/tags.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Stands in the magic's place of a datagram that stands for an error. */
#define CLIENTS_ERROR_MAGIC UINT64_C(0x6572726f72206973)
/* Looks until something that was sent has come; each yields the processor. */
#define CLIENTS_LOOKS 20000
#define CLIENTS_BALLAST_BYTES 4096
#define CLIENTS_ANSWER_MOST 65507
#define CLIENTS_EVENTS (SHARE_FAMILIES * ENGINE_CLIENTS)

static struct hold *clients_hold;

/* ---- to the server ---- */

static bool clients_is_mapped(const union address *a)
{
    return a->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr);
}

static enum share_family clients_family(const union address *a)
{
    return a->any.sa_family == AF_INET6 && !clients_is_mapped(a) ? SHARE_IPV6 : SHARE_IPV4;
}

/* Whither a client sends: to where the socket is bound, on loopback if that is everywhere. */
static union address clients_destination(const struct hold_socket *s)
{
    union address to = address_reachable(&s->local);

    if (clients_is_mapped(&to)) {
        to = address_loopback(address_port(&s->local));
        memcpy(&to.in.sin_addr, &s->local.in6.sin6_addr.s6_addr[12], sizeof to.in.sin_addr);
    }
    return to;
}

struct clients_load {
    uint64_t bytes, drops;
};

/* Of all sockets that what is sent to this port may come to: those that share it, too. */
/* SO_MEMINFO counts at once what is queued, but gives back late what was read (it is summed up, for
 * speed): only that it rises is to be relied on. */
static struct clients_load clients_look(struct hold *h, unsigned socket)
{
    struct clients_load load = {0};
    uint32_t memory[SK_MEMINFO_VARS];
    unsigned index;

    for (unsigned i = 0; i < h->socket_count; i++) {
        struct hold_socket *s = &h->sockets[i];
        socklen_t length = sizeof memory;
        int fd = -1;

        if (s->references > 0 && sockets_index(h, s, &index) && index == socket)
            fd = sockets_copy(h, s);
        if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) < 0)
            continue;
        load.bytes += memory[SK_MEMINFO_RMEM_ALLOC];
        load.drops += memory[SK_MEMINFO_DROPS];
    }
    return load;
}

/* Loopback delivers in the sender's own call, but for when the kernel puts that off. */
static void clients_await(struct hold *h, unsigned socket, const struct clients_load *before)
{
    struct clients_load now = clients_look(h, socket);

    for (int i = 0; i < CLIENTS_LOOKS && now.bytes <= before->bytes && now.drops == before->drops;
         i++) {
        sched_yield();
        now = clients_look(h, socket);
    }
    if (now.drops > before->drops)
        hold_give_up(h,
                     "the receive buffer of its socket %u does not hold what is sent (SO_RCVBUF)",
                     socket + 1);
}

static struct hold_socket *clients_listener(struct hold *h, unsigned socket)
{
    unsigned index;

    for (unsigned i = 0; i < h->socket_count; i++) {
        if (h->sockets[i].references > 0 && sockets_index(h, &h->sockets[i], &index) &&
            index == socket)
            return &h->sockets[i];
    }
    return NULL;
}

/* Nobody but clients_head() and clients_take_error() reads it. */
static size_t clients_put_error(uint8_t *bytes, int error)
{
    const struct engine_tag tag = {.magic = CLIENTS_ERROR_MAGIC, .sequence = (uint64_t)error};

    memcpy(bytes, &tag, sizeof tag);
    return sizeof tag;
}

/* What finds no socket is lost, as on a network. */
static void clients_inject(const struct engine_tag *tag, int error)
{
    struct hold *h = clients_hold;
    struct hold_socket *s = clients_listener(h, tag->socket);
    uint8_t bytes[TAGS_ROOM];
    size_t size = tags_put(h->page, tag, bytes, sizeof bytes);
    struct clients_load before;
    union address to;

    if (!s || h->over)
        return;
    if (error) {
        size = clients_put_error(bytes, error);
        s->errors++;
    }
    if (h->page->engine.injected[tag->socket] - h->page->engine.received[tag->socket] == 1)
        s->arrived = ++h->arrivals;
    if (h->postpones && h->postpones != s && h->late_count < HOLD_LATE) {
        h->late[h->late_count++] = *tag;
        return;
    }
    flows_settle(h, tag->socket);
    to = clients_destination(s);
    before = clients_look(h, tag->socket);
    if (sendto(h->clients[clients_family(&s->local)][tag->client], bytes, size, MSG_DONTWAIT,
               &to.any, address_length(&to)) == (ssize_t)size)
        clients_await(h, tag->socket, &before);
}

void clients_catch_up(struct hold *h)
{
    unsigned count = h->late_count;

    h->late_count = 0;
    clients_begin(h);
    for (unsigned i = 0; i < count; i++)
        clients_inject(&h->late[i], 0);
}

/* A datagram that stands for an error makes the socket readable as a real one would, so that waits
 * and edges are the kernel's; the receive itself is answered in the kernel's place. */
enum clients_head clients_head(struct hold *h, struct hold_socket *s, int *error)
{
    struct pollfd one = {.fd = sockets_copy(h, s), .events = POLLIN};
    struct engine_tag tag = {0};

    if (one.fd < 0 || poll(&one, 1, 0) != 1 || !(one.revents & (POLLIN | POLLERR)))
        return CLIENTS_NOTHING;
    if (one.revents & POLLERR) /* a look would take it */
        return CLIENTS_PENDING_ERROR;
    if (s->errors > 0 && recv(one.fd, &tag, sizeof tag, MSG_PEEK | MSG_DONTWAIT) > 0 &&
        tag.magic == CLIENTS_ERROR_MAGIC) {
        *error = (int)tag.sequence;
        return CLIENTS_ERROR;
    }
    return CLIENTS_DATAGRAM;
}

void clients_take_error(struct hold *h, struct hold_socket *s)
{
    struct engine_tag tag;

    if (recv(sockets_copy(h, s), &tag, sizeof tag, MSG_DONTWAIT) > 0)
        s->errors--;
}

static bool clients_has_port(int fd, unsigned port)
{
    union address own;
    socklen_t length = sizeof own;

    return fd >= 0 && getsockname(fd, &own.any, &length) == 0 && address_port(&own) == port;
}

void clients_received(struct hold *h, struct hold_thread *t, unsigned socket)
{
    h->receiver = t;
    engine_received(&h->page->engine, clients_begin(h), socket, t->tid);
    h->receiver = NULL;
}

/* ---- from the server ---- */

bool clients_is_client(const struct hold *h, const union address *a)
{
    for (unsigned i = 0; i < ENGINE_CLIENTS; i++) {
        if (clients_has_port(h->clients[SHARE_IPV4][i], address_port(a)) ||
            clients_has_port(h->clients[SHARE_IPV6][i], address_port(a)))
            return true;
    }
    return false;
}

/* What another port than the sockets' has sent may be what a send was waited for, but says nothing
 * of the server's sockets. */
static void clients_take_answers(struct hold *h, unsigned family, unsigned client)
{
    uint8_t bytes[CLIENTS_ANSWER_MOST];
    union address from;
    struct engine_tag tag;
    socklen_t length;
    ssize_t n;

    for (;;) {
        unsigned socket;

        length = sizeof from;
        n = recvfrom(h->clients[family][client], bytes, sizeof bytes, MSG_DONTWAIT, &from.any,
                     &length);
        if (n < 0)
            return;
        if (h->expected > 0)
            h->expected--;
        if (!page_is_engine_address(h->page, &from, &socket))
            continue;
        tag = tags_read(h->page, socket, client, bytes, (size_t)n);
        engine_sent(&h->page->engine, clients_begin(h), socket, client, &tag);
    }
}

void clients_collect(struct hold *h)
{
    struct epoll_event events[CLIENTS_EVENTS];
    int n = epoll_wait(h->answers, events, CLIENTS_EVENTS, 0);

    for (int i = 0; i < n; i++)
        clients_take_answers(h, events[i].data.u32 / ENGINE_CLIENTS,
                             events[i].data.u32 % ENGINE_CLIENTS);
}

/* ---- refusals ---- */

static int clients_sink(const struct hold *h, const struct hold_socket *s, union address *to)
{
    socklen_t length = sizeof *to;

    if (getsockname(h->sinks[clients_family(&s->local)], &to->any, &length) < 0)
        return -1;
    if (clients_is_mapped(&s->local)) {
        struct sockaddr_in plain = to->in;

        *to = (union address){.in6 = {.sin6_family = AF_INET6, .sin6_port = plain.sin_port}};
        to->in6.sin6_addr.s6_addr[10] = to->in6.sin6_addr.s6_addr[11] = 0xff;
        memcpy(&to->in6.sin6_addr.s6_addr[12], &plain.sin_addr, sizeof plain.sin_addr);
        length = sizeof to->in6;
    }
    return (int)length;
}

static void clients_drain_sinks(const struct hold *h)
{
    char byte;

    for (int family = 0; family < SHARE_FAMILIES; family++) {
        while (h->sinks[family] >= 0 && recv(h->sinks[family], &byte, 1, MSG_DONTWAIT) >= 0)
            ;
    }
}

/* From now on refusals, writability and its edges are the kernel's own. */
void clients_block(struct hold *h, struct hold_socket *s)
{
    static const char ballast[CLIENTS_BALLAST_BYTES];
    int fd = sockets_copy(h, s), err = 0;
    union address to;
    int length = clients_sink(h, s, &to);

    upstream_check_block(h);
    if (!h->refuses)
        err = qdisc_install(h->netlink);
    h->refuses = true;
    if (err == 0)
        err = qdisc_block(h->netlink);
    if (err < 0 && err != -EEXIST) {
        hold_give_up(h, "no queueing discipline on lo: %s", strerror(-err));
        return;
    }
    while (fd >= 0 &&
           sendto(fd, ballast, sizeof ballast, MSG_DONTWAIT, &to.any, (socklen_t)length) >= 0)
        ;
    s->blocked = true;
}

/* What is queued in a qdisc is charged to its sender until it is freed. */
static bool clients_is_drained(int fd)
{
    uint32_t memory[SK_MEMINFO_VARS];
    socklen_t length = sizeof memory;

    return fd < 0 || getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) < 0 ||
           memory[SK_MEMINFO_WMEM_ALLOC] == 0;
}

static void clients_release(struct hold *h, struct hold_socket *s)
{
    int fd = sockets_copy(h, s);

    if (s->blocked)
        qdisc_release(h->netlink);
    for (int i = 0; i < CLIENTS_LOOKS && !clients_is_drained(fd); i++)
        sched_yield();
    s->blocked = false;
    clients_drain_sinks(h);
}

static void clients_limit(unsigned socket, int sends)
{
    struct hold *h = clients_hold;
    unsigned index;

    if (h->netlink < 0) {
        hold_cannot(h, "needs a network namespace: without one nothing refuses sends");
        return;
    }
    for (unsigned i = 0; i < h->socket_count; i++) {
        struct hold_socket *s = &h->sockets[i];

        if (s->references == 0 || !sockets_index(h, s, &index) || index != socket)
            continue;
        clients_release(h, s);
        s->sends_left = sends;
        if (sends == 0)
            clients_block(h, s);
    }
}

/* ---- errors out of nowhere ---- */

static void clients_fail(enum engine_kind kind, int error)
{
    clients_hold->page->fail_error[kind] = error;
}

int clients_fail_once(struct hold *h, enum engine_kind kind)
{
    int error = h->page->fail_error[kind];

    h->page->fail_error[kind] = 0;
    return error;
}

/* ---- beside datagrams ---- */

static void clients_happen(void)
{
    happen_now(clients_hold);
}

const struct engine_carrier *clients_begin(struct hold *h)
{
    static const struct engine_carrier carrier = {.inject = clients_inject,
                                                  .limit = clients_limit,
                                                  .fail = clients_fail,
                                                  .happen = clients_happen};

    clients_hold = h;
    return &carrier;
}
