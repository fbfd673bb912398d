/* Loop: a datagram that claims to come from the server itself must not make it talk to itself for
 * ever. */
#include "checks/check.h"
#include "checks/counters.h"
#include "checks/tools/forge.h"
#include "checks/tools/mutual.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A loop is stopped after so many echoes. */
#define ECHOES_MAX 32
/* An echo that came back is served before a probe that was sent later, so that two rounds show a
 * loop. */
#define PROBE_ROUNDS 4
#define ANSWER_MS 3000
#define TOKEN_SIZE 32
#define REST_MS 500

struct loop {
    struct check *check;
    struct client client;
    int raw;      /* sends what it is told to, headers and all */
    int listener; /* hears every UDP packet of this network */
    unsigned ports;
    unsigned heard; /* of the forged datagram, itself included */
    uint8_t token[TOKEN_SIZE];
    uint8_t payload[FORGE_PAYLOAD]; /* the request that carries it, `size` bytes */
    size_t size;
};

/* ---- forging and hearing ---- */

/* IPPROTO_RAW sends headers as they are given and receives nothing (raw(7)): hence two sockets. */
static bool open_raw(struct loop *l)
{
    l->raw = forge_open(l->check, IPPROTO_RAW);
    l->listener = l->raw < 0 ? -1 : forge_open(l->check, IPPROTO_UDP);
    return l->raw >= 0 && l->listener >= 0;
}

/* In the target's protocol: of what it takes for no request it would not answer even the first. */
static bool make_payload(struct loop *l)
{
    l->size = asker_request(&l->client.asker, l->payload, sizeof l->payload, l->token,
                            sizeof l->token);
    if (l->size == 0)
        check_unsupported(l->check, "no request of %s carries %zu bytes",
                          exchange_protocol(l->client.asker.exchange)->name, sizeof l->token);
    return l->size > 0;
}

/* The request itself, or an answer to it, whoever sent it. */
static bool is_about_it(struct loop *l, const uint8_t *bytes, size_t length)
{
    struct exchange_answer answer;

    if (length == l->size && memcmp(bytes, l->payload, length) == 0)
        return true;
    asker_answer(&l->client.asker, bytes, length, &answer);
    return (answer.kind == EXCHANGE_ANSWER || answer.kind == EXCHANGE_REFUSED) &&
           answer.length == sizeof l->token && memcmp(answer.token, l->token, answer.length) == 0;
}

/* A raw socket of UDP gets a copy of each packet that this network delivers (raw(7)): a target that
 * talks to itself is heard without its help. */
static void hear(struct loop *l)
{
    struct forged f;
    ssize_t n;

    while (l->heard <= ECHOES_MAX && (n = recv(l->listener, &f, sizeof f, 0)) >= 0)
        l->heard += (size_t)n >= FORGE_HEADERS &&
                    is_about_it(l, f.payload, (size_t)n - FORGE_HEADERS);
}

/* ---- probing ---- */

/* Waits for a probe's answer, and stops the target as soon as it has echoed too often.  Stopped,
 * not left to it: a loop would go on beside whatever comes next. */
static bool await_answer(struct loop *l)
{
    struct pollfd ready[] = {{.fd = l->listener, .events = POLLIN},
                             {.fd = l->client.fd, .events = POLLIN}};
    struct check *c = l->check;
    uint8_t answer[FORGE_PAYLOAD];

    while (l->heard <= ECHOES_MAX && !check_over(c)) {
        if (poll(ready, 2, check_ms(c, ANSWER_MS)) == 0)
            check_fail(c, "an answer to others afterwards", "none within %d ms",
                       check_ms(c, ANSWER_MS));
        hear(l);
        if (recv(l->client.fd, answer, sizeof answer, 0) >= 0)
            return true;
    }
    target_signal(c->run, SIGSTOP, true);
    return false;
}

/* Each port in turn, since the loop may go from one to another. */
static void loop_probe(struct loop *l)
{
    bool answered = true;

    for (unsigned i = 0; i < PROBE_ROUNDS * l->ports && answered; i++) {
        union address to = client_target(l->check, i % l->ports);

        answered = client_send(&l->client, &to, "probe", 5) == 0 && await_answer(l);
    }
}

/* No echo server of the textbook is safe from that: it is a property that one may ask for, and that
 * who claims it must have. */
static void (*loop_verdict_of(const struct check *c))(struct check *, const char *, const char *,
                                                      ...)
{
    return c->settings->require_loopsafe || check_can(c, EW_CAN_LOOPSAFE) ? check_fail : check_weak;
}

/* The forged datagram itself is heard first, so that each number here is one more than there were
 * echoes.  One echo is no loop. */
static void loop_judge(struct loop *l)
{
    struct check *c = l->check;
    int64_t counted = check_socket_counter(c,
                                           offsetof(struct ew_socket_counters, dropped_own_source));

    if (l->heard == 0)
        check_invalid(c, "the forged datagram itself was not heard");
    else if (l->heard > 2)
        loop_verdict_of(c)(c, "at most one echo of what it seems to have sent itself",
                           "more than %u, and no end of it", l->heard > 4 ? 3 : 1);
    else if (!check_can(c, EW_CAN_LOOPSAFE))
        return;
    else if (l->heard > 1)
        check_fail(c, "no echo, as it claims to be loopsafe", "one");
    else if (counted == 0)
        check_fail(c, "what is dropped is counted (dropped_own_source)", "it is not");
}

/* One datagram to the first port, from `from`.  The payload is drawn anew: nothing else in this
 * network can be taken for it. */
static void talk(struct check *c, unsigned ports, const union address *from)
{
    struct loop l = {.check = c, .client = {.fd = -1}, .raw = -1, .listener = -1, .ports = ports};
    union address to = client_target(c, 0);

    client_random_bytes(c, l.token, sizeof l.token);
    if (open_raw(&l) && client_open(&l.client, c, AF_INET) && make_payload(&l) &&
        forge_send(c, l.raw, from, &to, l.payload, l.size)) {
        loop_probe(&l);
        if (!check_over(c)) {
            /* Of several workers another may have the forged one than those who have answered. */
            target_settle(c->run, check_ms(c, REST_MS));
            hear(&l);
            loop_judge(&l);
        }
    }
    client_close(&l.client);
    if (l.raw >= 0)
        close(l.raw);
    if (l.listener >= 0)
        close(l.listener);
}

/* ---- the cases ---- */

/* Of a command nobody knows whether it is safe; a plug-in says so or not. */
static bool loop_start(struct check *c, const char *address, unsigned ports)
{
    struct target_options options = check_options(c);

    options.address = address;
    options.sockets = ports;
    if (c->target->kind != TARGET_PLUGIN || check_can(c, EW_CAN_LOOPSAFE))
        return check_start(c, &options);
    check_unsupported(c, "the plug-in does not claim 'loopsafe'");
    return false;
}

/* The worst of them: one datagram, and the server is busy for ever. */
static void self(struct check *c)
{
    union address from;

    if (!loop_start(c, "127.0.0.1", 1))
        return;
    from = client_target(c, 0);
    talk(c, 1, &from);
}

/* The chargen and echo of one machine, as in the first reports of such loops (CERT CA-1996-01). */
static void sibling(struct check *c)
{
    union address from;

    if (check_ports(c, 2) < 2)
        check_unsupported(c, "it serves one port only");
    else if (loop_start(c, "127.0.0.1", 2)) {
        from = client_target(c, 1);
        talk(c, 2, &from);
    }
}

/* To compare a source with the address that one is bound to is not enough here: each of the
 * machine's addresses is one's own. */
static void loop_wildcard(struct check *c)
{
    union address from;

    if (!loop_start(c, "0.0.0.0", 1))
        return;
    from = client_target(c, 0);
    from.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    talk(c, 1, &from);
}

/* 127.0.0.99: none that a target is likely to have, too. */
#define NAMESAKE_HOST (INADDR_LOOPBACK + 98)

/* Somebody else, who happens to use the same port number. */
static void namesake(struct check *c)
{
    struct target_options options = check_options(c);
    struct client client = {.fd = -1};
    union address to, own;

    options.address = "127.0.0.1";
    if (check_start(c, &options) && client_open(&client, c, AF_INET)) {
        to = own = client_target(c, 0);
        own.in.sin_addr.s_addr = htonl(NAMESAKE_HOST);
        if (bind(client.fd, &own.any, sizeof own.in) < 0)
            check_invalid(c, "the same port of 127.0.0.99 cannot be had: %s", strerror(errno));
        else
            client_echo(&client, &to, "your port, my address", 21);
    }
    client_close(&client);
}

/* An answer is no request, whoever sends it. */
static void loop_answer(struct check *c)
{
    unsigned sent, heard;

    if (!mutual_is_asked(c) || !check_start(c, NULL))
        return;
    heard = mutual_answers(c, &sent);
    if (heard > 0)
        loop_verdict_of(c)(c, "no answer to answers", "%u datagrams came back for %u answers",
                           heard, sent);
    else
        check_note(c, "none came back for %u answers", sent);
}

/* A request is answered, and an error message may follow; then it should be over. */
#define PASSES_MAX 2

static void pair(struct check *c)
{
    struct target_options options = check_options(c);
    static const char expected[] = "at most 2 datagrams between two instances";
    unsigned passes;

    options.address = "127.0.0.1";
    if (!mutual_is_asked(c) || !check_start(c, &options))
        return;
    passes = mutual_passes(c);
    if (passes >= MUTUAL_QUOTA)
        check_fail(c, expected, "%u, and no end of it", passes);
    else if (passes > PASSES_MAX)
        loop_verdict_of(c)(c, expected, "%u", passes);
    else
        check_note(c, "passes %u", passes);
}

#define LOOP_WHY                                                                               \
    "Why: who answers that, answers its own answer next, and so on as fast as it can, for\n"   \
    "ever; one forged datagram is enough, and two servers of different makers can be set on\n" \
    "each other alike.\n"
#define LOOP_GOOD                                                                                \
    "Good: at most one echo, and probes are answered afterwards; who claims 'loopsafe' echoes\n" \
    "none and counts it.  WEAK: more; FAIL of who claims 'loopsafe', or with --require\n"        \
    "loopsafe.  The target is stopped after 32 echoes.  A plug-in without that claim is not\n"   \
    "asked.\n"                                                                                   \
    "Source: CERT CA-1996-01, \"UDP Port Denial-of-Service Attack\"; CVE-2024-2169."

static const struct check_case cases[] = {
    {"loop-self", "a datagram that claims to come from the socket that receives it",
     "Sends the target a datagram whose source is its own address and port, through a raw\n"
     "socket.\n" LOOP_WHY LOOP_GOOD,
     EW_CAN_ECHO | CHECK_ALONE, self},
    {"loop-sibling", "a datagram that claims to come from another socket of the server",
     "Sends the first port a datagram whose source is the second one, through a raw "
     "socket.\n" LOOP_WHY LOOP_GOOD,
     EW_CAN_ECHO | EW_CAN_SOCKETS | CHECK_ALONE, sibling},
    {"loop-wildcard",
     "bound to a wildcard, a datagram from its own port at another address of the machine",
     "Binds 0.0.0.0 and sends 127.0.0.1 a datagram from the same port at 127.0.0.2, which is\n"
     "the server, too.\n" LOOP_WHY LOOP_GOOD,
     EW_CAN_ECHO | EW_CAN_WILDCARD | CHECK_ALONE, loop_wildcard},
    {"loop-namesake", "a client elsewhere that uses the same port number is answered",
     "Asks 127.0.0.1 from the server's own port number at 127.0.0.99, where the server is not.\n"
     "Why: who drops by the port alone is deaf to clients that have done nothing wrong.\n"
     "Good: it is answered.\n"
     "Source: RFC 768: a source is an address and a port.",
     EW_CAN_ECHO | CHECK_ALONE, namesake},
    {"loop-answer", "an answer is not answered",
     "Records an answer of the target, and what it says to half a request, if it does; sends it\n"
     "those from a client's port, four times each, and counts what comes back.  Requests in\n"
     "between show when it has seen them.\n"
     "Why: two that answer answers, or errors, go on for ever once one forged datagram has\n"
     "begun it.\n"
     "Good: nothing comes back.  WEAK: something; FAIL with --require loopsafe.  UNSUPPORTED of\n"
     "an echo, which answers everything by definition; loop-self is about its loops.\n"
     "Source: CVE-2024-2169; RFC 1035, section 4.1.1 (QR) for DNS.",
     EW_CAN_ECHO, loop_answer},
    {"loop-pair", "two instances are not set on each other by one datagram",
     "Starts two instances and sends the first a request whose source is the second, through a\n"
     "raw socket, in a network of their own; counts the datagrams between them that follow, for\n"
     "a second.  A firewall there ends a loop after 1,000; both instances are ended afterwards.\n"
     "Why: one forged datagram would be enough to keep both busy for ever.\n"
     "Good: at most 2, an answer and an error about it.  WEAK: more; FAIL with --require\n"
     "loopsafe, and where the 1,000 are reached.  UNSUPPORTED of an echo, as\n"
     "loop-answer, and without nft(8).\n"
     "Source: CVE-2024-2169.",
     EW_CAN_ECHO | CHECK_ALONE, pair},
};

const struct check_chapter check_loop = {"loop", cases, sizeof cases / sizeof *cases};
