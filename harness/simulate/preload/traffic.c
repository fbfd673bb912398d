/* Datagrams between the two ends of a pair: what the engine asks for, and what it is told. */
#include "simulate/preload/network.h"

#include "simulate/preload/real.h"
#include "simulate/tags.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Clients have no sockets: they are addresses in headers, ENGINE_CLIENTS ports of loopback from
 * here on. */
#define FIRST_CLIENT_PORT 40000

static union address client_address(int family, unsigned client)
{
    union address a = {.any.sa_family = (sa_family_t)family};

    address_set_port(&a, (uint16_t)(FIRST_CLIENT_PORT + client));
    if (family == AF_INET6)
        a.in6.sin6_addr = in6addr_loopback;
    else
        a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

/* ---- to the server ---- */

static bool is_peer(const struct sim_socket *s, unsigned client)
{
    return s->connected && address_port(&s->peer) == FIRST_CLIENT_PORT + client;
}

/* As the kernel's lookup: who is connected to the client goes first; of several that share the
 * port, always the same one for the same client. */
static struct sim_socket *route(unsigned socket, unsigned client)
{
    struct sim_page *page = net_page();
    unsigned index, candidates = 0, chosen;

    for (unsigned pass = 0; pass < 2; pass++) {
        chosen = candidates ? client % candidates : 0;
        candidates = 0;
        for (unsigned i = 0; i < page->socket_count; i++) {
            struct sim_socket *s = &page->sockets[i];

            if (s->references == 0 || !net_is_engine_socket(s, &index) || index != socket)
                continue;
            if (is_peer(s, client))
                return s;
            if (!s->connected && candidates++ == chosen && pass == 1)
                return s;
        }
    }
    return NULL;
}

/* What finds no socket is lost, as on a network. */
static void traffic_inject(const struct engine_tag *tag, int error)
{
    struct sim_socket *s = route(tag->socket, tag->client);
    struct net_header header = {.kind = error ? NET_ERROR : NET_DATA, .error = error};
    uint8_t request[TAGS_ROOM];
    struct iovec parts[] = {{&header, sizeof header},
                            {request, tags_put(net_page(), tag, request, sizeof request)}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    if (!s)
        return;
    if (s->queues_errors && (error == ECONNREFUSED || error == EMSGSIZE))
        net_page()->lacks_error_queue = true;
    header.address = client_address(s->family, tag->client);
    real()->sendmsg(net_far(s), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- from the server ---- */

/* From now on refusals, writability and its edges are the kernel's own.  Filled from the server's
 * own end, since it is that end's SO_SNDBUF which a send is charged to.  In small pieces to the
 * brim, so that whatever the target sends next is refused, whatever its size.  To answer EAGAIN
 * ourselves would not do: no edge would follow, and an edge-triggered loop waits for one.  Nor
 * would a smaller SO_SNDBUF: a datagram beyond it is EMSGSIZE. */
static void block(struct sim_socket *s)
{
    struct net_header ballast = {.kind = NET_BALLAST};
    int near = net_near(s);

    while (real()->send(near, &ballast, sizeof ballast, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        ;
    net_give_back(s, near);
    s->blocked = true;
}

static void tell_engine(struct sim_socket *s, const struct net_header *header, const uint8_t *bytes,
                        size_t size)
{
    struct sim_page *page = net_page();
    unsigned client = address_port(&header->address) - (unsigned)FIRST_CLIENT_PORT, socket;
    struct engine_tag tag;

    if (!net_is_engine_socket(s, &socket))
        return;
    tag = tags_read(page, socket, client, bytes, size);
    engine_sent(&page->engine, &net_carrier, socket, client, &tag);
}

/* Which of the target's own sockets a datagram from `s` goes to; NULL: nobody is there.  libuv
 * tries out on sockets of its own which calls the kernel has. */
static struct sim_socket *own_listener(const struct sim_socket *s, const union address *to)
{
    struct sim_page *page = net_page();
    struct sim_socket *found = NULL;

    for (unsigned i = 0; i < page->socket_count; i++) {
        struct sim_socket *l = &page->sockets[i];

        if (l->references == 0 || !l->bound || l->family != s->family ||
            l->local.in.sin_port != to->in.sin_port ||
            !(address_is_any(&l->local) || address_same_host(&l->local, to)))
            continue;
        if (l->connected && l->peer.in.sin_port == s->local.in.sin_port)
            return l;
        if (!l->connected)
            found = l;
    }
    return found;
}

/* As loopback does: to another socket of the target, or back as an error where nobody is. */
static void deliver_to_own(struct sim_socket *s, const union address *to, void *bytes, size_t size)
{
    struct sim_socket *listener = own_listener(s, to);
    struct net_header header = {.kind = NET_DATA, .address = s->local};
    struct iovec parts[] = {{&header, sizeof header}, {bytes, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    if (address_is_any(&s->local))
        header.address = client_address(s->family, 0);
    header.address.in.sin_port = s->local.in.sin_port;
    if (!listener && s->connected) {
        header = (struct net_header){.kind = NET_ERROR, .error = ECONNREFUSED};
        listener = s;
    }
    if (listener)
        real()->sendmsg(net_far(listener), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool is_client(const union address *a)
{
    return address_port(a) - (unsigned)FIRST_CLIENT_PORT < ENGINE_CLIENTS;
}

/* All of it: AF_UNIX reports writability only when a quarter or less is taken, UDP at a half, so
 * that no figure may depend on a part.  The engine is told of each, in the order in which they were
 * sent. */
void net_drain(struct sim_socket *s)
{
    static uint8_t bytes[65536]; /* the page's lock is held */
    struct net_header header;
    struct iovec parts[] = {{&header, sizeof header}, {bytes, sizeof bytes}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    int far = net_far(s);
    ssize_t n;

    while ((n = real()->recvmsg(far, &message, MSG_DONTWAIT)) >= (ssize_t)sizeof header) {
        size_t size = (size_t)n - sizeof header;

        if (header.kind != NET_DATA)
            continue;
        if (page_is_upstream(net_page(), &header.address)) {
            net_answer_upstream(s, &header.address, bytes, size);
            continue;
        }
        tell_engine(s, &header, bytes, size);
        if (!is_client(&header.address))
            deliver_to_own(s, &header.address, bytes, size);
    }
}

/* Under the lock of the send that it follows: without it four threads got 5 to 8 datagrams through
 * a limit of 5. */
void net_sent_one(struct sim_socket *s)
{
    net_drain(s);
    if (s->sends_left > 0 && --s->sends_left == 0)
        block(s);
}

static void traffic_limit(unsigned socket, int sends)
{
    struct sim_page *page = net_page();
    unsigned index;

    for (unsigned i = 0; i < page->socket_count; i++) {
        struct sim_socket *s = &page->sockets[i];

        if (s->references == 0 || !net_is_engine_socket(s, &index) || index != socket)
            continue;
        s->sends_left = sends;
        s->blocked = false;
        if (sends == 0)
            block(s);
        else
            net_drain(s); /* in one go: one edge */
    }
}

static void fail(enum engine_kind kind, int error)
{
    net_page()->fail_error[kind] = error;
}

static void traffic_happen(void)
{
    net_page()->happens = true;
}

int net_fail_once(enum engine_kind kind)
{
    int error;

    net_lock();
    error = net_page()->fail_error[kind];
    net_page()->fail_error[kind] = 0;
    net_unlock();
    return error;
}

void net_called(enum engine_call call)
{
    net_lock();
    engine_called_others(&net_page()->engine, atomic_exchange(&net_page()->other_calls, 0));
    engine_called(&net_page()->engine, call);
    net_unlock();
}

/* libuv tries out at its first send, on a socket of its own, which calls there are. */
void net_called_on(const struct sim_socket *s, enum engine_call call)
{
    unsigned index;

    if (net_is_engine_socket(s, &index))
        net_called(call);
}

/* No lock: a signal's handler may write to its pipe at any moment. */
void net_called_other(int fd)
{
    struct stat file;

    if (net_page() && net_page()->state == SIM_RUNNING && fstat(fd, &file) == 0 &&
        engine_counts_others_on(file.st_mode))
        atomic_fetch_add(&net_page()->other_calls, 1);
}

const struct engine_carrier net_carrier = {
    .inject = traffic_inject, .limit = traffic_limit, .fail = fail, .happen = traffic_happen};
