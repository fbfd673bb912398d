#include "checks/tools/replay.h"

#include "checks/tools/buffer.h"
#include "checks/tools/client.h"
#include "target/platform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Packets sent before answers are awaited.  As many of the largest fit into a receive buffer that
 * nobody has set. */
#define WINDOW_RANDOM 32
/* Those of the corpus go one by one, and the target comes to rest after one that has no answer: who
 * has trouble with two at once is not found here nine times. */
#define WINDOW_CORPUS 1
#define SETTLE_MS 100
#define RANDOM_QUICK 10000
#define RANDOM_FULL 100000
#define ANSWER_MS 3000

/* What the oracle got; its length is SIZE_MAX for what was refused at the socket. */
struct delivered {
    size_t window; /* which one brought it */
    /* its source is our client; another's answer is lost, or comes round to us by multicast */
    bool answerable;
    uint64_t hash;
    size_t length;
    char name[24]; /* how it begins, for people */
    bool echoed;
};

/* Packets are sent twice, to an oracle of ours and to the target, each time the same: what the
 * kernel makes of one is the kernel's to say, not ours to work out. */
struct replay {
    struct check *check;
    struct packets packets;
    struct client client; /* PACKETS_CLIENT_PORT of all addresses */
    struct client_reply reply;
    int raw;
    struct delivered *delivered;
    size_t count, room;
    /* packets that the kernel gave to the socket and then refused: wrong checksums, mostly */
    int64_t oracle_drops;
};

/* ---- sending ---- */

static bool replay_bind_to(struct check *c, int fd, in_addr_t address, unsigned port)
{
    union address a = {.in = {.sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(address),
                              .sin_port = htons((uint16_t)port)}};

    if (fd >= 0 && bind(fd, &a.any, sizeof a.in) == 0)
        return true;
    check_invalid(c, "port %u cannot be had in a network of its own: %s", port, strerror(errno));
    return false;
}

/* False with a verdict. */
static bool open_all(struct replay *h, enum packet_family family)
{
    struct check *c = h->check;
    uint64_t count = c->settings->full ? RANDOM_FULL : RANDOM_QUICK;
    struct error error = {0};

    /* its packets bring their own headers (raw(7)) */
    h->raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    if (h->raw < 0)
        check_invalid(c, "no raw socket: %s", strerror(errno));
    else if (packets_open(&h->packets, family, c->settings->seed, count, &error) < 0)
        check_invalid(c, "%s", error.text);
    else if (client_open(&h->client, c, AF_INET) &&
             replay_bind_to(c, h->client.fd, INADDR_ANY, PACKETS_CLIENT_PORT))
        return client_reply_init(&h->reply, c);
    return false;
}

static void close_all(struct replay *h)
{
    if (h->raw >= 0)
        close(h->raw);
    h->raw = -1;
    packets_close(&h->packets);
    client_close(&h->client);
    client_reply_fini(&h->reply);
}

static int window_of(const struct replay *h)
{
    return h->packets.family == PACKETS_RANDOM ? WINDOW_RANDOM : WINDOW_CORPUS;
}

/* Sends the next window; how many packets that was, 0 past the last, -1 with a verdict. */
static int send_window(struct replay *h)
{
    const union address to = address_loopback(0);
    uint8_t packet[PACKET_ROOM];
    size_t length;
    int n;

    for (n = 0; n < window_of(h) && (length = packets_next(&h->packets, packet)) > 0; n++) {
        if (sendto(h->raw, packet, length, 0, &to.any, sizeof to.in) < 0 && errno != EINTR) {
            check_invalid(h->check, "a packet of %zu bytes could not be sent: %s", length,
                          strerror(errno));
            return -1;
        }
    }
    return n;
}

/* ---- what the kernel delivers ---- */

/* FNV-1a (Fowler, Noll, Vo).  Contents need not be kept: two that differ and have one hash and one
 * length are not met among so few. */
static uint64_t hash_of(const struct client_reply *reply)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < reply->length; i++)
        hash = (hash ^ reply->bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Up to what cannot be shown, or would end the quotes around it. */
static void name_it(struct delivered *d, const struct client_reply *reply)
{
    size_t n = 0;

    while (n < sizeof d->name - 1 && n < reply->length && reply->bytes[n] > ' ' &&
           reply->bytes[n] < 127 && reply->bytes[n] != '\'')
        n++;
    snprintf(d->name, sizeof d->name, "%.*s", (int)n, (const char *)reply->bytes);
}

/* Our client has every address of lo but the one for broadcasts. */
static bool can_be_answered(const struct sockaddr_in *source)
{
    in_addr_t address = ntohl(source->sin_addr.s_addr);

    return address >> 24 == IN_LOOPBACKNET && address != 0x7fffffff &&
           ntohs(source->sin_port) == PACKETS_CLIENT_PORT;
}

/* NULL with a verdict. */
static struct delivered *replay_add(struct replay *h, size_t window)
{
    if (h->count == h->room) {
        struct delivered *more = realloc(h->delivered,
                                         (h->room = h->room ? 2 * h->room : 256) * sizeof *more);

        if (!more) {
            check_invalid(h->check, "no memory for what the kernel delivers");
            return NULL;
        }
        h->delivered = more;
    }
    h->delivered[h->count] = (struct delivered){.window = window, .length = SIZE_MAX};
    return &h->delivered[h->count++];
}

static bool replay_note(struct replay *h, size_t window)
{
    struct delivered *d = replay_add(h, window);

    if (!d)
        return false;
    d->hash = hash_of(&h->reply);
    d->length = h->reply.length;
    d->answerable = can_be_answered(&h->reply.from.in);
    name_it(d, &h->reply);
    return true;
}

/* What the kernel refused only when it was at the socket already: that, too, may have woken the
 * target. */
static bool note_refused(struct replay *h, const struct client *oracle, size_t window)
{
    int64_t before = h->oracle_drops;

    h->oracle_drops = client_drops(oracle);
    return h->oracle_drops == before || replay_add(h, window);
}

/* Everything up to the mark, which was sent last and from the same processor, so that nothing
 * follows it. */
static bool listen_until(struct replay *h, struct client *oracle, size_t window)
{
    union address to = address_loopback(PACKETS_SERVER_PORT);
    char mark[64];
    int length = snprintf(mark, sizeof mark, "mark/%zu/%016llx", window,
                          (unsigned long long)check_random(h->check));

    if (client_send(&h->client, &to, mark, (size_t)length) != 0) {
        check_invalid(h->check, "the oracle's mark could not be sent");
        return false;
    }
    while (client_receive(oracle, &h->reply, check_ms(h->check, ANSWER_MS))) {
        if (h->reply.length == (size_t)length && memcmp(h->reply.bytes, mark, h->reply.length) == 0)
            return true;
        if (!replay_note(h, window))
            return false;
    }
    check_invalid(h->check, "the oracle's mark did not arrive");
    return false;
}

static bool listen_to_all(struct replay *h, struct client *oracle)
{
    int sent = 1;

    for (size_t window = 0; sent > 0 && !check_over(h->check); window++) {
        sent = send_window(h);
        if (sent < 0 || !listen_until(h, oracle, window) || !note_refused(h, oracle, window))
            return false;
    }
    return !check_over(h->check);
}

static bool ask_oracle(struct replay *h, enum packet_family family)
{
    struct client oracle = {.fd = -1};
    struct platform_place before;
    bool done = false;

    if (platform_stay(&before) < 0)
        check_invalid(h->check, "the oracle cannot stay on one processor: %s", strerror(errno));
    else {
        done = open_all(h, family) && client_open(&oracle, h->check, AF_INET) &&
               replay_bind_to(h->check, oracle.fd, INADDR_LOOPBACK, PACKETS_SERVER_PORT) &&
               listen_to_all(h, &oracle);
        platform_roam(&before);
    }
    client_close(&oracle);
    close_all(h);
    if (done && h->count == 0)
        check_invalid(h->check, "the kernel delivered none of the packets");
    return done && h->count > 0;
}

/* ---- what the target makes of it ---- */

/* Whose echo the reply is, among those before `end`; the last ones are the likeliest. */
static struct delivered *replay_find(struct replay *h, size_t end)
{
    uint64_t hash = hash_of(&h->reply);

    while (end-- > 0) {
        struct delivered *d = &h->delivered[end];

        if (!d->echoed && d->hash == hash && d->length == h->reply.length)
            return d;
    }
    return NULL;
}

/* One answer; false with a verdict when it is none. */
static bool replay_take_answer(struct replay *h, size_t end)
{
    union address target = client_target(h->check, 0);
    struct delivered *d = replay_find(h, end), seen;
    char from[64];

    name_it(&seen, &h->reply);
    address_text(&h->reply.from, from);
    if (!address_same(&h->reply.from, &target))
        check_fail(h->check, "echoes from the address that was asked", "%zu bytes '%s' from %s",
                   h->reply.length, seen.name, from);
    else if (!d)
        check_fail(h->check, "an echo of what the kernel delivers, once",
                   "%zu bytes '%s' beside it", h->reply.length, seen.name);
    else
        d->echoed = true;
    return !check_over(h->check);
}

static bool is_owed(const struct delivered *d)
{
    return d->answerable && !d->echoed;
}

static void miss(struct replay *h, size_t first, size_t end)
{
    int64_t drops = target_socket_drops(h->check->run);
    size_t i = first, missing = 0;

    for (size_t k = first; k < end; k++)
        missing += is_owed(&h->delivered[k]);
    while (!is_owed(&h->delivered[i]))
        i++;
    if (buffer_overflowed(h->check))
        return;
    if (drops > h->oracle_drops)
        check_invalid(h->check, "the target's receive buffer held fewer than %d packets",
                      window_of(h));
    else
        check_fail(h->check, "an echo of each datagram that the kernel delivers",
                   "%zu of %zu missing after %d ms, first the one of %zu bytes '%s'", missing,
                   end - first, check_ms(h->check, ANSWER_MS), h->delivered[i].length,
                   h->delivered[i].name);
}

/* All answers to one window, which are those from `first` on; where the next one's begin. */
static size_t replay_collect(struct replay *h, size_t window, size_t first)
{
    size_t end = first;
    bool silent = true;

    while (end < h->count && h->delivered[end].window == window)
        silent &= !is_owed(&h->delivered[end++]);
    if (silent && end > first)
        target_settle(h->check->run, check_ms(h->check, SETTLE_MS));
    for (size_t i = first; i < end && !check_over(h->check);) {
        if (!is_owed(&h->delivered[i]))
            i++;
        else if (client_receive(&h->client, &h->reply, check_ms(h->check, ANSWER_MS)))
            replay_take_answer(h, end);
        else if (!check_over(h->check))
            miss(h, first, end);
    }
    return end;
}

/* It goes on living, and nothing came that should not have. */
static void replay_probe(struct replay *h)
{
    static const char bytes[] = "is anybody still there?";
    union address to = client_target(h->check, 0);
    struct client client = {.fd = -1};

    if (client_open(&client, h->check, AF_INET) && client_echo(&client, &to, bytes, sizeof bytes) &&
        client_receive(&h->client, &h->reply, 0))
        replay_take_answer(h, h->count);
    client_close(&client);
}

static void ask_target(struct replay *h, enum packet_family family)
{
    struct target_options options = check_options(h->check);
    size_t next = 0;
    int sent = 1;

    options.address = "127.0.0.1";
    options.port = PACKETS_SERVER_PORT;
    if (!check_start(h->check, &options) || !open_all(h, family))
        return;
    h->check->deed = "after hostile packets";
    for (size_t window = 0; sent > 0 && !check_over(h->check); window++) {
        sent = send_window(h);
        next = replay_collect(h, window, next);
    }
    if (!check_over(h->check))
        replay_probe(h);
}

void replay(struct check *c, enum packet_family family)
{
    struct replay h = {.check = c, .client = {.fd = -1}, .raw = -1};

    if (!exchange_has(&c->target->exchange, EXCHANGE_ANY_BYTES)) {
        check_unsupported(c, "the packets hold datagrams for an echo, none for %s",
                          exchange_protocol(&c->target->exchange)->name);
        return;
    }
    /* Another namespace for the target: fragments that wait for others and what ICMP taught stay in
     * the first. */
    if (ask_oracle(&h, family)) {
        if (platform_private_network() < 0)
            check_invalid(c, "no second network namespace: %s", strerror(errno));
        else
            ask_target(&h, family);
    }
    close_all(&h);
    free(h.delivered);
}
