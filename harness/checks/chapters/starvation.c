/* Starvation: whether a port that has much to read keeps the others waiting until it has nothing
 * left. */
#include "checks/check.h"
#include "checks/tools/client.h"
#include "checks/tools/freeze.h"
#include "checks/tools/load.h"

#include "base/clock.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

/* Well within the receive buffer that a socket has by default (some 250 small datagrams on
 * Linux). */
#define BURST 200
#define PROBE_SIZE 64
/* A loop gives the same figure each time.  Threads are at the scheduler's mercy, and the best of
 * some rounds shows that they serve side by side; a loop that drains never does. */
#define ROUNDS 5
#define ANSWER_MS 3000
/* Of the answer to the last datagram until it waits again; who never sleeps is not waited for. */
#define SETTLE_MS 500

struct bursts {
    /* one socket: its answers come in the order in which the target sent them */
    struct client client;
    struct client_reply reply;
    uint32_t sent;
};

/* The first byte names the port, so that an answer from a wrong one is seen; a number behind it
 * makes each another one, since who forwards may take the same question for one that is asked
 * again. */
static bool starvation_send_to(struct check *c, struct bursts *b, unsigned port, unsigned count)
{
    union address to = client_target(c, port);
    uint8_t bytes[PROBE_SIZE] = {(uint8_t)port};

    for (unsigned i = 0; i < count; i++) {
        memcpy(&bytes[1], &b->sent, sizeof b->sent);
        b->sent++;
        if (client_send(&b->client, &to, bytes, sizeof bytes) != 0) {
            check_invalid(c, "the burst could not be sent");
            return false;
        }
    }
    return true;
}

/* Takes all answers.  How many of the flooded port's came before the quiet one's; -1 with a
 * verdict.  One client asks both ports: the order in which one socket receives is the order in
 * which the target has sent. */
static int answers_before(struct check *c, struct bursts *b, unsigned flooded, unsigned quiet)
{
    union address from = client_target(c, quiet);
    int before = -1;

    for (int n = 0; n < BURST + 1; n++) {
        if (!client_receive(&b->client, &b->reply, check_ms(c, ANSWER_MS))) {
            check_fail(c, "an answer to each datagram, of both ports",
                       "%d of %d, then nothing for %d ms; the quiet port %u %s", n, BURST + 1,
                       check_ms(c, ANSWER_MS), target_port(c->run, quiet),
                       before < 0 ? "had none" : "had its own");
            return -1;
        }
        if (b->reply.length != PROBE_SIZE ||
            (b->reply.bytes[0] != flooded && b->reply.bytes[0] != quiet)) {
            check_fail(c, "echoes", "something else");
            return -1;
        }
        if (address_same(&b->reply.from, &from))
            before = n;
    }
    if (before < 0)
        check_fail(c, "the quiet port's answer from that port", "from another one");
    return before;
}

/* One round: both are queued while the target stands still, the flooded one first.  It must stand
 * still in its wait: who is stopped before it has seen that the quiet port has no more reads that
 * one first, whatever its loop is. */
static int round_of(struct check *c, struct bursts *b, unsigned flooded, unsigned quiet)
{
    target_settle(c->run, check_ms(c, SETTLE_MS));
    if (!freeze_begin(c) || !starvation_send_to(c, b, flooded, BURST) ||
        !starvation_send_to(c, b, quiet, 1) || !freeze_end(c, BURST + 1))
        return -1;
    return answers_before(c, b, flooded, quiet);
}

/* What an unfair server gets.  Unfair and right: drained until EAGAIN is a usual design, which
 * --require fairness rules out. */
static void (*starvation_verdict_of(const struct check *c))(struct check *, const char *,
                                                            const char *, ...)
{
    return c->settings->require_fairness ? check_fail : check_weak;
}

/* Not "as many as its share": any turn before the last is a turn, and how many a loop takes at a
 * time is its own choice. */
static void starvation_judge(struct check *c, unsigned flooded, int best)
{
    if (best >= BURST)
        starvation_verdict_of(c)(
            c, "a quiet port has its turn before a busy one has nothing left",
            "all %d datagrams queued on port %u were answered before the one on the "
            "other port, %d times out of %d",
            BURST, target_port(c->run, flooded), ROUNDS, ROUNDS);
}

/* Either may come first in the loop's order, and the first one is never kept waiting. */
static void both_ways(struct check *c, struct bursts *b)
{
    for (unsigned flooded = 0; flooded < 2 && !check_over(c); flooded++) {
        int best = BURST;

        for (int i = 0; i < ROUNDS && !check_over(c); i++) {
            int before = round_of(c, b, flooded, !flooded);

            best = before < best ? before : best;
        }
        if (!check_over(c))
            starvation_judge(c, flooded, best);
    }
}

static void starvation_burst(struct check *c)
{
    struct target_options options = check_options(c);
    struct bursts b = {.client = {.fd = -1}};

    options.sockets = 2;
    if (check_ports(c, 2) < 2)
        check_unsupported(c, "it serves one port only, so none can starve beside it");
    else if (check_start(c, &options) && client_meet(&b.client, c) &&
             client_reply_init(&b.reply, c))
        both_ways(c, &b);
    client_close(&b.client);
    client_reply_fini(&b.reply);
}

/* ---- beside a flood ---- */

#define PORTS 10
#define QUIET_ROUNDS 5
#define PAUSE_MS 20
/* Well within the flood's five seconds. */
#define STARVED_MS 2500
/* Without so much of a processor nobody can serve a flood. */
#define CPU_LEAST 0.05

struct probes {
    struct client client;
    struct client_reply reply;
    unsigned ports;
    unsigned number; /* of the last probe */
    int64_t worst_ns;
};

/* Waits for the answer to the last probe, and passes over those to earlier ones. */
static bool await_probe(struct probes *p, int ms)
{
    int64_t limit_ns = clock_now_ns() + ms * NS_PER_MS, left_ns;

    while ((left_ns = limit_ns - clock_now_ns()) > 0 &&
           client_receive(&p->client, &p->reply, (int)(left_ns / NS_PER_MS) + 1)) {
        if (p->reply.length == sizeof p->number &&
            memcmp(p->reply.bytes, &p->number, sizeof p->number) == 0)
            return true;
    }
    return false;
}

/* The flood is over: does the answer come now? */
static void judge_unanswered(struct check *c, struct probes *p, unsigned port, int64_t cpu_ns)
{
    bool late = await_probe(p, check_ms(c, ANSWER_MS));

    if (check_over(c))
        return;
    if (!late)
        check_fail(c, "an answer to each probe",
                   "none on port %u, beside a flood of port %u, nor afterwards",
                   target_port(c->run, port), target_port(c->run, 0));
    else if ((double)cpu_ns < CPU_LEAST * check_ms(c, STARVED_MS) * NS_PER_MS)
        check_invalid(c, "the target had no processor while port %u waited",
                      target_port(c->run, port));
    else
        starvation_verdict_of(c)(c, "probes of the other ports are answered beside a flood",
                                 "on port %u none within %d ms, until the flood of port %u ended",
                                 target_port(c->run, port), check_ms(c, STARVED_MS),
                                 target_port(c->run, 0));
}

/* Asks each quiet port; the one that did not answer in time, 0 for none.  One by one: several
 * probes at once would make the target less idle than a client finds it. */
static unsigned ask_quiet_ports(struct check *c, struct probes *p)
{
    for (unsigned port = 1; port < p->ports && !check_over(c); port++) {
        union address to = client_target(c, port);
        int64_t start_ns = clock_now_ns(), took_ns;

        p->number++;
        if (client_send(&p->client, &to, &p->number, sizeof p->number) != 0)
            check_invalid(c, "a probe could not be sent");
        else if (!await_probe(p, check_ms(c, STARVED_MS)))
            return port;
        took_ns = clock_now_ns() - start_ns;
        p->worst_ns = took_ns > p->worst_ns ? took_ns : p->worst_ns;
    }
    return 0;
}

/* The target's processor time is taken before each round of probes: who had none while a port
 * waited was starved by the machine, and has starved nobody. */
static void probe_beside_flood(struct check *c, struct probes *p)
{
    unsigned port = 0;
    struct target_usage before = {0}, after = {0};
    int64_t baseline_ns = p->worst_ns,
            limit_ns = clock_now_ns() + (c->settings->full ? 2 : 1) * NS_PER_S;
    pid_t flood = load_background(c, 1, NULL);

    p->worst_ns = 0;
    while (flood > 0 && port == 0 && !check_over(c) && clock_now_ns() < limit_ns) {
        poll(NULL, 0, PAUSE_MS);
        target_usage(c->run, &before);
        port = ask_quiet_ports(c, p);
    }
    target_usage(c->run, &after);
    load_background_end(flood);
    if (port > 0)
        judge_unanswered(c, p, port, after.cpu_ns - before.cpu_ns);
    else
        check_note(c, "worst delay of a probe %.1f ms, without a flood %.1f ms",
                   (double)p->worst_ns / NS_PER_MS, (double)baseline_ns / NS_PER_MS);
}

/* First without a flood, for a delay to compare with and so that a port which never answers is not
 * called starved. */
static void starvation_flood(struct check *c)
{
    struct target_options options = check_options(c);
    struct probes p = {.client = {.fd = -1}, .ports = check_ports(c, PORTS)};
    unsigned port = 0;

    options.sockets = p.ports;
    if (p.ports < 2)
        check_unsupported(c, "it serves one port only, so none can starve beside it");
    else if (check_start(c, &options) && client_meet(&p.client, c) &&
             client_reply_init(&p.reply, c)) {
        for (unsigned i = 0; i < QUIET_ROUNDS && port == 0 && !check_over(c); i++)
            port = ask_quiet_ports(c, &p);
        if (port > 0)
            check_fail(c, "an answer to each probe", "none on port %u, before any flood",
                       target_port(c->run, port));
        if (!check_over(c))
            probe_beside_flood(c, &p);
    }
    client_close(&p.client);
    client_reply_fini(&p.reply);
}

/* ---- all flooded ---- */

/* Fewer answers say nothing of shares. */
#define SHARES_LEAST 100
#define SHARES_TURN 1000
#define SHARES_QUICK 20000
#define SHARES_FULL 500000
#define SHARES_MS 1500
/* One when all have the same, 1/n when one has all. */
#define JAIN_LEAST 0.5

/* Bounded, so that one client's answers do not keep us from the others'; one byte is enough to
 * count by, the rest is cut off (recv(2)). */
static uint64_t take_all(struct client *client)
{
    uint64_t n = 0;
    char byte;

    while (n < SHARES_TURN && recv(client->fd, &byte, sizeof byte, 0) >= 0)
        n++;
    return n;
}

/* Jain, Chiu and Hawe, 1984. */
static double jain(const uint64_t *shares, unsigned n)
{
    double sum = 0, squares = 0;

    for (unsigned i = 0; i < n; i++) {
        sum += (double)shares[i];
        squares += (double)shares[i] * (double)shares[i];
    }
    return squares > 0 ? sum * sum / (n * squares) : 0;
}

/* The flooder sends by the clients' sockets, so that the answers come here.  By turns, the same
 * number to each port: a share is the target's choice. */
static void count_shares(struct check *c, struct client *clients, unsigned ports)
{
    uint64_t shares[PORTS] = {0}, total = 0, most = c->settings->full ? SHARES_FULL : SHARES_QUICK;
    int64_t limit_ns = clock_now_ns() + check_ms(c, SHARES_MS) * NS_PER_MS;
    pid_t flooder = load_background(c, ports, clients);
    double index;

    while (flooder > 0 && total < most && clock_now_ns() < limit_ns && !check_over(c)) {
        for (unsigned i = 0; i < ports; i++) {
            uint64_t n = take_all(&clients[i]);

            shares[i] += n;
            total += n;
        }
        poll(NULL, 0, 1);
    }
    load_background_end(flooder);
    index = jain(shares, ports);
    if (total < SHARES_LEAST)
        check_invalid(c, "only %" PRIu64 " answers in %d ms", total, check_ms(c, SHARES_MS));
    else if (index < JAIN_LEAST)
        starvation_verdict_of(c)(
            c, "ports that are flooded alike are served alike: Jain's index of 0.5 at least",
            "%.2f; the first of %u ports had %" PRIu64 " answers, the last %" PRIu64, index, ports,
            shares[0], shares[ports - 1]);
    else
        check_note(c, "Jain's index %.2f", index);
}

/* Clients of ours, one for each port, whose sockets the flooder only borrows. */
static void shares(struct check *c)
{
    struct target_options options = check_options(c);
    struct client clients[PORTS];
    unsigned ports = check_ports(c, PORTS);
    bool well;

    for (unsigned i = 0; i < PORTS; i++)
        clients[i] = (struct client){.fd = -1};
    options.sockets = ports;
    if (ports < 2)
        check_unsupported(c, "it serves one port only, which has all");
    well = !check_over(c) && check_start(c, &options);
    for (unsigned i = 0; i < ports && well; i++)
        well = client_meet(&clients[i], c);
    if (well)
        count_shares(c, clients, ports);
    for (unsigned i = 0; i < PORTS; i++)
        client_close(&clients[i]);
}

static const struct check_case cases[] = {
    {"starvation-burst",
     "a port with one datagram is answered before a port with two hundred is done",
     "Stops the target (SIGSTOP), queues 200 datagrams on one of two ports and then one on\n"
     "the other, and lets it go on; the order of the answers tells whom it served first.\n"
     "Five times, and the same with the ports exchanged.\n"
     "Why: an edge-triggered loop must read until there is nothing left, and on a flooded\n"
     "socket there is always something: the quiet ones cannot get a word in edgewise.\n"
     "Counted, not timed, so that a busy machine changes nothing.\n"
     "Good: the one is answered in its turn.  WEAK (with --require fairness: FAIL): always\n"
     "after all the others.\n"
     "Source: epoll(7), questions and answers, \"starvation\".",
     EW_CAN_ECHO | EW_CAN_SOCKETS | CHECK_TROUBLE, starvation_burst},
    {"starvation-flood", "beside a flooded port the others are answered",
     "Another process floods the first of ten ports as fast as it can, while each of the\n"
     "others is asked in turn; the same without the flood before.\n"
     "Why: on a socket that is filled as fast as it is read, a loop that reads until there is\n"
     "nothing left never ends.\n"
     "Good: each probe is answered while the flood lasts; the worst delay is told beside that\n"
     "without it, and not judged, as the machine has its part in it.  WEAK (with --require\n"
     "fairness: FAIL): an answer came only when the flood ended.\n"
     "Source: epoll(7), questions and answers, \"starvation\".",
     EW_CAN_ECHO | EW_CAN_SOCKETS | CHECK_TROUBLE, starvation_flood},
    {"starvation-shares", "ports that are flooded alike are served alike",
     "Another process floods ten ports in turn, and the answers of each are counted.\n"
     "Why: a loop that begins with the same port each time serves the last ones only when it\n"
     "has time to spare.\n"
     "Good: Jain's index of the counts, 1 when all are equal and 1/10 when one has all, is\n"
     "0.5 at least.  WEAK (with --require fairness: FAIL): less.\n"
     "Source: Jain, Chiu, Hawe, \"A Quantitative Measure of Fairness\", DEC-TR-301, 1984.",
     EW_CAN_ECHO | EW_CAN_SOCKETS | CHECK_TROUBLE, shares},
};

const struct check_chapter check_starvation = {"starvation", cases, sizeof cases / sizeof *cases};
