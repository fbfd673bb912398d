#include "checks/tools/client.h"

#include "checks/tools/buffer.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "target/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An answer on loopback takes microseconds; a machine that is fully loaded may take its time. */
#define ANSWER_MS 3000
/* Room for what one case has under way at most. */
#define BUFFER_BYTES (4 << 20)
/* No request that cases make is larger, but for an echo's. */
#define CLIENT_REQUEST_ROOM 2048

/* ---- life ---- */

union address client_target(const struct check *c, unsigned index)
{
    return address_reachable(target_address(c->run, index));
}

bool client_open(struct client *client, struct check *c, int family)
{
    int bytes = BUFFER_BYTES;

    client->check = c;
    asker_init(&client->asker, &c->target->exchange, (uint64_t)clock_now_ns());
    client->fd = socket(family, SOCK_DGRAM, 0);
    if (client->fd < 0 || fcntl(client->fd, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(client->fd, F_SETFD, FD_CLOEXEC) < 0) {
        check_invalid(c, "no socket for a client: %s", strerror(errno));
        return false;
    }
    /* As root beyond the limit; where neither is granted, the cases' windows still fit the
     * default. */
#ifdef SO_RCVBUFFORCE
    if (setsockopt(client->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0)
        return true;
#endif
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return true;
}

bool client_meet(struct client *client, struct check *c)
{
    return client_open(client, c, client_target(c, 0).any.sa_family);
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    asker_fini(&client->asker);
}

int64_t client_drops(const struct client *client)
{
    int64_t drops = platform_socket_drops(client->fd);

    return drops < 0 ? 0 : drops;
}

bool client_reply_init(struct client_reply *reply, struct check *c)
{
    reply->bytes = malloc(CLIENT_ROOM);
    if (!reply->bytes)
        check_invalid(c, "no memory for a reply");
    return reply->bytes != NULL;
}

void client_reply_fini(struct client_reply *reply)
{
    free(reply->bytes);
    reply->bytes = NULL;
}

/* ---- talking ---- */

static int send_datagram(const struct client *client, const union address *to, const void *bytes,
                         size_t length)
{
    struct pollfd writable = {.fd = client->fd, .events = POLLOUT};

    for (;;) {
        if (sendto(client->fd, bytes, length, 0, &to->any, address_length(to)) >= 0)
            return 0;
        /* An ICMP error of an earlier datagram is reported once, and by whatever call comes
         * next. */
        if (errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
            return errno;
        if (interrupted())
            return EINTR;
        poll(&writable, 1, 100);
    }
}

int client_send(struct client *client, const union address *to, const void *bytes, size_t length)
{
    const struct exchange *spoken = client->asker.exchange;
    uint8_t request[CLIENT_REQUEST_ROOM];
    size_t size;

    if (exchange_has(spoken, EXCHANGE_ANY_BYTES))
        return send_datagram(client, to, bytes, length);
    if (!exchange_is_answered(spoken)) {
        check_unsupported(client->check, "nothing answers %s", exchange_protocol(spoken)->name);
        return EMSGSIZE;
    }
    size = asker_request(&client->asker, request, sizeof request, bytes, length);
    if (size > 0)
        return send_datagram(client, to, request, size);
    check_unsupported(client->check, "no request of %s carries %zu bytes of the case's choice",
                      exchange_protocol(spoken)->name, length);
    return EMSGSIZE;
}

/* From the datagram to what was asked with. */
static void unwrap(struct client *client, struct client_reply *reply)
{
    struct exchange_answer answer;

    reply->strange = NULL;
    if (exchange_has(client->asker.exchange, EXCHANGE_ANY_BYTES))
        return;
    asker_answer(&client->asker, reply->bytes, reply->length, &answer);
    if (answer.kind == EXCHANGE_REFUSED)
        check_fail(client->check, "an answer", "it refuses: %s", answer.name);
    if (answer.kind != EXCHANGE_ANSWER) {
        reply->strange = answer.name;
        return;
    }
    memmove(reply->bytes, answer.token, answer.length);
    reply->length = answer.length;
}

static bool client_take(struct client *client, struct client_reply *reply)
{
    socklen_t length = sizeof reply->from;
    ssize_t n;

    memset(&reply->from, 0, sizeof reply->from);
    n = recvfrom(client->fd, reply->bytes, CLIENT_ROOM, 0, &reply->from.any, &length);
    if (n < 0)
        return false;
    reply->length = (size_t)n;
    unwrap(client, reply);
    return true;
}

/* Who waits for so long expects an answer; shorter waits only look. */
#define PATIENT_MS 500
/* So many times as long as said, at most. */
#define PATIENCE 3
#define PATIENT_STEP_MS 50

/* A target that still computes, or waits for a processor, may yet answer: only one that sleeps has
 * nothing more to say.  On a busy machine the clock alone would accuse it. */
static bool client_may_be_answered(const struct client *client, int ms)
{
    const struct target_run *run = client->check ? client->check->run : NULL;

    return ms >= PATIENT_MS && run && !target_sleeps(run);
}

/* With 0 it takes what is there and does not wait. */
bool client_receive(struct client *client, struct client_reply *reply, int ms)
{
    int64_t start_ns = clock_now_ns(), limit_ns = start_ns + ms * NS_PER_MS;
    struct pollfd readable = {.fd = client->fd, .events = POLLIN};

    while (!client_take(client, reply)) {
        int64_t now_ns = clock_now_ns();

        if (now_ns >= limit_ns && now_ns < start_ns + PATIENCE * ms * NS_PER_MS &&
            client_may_be_answered(client, ms))
            limit_ns = now_ns + PATIENT_STEP_MS * NS_PER_MS;
        if (now_ns >= limit_ns || interrupted())
            return false;
        poll(&readable, 1, (int)((limit_ns - now_ns) / NS_PER_MS) + 1);
    }
    return true;
}

enum client_match client_judge(const struct client_reply *reply, const union address *asked,
                               const void *bytes, size_t length)
{
    if (reply->strange || reply->length > length || memcmp(reply->bytes, bytes, reply->length) != 0)
        return CLIENT_FOREIGN;
    if (reply->length < length)
        return reply->length == 0 ? CLIENT_FOREIGN : CLIENT_CUT;
    return address_same(&reply->from, asked) ? CLIENT_ECHO : CLIENT_ASTRAY;
}

const char *client_match_text(enum client_match match)
{
    switch (match) {
    case CLIENT_ECHO: return "the same bytes";
    case CLIENT_CUT: return "only the beginning of them";
    case CLIENT_FOREIGN: return "other bytes";
    case CLIENT_ASTRAY: break;
    }
    return "the same bytes";
}

bool client_echo(struct client *client, const union address *to, const void *bytes, size_t length)
{
    struct check *c = client->check;
    struct client_reply reply;
    char asked[64], from[64];
    enum client_match match;
    int err = client_send(client, to, bytes, length);

    if (err != 0) {
        check_invalid(c, "%zu bytes could not be sent: %s", length, strerror(err));
        return false;
    }
    if (!client_reply_init(&reply, c))
        return false;
    address_text(to, asked);
    if (!client_receive(client, &reply, check_ms(c, ANSWER_MS))) {
        if (!buffer_overflowed(c))
            check_fail(c, "an answer", "none from %s to %zu bytes within %d ms", asked, length,
                       check_ms(c, ANSWER_MS));
    } else if ((match = client_judge(&reply, to, bytes, length)) != CLIENT_ECHO) {
        address_text(&reply.from, from);
        check_fail(c, "the same bytes from the address that was asked",
                   "%s, %zu for %zu, asked of %s and answered from %s",
                   reply.strange ? reply.strange : client_match_text(match), reply.length, length,
                   asked, from);
    }
    client_reply_fini(&reply);
    return !check_over(c);
}

void client_random_bytes(struct check *c, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(check_random(c) >> 32);
}
