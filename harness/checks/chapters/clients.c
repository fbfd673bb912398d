/* Clients: several at once, who must not feel each other, and many after each other, of whom
 * nothing stays. */
#include "checks/check.h"
#include "checks/tools/freeze.h"
#include "checks/tools/growth.h"
#include "checks/tools/pressure.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "flood/served.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

/* ---- held up ---- */

/* Four clients, and the verdict is pressure_release()'s: an answer that reaches another client than
 * asked is told there. */
static void clients_held(struct check *c)
{
    struct pressure p;

    if (pressure_begin(&p, c, EW_FULL_DROP, PRESSURE_CLIENTS_MAX))
        pressure_release(&p);
    pressure_end(&p);
}

/* ---- one that is gone ---- */

#define GONE_CLIENTS 4
#define GONE_EACH 12
#define GONE_SIZE 48
#define ANSWER_MS 3000

struct meeting {
    struct client clients[GONE_CLIENTS];
    struct client_reply reply;
    union address to;
};

/* Another byte for each question (48 of them): whose it is and which one is seen by any part of
 * it. */
static void meeting_write(uint8_t *bytes, unsigned client, unsigned number)
{
    memset(bytes, (int)(client * GONE_EACH + number), GONE_SIZE);
}

/* In turn, so that each batch that the target takes has questions of all. */
static bool meeting_asks(struct check *c, struct meeting *m)
{
    uint8_t bytes[GONE_SIZE];

    for (unsigned i = 0; i < GONE_CLIENTS * GONE_EACH; i++) {
        struct client *client = &m->clients[i % GONE_CLIENTS];

        meeting_write(bytes, i % GONE_CLIENTS, i / GONE_CLIENTS);
        if (client_send(client, &m->to, bytes, sizeof bytes) != 0) {
            check_invalid(c, "the burst could not be sent");
            return false;
        }
    }
    return true;
}

/* Which question of client `client` the reply answers; GONE_EACH: none. */
static unsigned meeting_find(const struct meeting *m, unsigned client)
{
    uint8_t bytes[GONE_SIZE];
    unsigned number = 0;

    for (; number < GONE_EACH; number++) {
        meeting_write(bytes, client, number);
        if (client_judge(&m->reply, &m->to, bytes, sizeof bytes) == CLIENT_ECHO)
            break;
    }
    return number;
}

/* All of one client's answers, in whatever order. */
static void meeting_collects(struct check *c, struct meeting *m, unsigned client)
{
    bool seen[GONE_EACH] = {false};

    for (unsigned n = 0; n < GONE_EACH && !check_over(c); n++) {
        unsigned number;

        if (!client_receive(&m->clients[client], &m->reply, check_ms(c, ANSWER_MS))) {
            check_fail(c, "a client that is gone costs no other client an answer",
                       "client %u of %u had %u of %u answers, beside client 1, whose port is "
                       "closed",
                       client + 1, GONE_CLIENTS, n, GONE_EACH);
            return;
        }
        number = meeting_find(m, client);
        if (number == GONE_EACH || seen[number])
            check_fail(c, "each client gets its own answers, once",
                       "client %u of %u got %zu bytes that are none", client + 1, GONE_CLIENTS,
                       m->reply.length);
        else
            seen[number] = true;
    }
}

/* The first socket is closed while the target stands still: all its answers find nobody, and none
 * has been sent before. */
static void clients_gone(struct check *c)
{
    struct meeting m = {.reply = {.bytes = NULL}};
    bool well = check_start(c, NULL) && client_reply_init(&m.reply, c);

    for (unsigned i = 0; i < GONE_CLIENTS; i++) {
        m.clients[i].fd = -1;
        well = well && client_meet(&m.clients[i], c);
    }
    if (well) {
        m.to = client_target(c, 0);
        if (freeze_begin(c) && meeting_asks(c, &m)) {
            client_close(&m.clients[0]); /* its answers find nobody, which ICMP tells the target */
            freeze_end(c, GONE_CLIENTS * GONE_EACH);
        }
    }
    for (unsigned i = 1; well && i < GONE_CLIENTS && !check_over(c); i++)
        meeting_collects(c, &m, i);
    for (unsigned i = 0; i < GONE_CLIENTS; i++)
        client_close(&m.clients[i]);
    client_reply_fini(&m.reply);
}

/* ---- many after each other ---- */

/* A descriptor or a thread for each client shows with a few, and must not come near the thousand
 * descriptors that a process may have by default. */
#define FEW 60
#define FEW_PARTS 12
/* Some bytes for each show only with many. */
#define MANY 2000
#define MANY_BYTES 16
#define MANY_LEAST (16 << 10)
/* A table of 65,536 is full by then, and grows no more. */
#define MANY_PARTS 36
#define MANY_LIMIT_MS 8000
#define MANY_FULL_MS 120000 /* all of them: a table that is full refuses whoever comes then */
/* Who has a table whose entries expire is right, too. */
#define EXPIRY_MS 5000
#define EXPIRY_STEP_MS 200

/* A client that nobody has met: a socket of its own, which is closed after its one question. */
static bool meet_one(struct check *c, struct client_reply *reply, unsigned part)
{
    union address to = client_target(c, 0), own = {.in = {.sin_family = AF_INET}};
    struct client client = {.fd = -1};
    uint32_t question = (uint32_t)check_random(c);
    bool answered = false;

    /* What was asked may be remembered, which a client must not cost: then it was asked before. */
    if (exchange_has(&c->target->exchange, EXCHANGE_CACHES))
        question %= FEW;

    if (client_open(&client, c, to.any.sa_family)) {
        /* Ports are given out anew after a while: another address makes another client of them.
         * Where it cannot be had, some of them are met again. */
        own.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 256 + part);
        if (to.any.sa_family == AF_INET && ntohl(to.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET)
            (void)bind(client.fd, &own.any, sizeof own.in);
        if (client_send(&client, &to, &question, sizeof question) != 0)
            check_invalid(c, "a client's datagram could not be sent: %s", strerror(errno));
        else
            answered = client_receive(&client, reply, check_ms(c, ANSWER_MS));
        if (!answered)
            check_fail(c, "each new client has an answer", "one has none within %d ms",
                       check_ms(c, ANSWER_MS));
    }
    client_close(&client);
    return answered && !check_over(c);
}

/* `count` new clients, and what the target has then. */
static bool meet(struct growth *g, struct client_reply *reply, unsigned count)
{
    bool well = true;

    for (unsigned i = 0; i < count && well; i++)
        well = meet_one(g->check, reply, g->parts);
    return well && growth_look(g, count);
}

/* Does what was there go by itself? */
static bool expires(const struct growth *g, const char *what)
{
    int64_t limit_ns = clock_now_ns() + check_ms(g->check, EXPIRY_MS) * NS_PER_MS;
    struct growth later = *g;

    while (clock_now_ns() < limit_ns && !interrupted()) {
        struct target_usage *now = &later.at[g->parts - 1];

        poll(NULL, 0, EXPIRY_STEP_MS);
        if (target_usage(g->check->run, now) == 0 && growth_goes_on(&later) != what)
            return true;
    }
    return false;
}

/* Few first: a descriptor for each client must be found before thousands come near the limit. */
static void clients_growth(struct check *c)
{
    struct growth few = {.check = c, .bytes_least = INT64_MAX};
    struct growth many = {
        .check = c, .clients = MANY, .bytes_each = MANY_BYTES, .bytes_least = MANY_LEAST};
    int64_t limit_ns = clock_now_ns() +
                       check_ms(c, c->settings->full ? MANY_FULL_MS : MANY_LIMIT_MS) * NS_PER_MS;
    struct client_reply reply = {.bytes = NULL};
    bool well = check_start(c, NULL) && client_reply_init(&reply, c);
    const char *what = NULL;

    while (well && few.parts < FEW_PARTS && (what || !growth_is_known(&few))) {
        well = meet(&few, &reply, FEW);
        what = growth_goes_on(&few);
    }
    if (well && what && !expires(&few, what))
        growth_fail(&few, what, "60 clients, each another one");
    what = NULL;
    while (well && !check_over(c) && many.parts < MANY_PARTS && clock_now_ns() < limit_ns &&
           (what || c->settings->full || !growth_is_known(&many))) {
        well = meet(&many, &reply, MANY);
        what = growth_goes_on(&many);
    }
    if (well && what && !check_over(c))
        growth_fail(&many, what, "2000 clients, each another one");
    client_reply_fini(&reply);
}

/* ---- of several workers ---- */

#define FLOWS 64
#define FLOW_EACH 10

/* One by one, so that what the workers count meanwhile is this client's. */
static bool flow_asks(struct check *c, struct flood_served *served)
{
    struct client client = {.fd = -1};
    union address to = client_target(c, 0);
    bool well = client_meet(&client, c);

    served_begin(served, target_page(c->run));
    for (unsigned i = 0; well && i < FLOW_EACH; i++)
        well = client_echo(&client, &to, "mine", 4);
    served_end(served, target_page(c->run));
    client_close(&client);
    return well;
}

static void flow_judge(struct check *c, const struct flood_served *served, unsigned flow)
{
    unsigned busy = 0;
    int64_t most = 0;

    for (unsigned i = 0; i < served->workers; i++) {
        busy += served->datagrams[i] > 0;
        most = served->datagrams[i] > most ? served->datagrams[i] : most;
    }
    if (busy != 1 || most != FLOW_EACH)
        check_fail(c, "each client's datagrams are taken by one worker, each of them once",
                   "%u workers took those of client %u, one of them %" PRId64 " of %d", busy,
                   flow + 1, most, FLOW_EACH);
}

static void clients_workers(struct check *c)
{
    struct flood_served served = {0};

    if (!check_start(c, NULL))
        return;
    served_begin(&served, target_page(c->run));
    if (served.workers < 2)
        check_unsupported(c, "it has one worker: --workers 2 --share hash makes it two");
    served_fini(&served);
    for (unsigned i = 0; i < FLOWS && !check_over(c); i++) {
        if (flow_asks(c, &served))
            flow_judge(c, &served, i);
        served_fini(&served);
    }
}

/* ---- the table ---- */

static const struct check_case cases[] = {
    {"clients-held", "answers that wait for the kernel go to the clients that asked",
     "Limits what the target sends, so that the kernel refuses it, and asks a hundred\n"
     "questions from four clients in turn.\n"
     "Why: an address kept for the socket instead of with the reply is the last client's once\n"
     "the reply can be sent.\n"
     "Good: no client gets another one's answer.\n"
     "Source: send(2), EAGAIN; recvfrom(2): the address belongs to that datagram.",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, clients_held},
    {"clients-gone", "a client that is gone costs no other client an answer",
     "Stops the target, queues datagrams of four clients in turn, closes the first client's\n"
     "socket, and lets the target go on.\n"
     "Why: the ICMP error about an answer to nobody is told by whatever call comes next, which\n"
     "is about somebody else; in a batch it ends the batch.\n"
     "Good: the other three have all their answers.\n"
     "Source: udp(7), \"Error handling\"; sendmmsg(2).",
     EW_CAN_ECHO | CHECK_TROUBLE, clients_gone},
    {"clients-growth", "clients that come and go leave nothing behind",
     "Parts of 60 clients, each with a socket and a question of its own, and then of 2,000,\n"
     "as many as it takes until what the target has comes to rest (full: 72,000).\n"
     "Why: a session for each client without a bound, or that never expires, fills the\n"
     "descriptors or the memory of a server that runs for months.\n"
     "Good: descriptors, threads and memory come to rest, be it at the size of a table, or go\n"
     "back by themselves within five seconds.\n"
     "Source: proc(5); getrlimit(2), RLIMIT_NOFILE.",
     EW_CAN_ECHO, clients_growth},
    {"clients-workers", "a client stays with the worker that has served it",
     "Asks ten questions each from 64 clients, one after the other, and reads what each worker\n"
     "has counted.\n"
     "Why: where two workers take one client's datagrams they overtake each other, and what a\n"
     "worker knows of a client the other one lacks.\n"
     "Good: all ten were taken by one worker, whichever it is.\n"
     "Source: socket(7), SO_REUSEPORT and SO_ATTACH_REUSEPORT_CBPF; the counters page.",
     EW_CAN_ECHO | EW_CAN_COUNTERS | EW_CAN_WORKERS, clients_workers},
};

const struct check_chapter check_clients = {"clients", cases, sizeof cases / sizeof *cases};
