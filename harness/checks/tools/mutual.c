#include "checks/tools/mutual.h"

#include "base/clock.h"
#include "checks/tools/command.h"
#include "checks/tools/forge.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_SIZE 8
#define ANSWER_MS 3000
/* Whatever happens, two instances are ended after that. */
#define PAIR_MS 1000
#define ROUNDS 4
/* One that answers for ever is not listened to for ever. */
#define HEARD_MAX 32

struct datagram {
    uint8_t bytes[FORGE_PAYLOAD];
    size_t length;
};

bool mutual_is_asked(struct check *c)
{
    if (exchange_has(&c->target->exchange, EXCHANGE_ANY_BYTES))
        check_unsupported(c, "an echo answers whatever comes: loop-self and loop-sibling are about "
                             "its loops");
    else if (!exchange_is_answered(&c->target->exchange))
        check_unsupported(c, "nothing answers %s", exchange_protocol(&c->target->exchange)->name);
    return !check_over(c);
}

/* ---- one instance ---- */

static bool make_request(struct client *client, struct datagram *request)
{
    uint8_t token[TOKEN_SIZE];

    client_random_bytes(client->check, token, sizeof token);
    request->length = asker_request(&client->asker, request->bytes, sizeof request->bytes, token,
                                    sizeof token);
    if (request->length == 0)
        check_unsupported(client->check, "no request carries %zu bytes", sizeof token);
    return request->length > 0;
}

static void send_bytes(struct client *client, const struct datagram *d)
{
    union address to = client_target(client->check, 0);

    if (sendto(client->fd, d->bytes, d->length, 0, &to.any, address_length(&to)) < 0)
        check_invalid(client->check, "a datagram could not be sent: %s", strerror(errno));
}

/* Takes what comes until a request is answered that was sent after it; the last of what is not that
 * answer is left in `other`, the answer in `answer`. */
static unsigned hear_until_answer(struct client *client, struct datagram *answer,
                                  struct datagram *other)
{
    struct pollfd readable = {.fd = client->fd, .events = POLLIN};
    struct check *c = client->check;
    struct exchange_answer found;
    unsigned others = 0;

    while (others < HEARD_MAX && !check_over(c)) {
        ssize_t n;

        if (poll(&readable, 1, check_ms(c, ANSWER_MS)) == 0)
            check_fail(c, "an answer to a request", "none within %d ms", check_ms(c, ANSWER_MS));
        n = recv(client->fd, answer->bytes, sizeof answer->bytes, 0);
        if (n < 0)
            continue;
        answer->length = (size_t)n;
        asker_answer(&client->asker, answer->bytes, answer->length, &found);
        /* An error about what was no request is no answer to the request. */
        if (found.kind == EXCHANGE_ANSWER)
            break;
        *other = *answer;
        others++;
    }
    return others;
}

/* Sends `d`, if any, then a request. */
static unsigned provoke(struct client *client, const struct datagram *d, struct datagram *answer,
                        struct datagram *other)
{
    struct datagram request;

    if (d)
        send_bytes(client, d);
    if (check_over(client->check) || !make_request(client, &request))
        return 0;
    send_bytes(client, &request);
    return hear_until_answer(client, answer, other);
}

unsigned mutual_answers(struct check *c, unsigned *sent)
{
    struct datagram own = {.length = 0}, error = {.length = 0}, half, answer, other;
    struct client client = {.fd = -1};
    unsigned heard = 0;

    *sent = 0;
    if (client_meet(&client, c) && make_request(&client, &half)) {
        half.length /= 2;
        asker_forget(&client.asker);
        provoke(&client, NULL, &own, &other);
        provoke(&client, &half, &answer, &error);
        for (unsigned i = 0; i < ROUNDS && !check_over(c); i++) {
            heard += provoke(&client, &own, &answer, &other);
            ++*sent;
            if (error.length > 0) {
                heard += provoke(&client, &error, &answer, &other);
                ++*sent;
            }
        }
    }
    client_close(&client);
    return heard;
}

/* ---- two instances ---- */

/* A bucket that gets one further token a day is a number of datagrams; a quota of nft(8) would be
 * bytes.  The forged one counts, too. */
static bool set_quota(struct check *c, unsigned a, unsigned b)
{
    char nft[] = "nft", rules[512], *words[] = {nft, rules, NULL};

    snprintf(rules, sizeof rules,
             "table ip edgewise { chain pair { type filter hook output priority 0; "
             "udp sport { %u, %u } udp dport { %u, %u } "
             "limit rate over 1/day burst %d packets drop; }; }",
             a, b, a, b, MUTUAL_QUOTA + 1);
    if (command_run(words) == 0)
        return true;
    check_unsupported(c, "nft(8), which is to end the loop, cannot set a quota here");
    return false;
}

static bool is_between(const struct forged *f, uint16_t a, uint16_t b)
{
    return (f->from_port == htons(a) && f->to_port == htons(b)) ||
           (f->from_port == htons(b) && f->to_port == htons(a));
}

/* A raw socket of UDP gets a copy of each packet that this network delivers (raw(7)). */
static unsigned count_passes(struct check *c, int listener, uint16_t a, uint16_t b)
{
    int64_t limit_ns = clock_now_ns() + PAIR_MS * NS_PER_MS, now_ns;
    struct pollfd readable = {.fd = listener, .events = POLLIN};
    unsigned heard = 0;
    struct forged f;

    while (heard <= MUTUAL_QUOTA && !check_over(c) && (now_ns = clock_now_ns()) < limit_ns) {
        ssize_t n = recv(listener, &f, sizeof f, 0);

        if (n < 0)
            poll(&readable, 1, (int)((limit_ns - now_ns) / NS_PER_MS) + 1);
        else
            heard += (size_t)n >= FORGE_HEADERS && is_between(&f, a, b);
    }
    if (heard == 0)
        check_invalid(c, "the forged datagram itself was not heard");
    return heard > 0 ? heard - 1 : 0;
}

static unsigned talk_to_each_other(struct check *c, struct client *client,
                                   const union address *second)
{
    int raw = forge_open(c, IPPROTO_RAW), listener = raw < 0 ? -1 : forge_open(c, IPPROTO_UDP);
    union address first = client_target(c, 0);
    uint16_t a = address_port(&first), b = address_port(second);
    struct datagram request;
    unsigned passes = 0;

    if (listener >= 0 && make_request(client, &request) && set_quota(c, a, b) &&
        forge_send(c, raw, second, &first, request.bytes, request.length))
        passes = count_passes(c, listener, a, b);
    if (raw >= 0)
        close(raw);
    if (listener >= 0)
        close(listener);
    return passes;
}

unsigned mutual_passes(struct check *c)
{
    struct target_options options = check_options(c);
    struct client client = {.fd = -1};
    struct target_run *second = NULL;
    struct error error = {0};
    unsigned passes = 0;

    options.address = "127.0.0.1";
    if (c->target->port != 0)
        check_unsupported(c, "it knows one port only: there can be no second instance");
    else if (check_try_start(c, &options, &second, &error)) {
        if (client_open(&client, c, AF_INET))
            passes = talk_to_each_other(c, &client, target_address(second, 0));
        target_stop(second, NULL);
    } else if (!check_over(c))
        check_unsupported(c, "a second instance does not start beside the first");
    client_close(&client);
    check_stop(c, NULL);
    return passes;
}
