/* Order: what one client sent first comes back first. */
#include "checks/check.h"
#include "checks/tools/client.h"
#include "checks/tools/load.h"
#include "flood/flow.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Enough for a loop to come back to the first while others still have something. */
#define FREEZE_PORTS 3
#define FREEZE_SIZE 64
/* Well within the receive buffer that a socket has by default (some 250 small datagrams on
 * Linux). */
#define FREEZE_QUICK 64
#define FREEZE_FULL 200

/* ---- under load ---- */

/* UDP promises no order, but on one machine the kernel keeps it (a queue for each socket): whoever
 * changes it is the target.  Where a protocol says nothing of order, disorder is no fault. */
static void judge_order(const struct load *load, struct check *c)
{
    const struct ledger_counts *n = &load->result.counts;

    if (n->reordered > 0 && !exchange_has(&c->target->exchange, EXCHANGE_ORDERED))
        check_note(c,
                   "%" PRIu64 " of %" PRIu64 " came after a later one, by up to %" PRIu64 " places",
                   n->reordered, n->echoed, n->reorder_extent);
    else if (n->reordered > 0)
        check_fail(c, "answers in the order of the questions",
                   "%" PRIu64 " of %" PRIu64 " came after a later one, by up to %" PRIu64 " places",
                   n->reordered, n->echoed, n->reorder_extent);
}

static void flood_in_order(struct check *c, uint32_t flows, uint32_t window, uint64_t count)
{
    struct load load;

    if (!check_start(c, NULL))
        return;
    load_init(&load, c);
    load.config.flows = flows;
    load.config.window = window;
    load.config.count = count;
    if (load_run(&load, c)) {
        load_judge_echoes(&load, c);
        judge_order(&load, c);
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
    bool seen[FREEZE_PORTS][FREEZE_FULL];
    unsigned disorder;
    struct client_reply reply;
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

/* Which one of its port the reply is the answer to; -1: none, or one that was there already. */
static int number_of(struct check *c, struct burst *b, unsigned port)
{
    union address to = client_target(c, port);
    int number = b->reply.length > 2 ? b->reply.bytes[1] << 8 | b->reply.bytes[2] : -1;
    uint8_t bytes[FREEZE_SIZE];

    if (number < 0 || number >= (int)b->each || b->seen[port][number])
        return -1;
    order_fill(c, bytes, port, (unsigned)number);
    return client_judge(&b->reply, &to, bytes, sizeof bytes) == CLIENT_ECHO ? number : -1;
}

/* Takes the answers of one port; false when one is missing or wrong.  Each is waited for with a
 * deadline of its own: how long all take is the machine's matter.  Answers are told by their
 * number, so that disorder and loss are told apart. */
static bool collect_port(struct check *c, struct burst *b, unsigned port, unsigned expected)
{
    bool ordered = exchange_has(&c->target->exchange, EXCHANGE_ORDERED);

    for (unsigned place = 0; place < expected; place++) {
        int number;

        if (!client_receive(&b->clients[port], &b->reply, check_ms(c, 2000))) {
            check_fail(c, "an answer to each queued datagram, without a further packet",
                       "%u of %u on port %u, then nothing for %d ms", place, expected,
                       target_port(c->run, port), check_ms(c, 2000));
            return false;
        }
        number = number_of(c, b, port);
        if (number < 0 || (ordered && number != (int)place)) {
            check_fail(c, "answers in the order of the questions",
                       "on port %u, in place %u, number %d (of port %d)", target_port(c->run, port),
                       place, b->reply.length > 2 ? b->reply.bytes[1] << 8 | b->reply.bytes[2] : -1,
                       b->reply.length > 0 ? b->reply.bytes[0] : -1);
            return false;
        }
        b->seen[port][number] = true;
        b->disorder += number != (int)place;
    }
    return true;
}

static void thaw_and_collect(struct check *c, struct burst *b)
{
    /* What did not fit was dropped behind what did: the first ones are expected. */
    int64_t drops = target_socket_drops(c->run);

    if (drops > 0)
        check_invalid(c, "the target's receive buffer held %" PRId64 " fewer than %u datagrams",
                      drops, b->each * b->ports);
    else if (target_signal(c->run, SIGCONT, true) < 0)
        check_fail(c, "the target goes on", "it is gone");
    for (unsigned port = 0; port < b->ports && !check_over(c); port++)
        collect_port(c, b, port, b->each);
    if (b->disorder > 0)
        check_note(c, "%u of %u answers were not in the place of their question", b->disorder,
                   b->each * b->ports);
}

/* All arrive while nobody reads: one edge is all that an edge-triggered loop will ever be told of
 * them (epoll(7)). */
static void freeze_and_burst(struct check *c, struct burst *b)
{
    for (unsigned port = 0; port < b->ports; port++) {
        if (!client_open(&b->clients[port], c, AF_INET))
            return;
    }
    if (!client_reply_init(&b->reply, c))
        return;
    if (target_freeze(c->run, check_ms(c, 2000)) < 0)
        check_invalid(c, "the target could not be stopped with SIGSTOP");
    else if (queue_burst(c, b))
        thaw_and_collect(c, b);
}

static void freeze(struct check *c)
{
    struct target_options options = check_options(c);
    struct burst burst = {.clients = {{.fd = -1}, {.fd = -1}, {.fd = -1}},
                          .ports = check_ports(c, FREEZE_PORTS),
                          .each = c->settings->full ? FREEZE_FULL : FREEZE_QUICK};

    options.sockets = burst.ports;
    if (check_start(c, &options))
        freeze_and_burst(c, &burst);
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
     "Good: no answer comes after that to a later question.\n"
     "Source: the echo programs of tokio-aio-examples, which reorder so.",
     EW_CAN_ECHO, fifo},
    {"order-clients", "a hundred clients, interleaved, have their answers in order",
     "A hundred clients with two datagrams under way each.\n"
     "Why: a server that sorts, batches or spreads its work by client may keep one client's\n"
     "order and lose another's.\n"
     "Good: each client's answers are in its own order.\n"
     "Source: as order-fifo.",
     EW_CAN_ECHO, clients},
    {"order-freeze",
     "after a freeze, all that was queued is answered, in order, without a further packet",
     "Stops the target (SIGSTOP), queues datagrams on up to three ports, and lets it go on\n"
     "(SIGCONT).\n"
     "Why: edge-triggered readiness tells of an arrival once.  A server that reads once for\n"
     "each edge answers the first and sits on the others until somebody else sends.\n"
     "Good: as many answers as questions on each port, in order, though nothing more is sent.\n"
     "Source: epoll(7), questions and answers 9.",
     EW_CAN_ECHO, freeze},
};

const struct check_chapter check_order = {"order", cases, sizeof cases / sizeof *cases};
