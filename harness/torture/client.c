#include "torture/client.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define DATAGRAM_ROOM 4096

int torture_client_init(struct torture_client *c, const struct exchange *exchange,
                        const union address *to)
{
    memset(c, 0, sizeof *c);
    c->to = address_reachable(to);
    /* No earlier run has asked with these, whose late answers might still come. */
    c->start = (uint64_t)clock_now_ns() ^ (uint64_t)getpid() << 40;
    asker_init(&c->asker, exchange, c->start);
    c->fd = socket(to->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return c->fd < 0 ? -1 : 0;
}

void torture_client_fini(struct torture_client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    asker_fini(&c->asker);
}

/* A refusal is an answer: what it is told is none of the network's business. */
static void torture_client_take(struct torture_client *c, const uint8_t *bytes, size_t size)
{
    struct exchange_answer answer;
    uint64_t token = 0;

    asker_answer(&c->asker, bytes, size, &answer);
    if (answer.kind == EXCHANGE_REFUSED)
        return;
    if (answer.kind == EXCHANGE_ANSWER && answer.length == sizeof token)
        memcpy(&token, answer.token, sizeof token);
    token -= c->start;
    if (answer.kind != EXCHANGE_ANSWER || answer.length != sizeof token || token >= c->asked ||
        c->answered[token])
        c->wrong = true;
    else
        c->answered[token] = true;
}

/* All that came: late answers to what was asked before are answers, too. */
static void torture_client_drain(struct torture_client *c)
{
    uint8_t bytes[DATAGRAM_ROOM];
    ssize_t n;

    while ((n = recv(c->fd, bytes, sizeof bytes, 0)) >= 0)
        torture_client_take(c, bytes, (size_t)n);
}

/* A send that fails is as good as a datagram that was lost: who wants an answer asks again. */
bool torture_client_ask(struct torture_client *c, int wait_ms)
{
    uint64_t token = c->start + c->asked;
    struct pollfd one = {.fd = c->fd, .events = POLLIN};
    uint8_t bytes[DATAGRAM_ROOM];
    int64_t limit_ns = clock_now_ns() + wait_ms * NS_PER_MS;
    unsigned mine = c->asked;
    size_t size;

    if (mine == TORTURE_CLIENT_TOKENS)
        return false;
    size = asker_request(&c->asker, bytes, sizeof bytes, (const uint8_t *)&token, sizeof token);
    c->asked++;
    (void)sendto(c->fd, bytes, size, 0, &c->to.any, address_length(&c->to));
    while (!c->answered[mine] && clock_now_ns() < limit_ns) {
        poll(&one, 1, wait_ms);
        torture_client_drain(c);
    }
    return c->answered[mine];
}
