/* Order: what one client sent first comes back first. */
#include "checks/check.h"
#include "checks/tools/buffer.h"
#include "checks/tools/freeze.h"
#include "checks/tools/labour.h"
#include "checks/tools/client.h"
#include "checks/tools/load.h"
#include "flood/flow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Enough for a loop to come back to the first while others still have something. */
#define FREEZE_PORTS 3
#define FREEZE_SIZE 64
/* More than a turn's usual bounds of 32, 64 and 128, and well within the receive buffer that a
 * socket has by default (some 250 small datagrams on Linux). */
#define FREEZE_EACH 200

/* Of one burst a single thread may have done most, whoever helps: so many tell. */
#define FREEZE_BURSTS 20

/* ---- under load ---- */

/* How it is told depends on who answers: several threads may overtake each other, which is WEAK,
 * where one loop that does so has lost the order itself. */
static void judge_order(const struct load *load, struct check *c,
                        const struct target_labour *before)
{
    const struct ledger_counts *n = &load->result.counts;

    if (n->reordered > 0 && !exchange_has(&c->target->exchange, EXCHANGE_ORDERED))
        check_note(c, "%" PRIu64 " of %" PRIu64 " came after a later one", n->reordered, n->echoed);
    else if (n->reordered > 0)
        labour_blame_order(c, before, n->echoed,
                           "%" PRIu64 " of %" PRIu64 " came after a later one, by up to %" PRIu64
                           " places",
                           n->reordered, n->echoed, n->reorder_extent);
}

/* A closed loop, so that hardly anything is dropped: what is lost leaves less to be out of
 * order. */
static void flood_in_order(struct check *c, uint32_t flows, uint32_t window, uint64_t count)
{
    struct target_labour before;
    struct load load;

    if (!check_start(c, NULL))
        return;
    target_labour(c->run, &before);
    load_init(&load, c);
    load.config.flows = flows;
    load.config.window = window;
    load.config.count = count;
    if (load_run(&load, c)) {
        load_judge_echoes(&load, c);
        judge_order(&load, c, &before);
    }
    load_fini(&load);
}

/* With the default window, 64 under way at once: enough for a loop that takes batches to fill
 * them. */
static void fifo(struct check *c)
{
    flood_in_order(c, 1, 0, c->settings->full ? 200000 : 10000);
}

/* Two of each under way: order within one client matters only where it has more than one. */
static void clients(struct check *c)
{
    flood_in_order(c, 100, 2, c->settings->full ? 200000 : 10000);
}

/* ---- freeze and burst ---- */

/* A client for each port: what a port answers is not mixed with the others', so that each one's
 * order is seen by itself. */
struct burst {
    struct client clients[FREEZE_PORTS];
    unsigned ports;
    unsigned each;
    struct client_reply reply;
    struct target_labour before; /* the first burst */
    uint64_t asked;              /* since then */
    unsigned late, late_port;    /* answers after one to a later question, and at which port */
};

/* Port and number are told by the datagram itself; the rest depends on the seed, so that an answer
 * of an earlier run is none. */
static void order_fill(struct check *c, uint8_t *bytes, unsigned port, unsigned number)
{
    memset(bytes, (int)(c->settings->seed % 251), FREEZE_SIZE);
    bytes[0] = (uint8_t)port;
    bytes[1] = (uint8_t)(number >> 8);
    bytes[2] = (uint8_t)number;
}

/* Port by port in turn: a loop finds all of them ready, and each with a whole burst behind the
 * first datagram. */
static bool queue_burst(struct check *c, struct burst *b)
{
    uint8_t bytes[FREEZE_SIZE];

    for (unsigned number = 0; number < b->each; number++) {
        for (unsigned port = 0; port < b->ports; port++) {
            union address to = client_target(c, port);

            order_fill(c, bytes, port, number);
            if (client_send(&b->clients[port], &to, bytes, sizeof bytes) != 0) {
                check_invalid(c, "the burst could not be sent");
                return false;
            }
        }
    }
    return true;
}

/* Which of the port's datagrams this answers; -1: none of them, with a verdict. */
static int order_number(struct check *c, struct burst *b, unsigned port)
{
    union address to = client_target(c, port);
    unsigned number = b->each;
    uint8_t bytes[FREEZE_SIZE];

    if (b->reply.length > 2)
        number = (unsigned)(b->reply.bytes[1] << 8 | b->reply.bytes[2]);
    order_fill(c, bytes, port, number);
    if (number < b->each && client_judge(&b->reply, &to, bytes, sizeof bytes) == CLIENT_ECHO)
        return (int)number;
    check_fail(c, "each datagram comes back once, as it was sent",
               "on port %u %zu bytes that were not sent there", target_port(c->run, port),
               b->reply.length);
    return -1;
}

/* What is lost and what is late are two faults: all that comes is taken first. */
static void collect_port(struct check *c, struct burst *b, unsigned port)
{
    unsigned came = 0, late = 0;
    int last = -1, number;

    while (came < b->each && client_receive(&b->clients[port], &b->reply, check_ms(c, 2000))) {
        number = order_number(c, b, port);
        if (number < 0)
            return;
        came++;
        late += number < last;
        last = number > last ? number : last;
    }
    if (came < b->each)
        check_fail(c, "an answer to each queued datagram, without a further packet",
                   "on port %u %u of %u were lost: %u came%s, then nothing for %d ms",
                   target_port(c->run, port), b->each - came, b->each, came,
                   late ? ", not all in order" : "", check_ms(c, 2000));
    if (late > 0 && b->late == 0) {
        b->late_port = target_port(c->run, port);
        b->late = late;
    }
}

/* All arrive while nobody reads: one edge is all that an edge-triggered loop will ever be told of
 * them (epoll(7)). */
static bool freeze_and_burst(struct check *c, struct burst *b)
{
    if (!freeze_begin(c) || !queue_burst(c, b) || !freeze_end(c, b->each * b->ports))
        return false;
    b->asked += (uint64_t)b->each * b->ports;
    for (unsigned port = 0; port < b->ports && !check_over(c); port++)
        collect_port(c, b, port);
    return !check_over(c);
}

static void judge_burst(struct check *c, struct burst *b)
{
    static const char text[] = "on port %u all %u came, %u of them after one to a later question";

    if (!exchange_has(&c->target->exchange, EXCHANGE_ORDERED)) {
        check_note(c, text, b->late_port, b->each, b->late);
        return;
    }
    for (unsigned i = 1; i < FREEZE_BURSTS && !labour_is_shared(c, &b->before, b->asked); i++) {
        if (!freeze_and_burst(c, b))
            return;
    }
    labour_blame_order(c, &b->before, b->asked, text, b->late_port, b->each, b->late);
}

static void freeze_ports(struct check *c, struct burst *b)
{
    for (unsigned port = 0; port < b->ports; port++) {
        if (!client_meet(&b->clients[port], c))
            return;
    }
    target_labour(c->run, &b->before);
    if (client_reply_init(&b->reply, c) && freeze_and_burst(c, b) && b->late > 0)
        judge_burst(c, b);
}

static void freeze(struct check *c)
{
    struct target_options options = check_options(c);
    struct burst burst = {.clients = {{.fd = -1}, {.fd = -1}, {.fd = -1}},
                          .ports = check_ports(c, FREEZE_PORTS)};

    options.sockets = burst.ports;
    if (check_start(c, &options)) {
        burst.each = buffer_holds(c, FREEZE_EACH);
        freeze_ports(c, &burst);
    }
    for (unsigned port = 0; port < burst.ports; port++)
        client_close(&burst.clients[port]);
    client_reply_fini(&burst.reply);
}

/* ---- the table ---- */

static const struct check_case cases[] = {
    {"order-fifo", "one client's answers come in the order of its questions",
     "One client keeps a window of datagrams under way.\n"
     "Why: UDP promises no order, but loopback keeps it, so whoever breaks it is the server:\n"
     "a reply that could not be sent was put at the back of its queue.\n"
     "Good: no answer comes after that to a later question.  WEAK: some do, and several threads\n"
     "or processes answer side by side.\n"
     "Source: the echo programs of tokio-aio-examples, which reorder so.",
     EW_CAN_ECHO | CHECK_QUIET, fifo},
    {"order-clients", "a hundred clients, interleaved, have their answers in order",
     "A hundred clients with two datagrams under way each.\n"
     "Why: a server that sorts, batches or spreads its work by client may keep one client's\n"
     "order and lose another's.\n"
     "Good: each client's answers are in its own order.\n"
     "Source: as order-fifo.",
     EW_CAN_ECHO | CHECK_QUIET, clients},
    {"order-freeze",
     "after a freeze, all that was queued is answered, in order, without a further packet",
     "Stops the target (SIGSTOP), queues datagrams on up to three ports, and lets it go on\n"
     "(SIGCONT).\n"
     "Why: edge-triggered readiness tells of an arrival once.  A server that reads once for\n"
     "each edge answers the first and sits on the others until somebody else sends.\n"
     "Good: as many answers as questions on each port, in order, though nothing more is sent.\n"
     "Source: epoll(7), questions and answers 9.",
     EW_CAN_ECHO | CHECK_TROUBLE | CHECK_QUIET, freeze},
};

const struct check_chapter check_order = {"order", cases, sizeof cases / sizeof *cases};
