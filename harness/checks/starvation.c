/* Starvation: whether a port that has much to read keeps the others waiting until it has nothing left. */
#include "checks/chapters.h"
#include "checks/client.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

/* Well within the receive buffer that a socket has by default (some 250 small datagrams on Linux). */
#define BURST 200
#define PROBE_SIZE 64
/* A loop gives the same figure each time.  Threads are at the scheduler's mercy, and the best of some rounds shows that
 * they serve side by side; a loop that drains never does. */
#define ROUNDS 5
#define ANSWER_MS 3000

struct bursts {
    struct client client; /* one socket: its answers come in the order in which the target sent them */
    struct client_reply reply;
};

static bool send_to(struct check *c, struct bursts *b, unsigned port, unsigned count)
{
    union client_address to = client_target(c, port);
    uint8_t bytes[PROBE_SIZE] = {(uint8_t)port};

    for (unsigned i = 0; i < count; i++) {
        if (client_send(&b->client, &to, bytes, sizeof bytes) != 0) {
            check_invalid(c, "the burst could not be sent");
            return false;
        }
    }
    return true;
}

/* Takes all answers.  How many of the flooded port's came before the quiet one's; -1 with a verdict. */
static int answers_before(struct check *c, struct bursts *b, unsigned flooded, unsigned quiet)
{
    union client_address from = client_target(c, quiet);
    int before = -1;

    for (int n = 0; n < BURST + 1; n++) {
        if (!client_receive(&b->client, &b->reply, check_ms(c, ANSWER_MS))) {
            check_fail(c, "an answer to each datagram, of both ports", "%d of %d, then nothing for %d ms; the quiet port %u %s", n,
                       BURST + 1, check_ms(c, ANSWER_MS), target_port(c->run, quiet), before < 0 ? "had none" : "had its own");
            return -1;
        }
        if (b->reply.length != PROBE_SIZE || (b->reply.bytes[0] != flooded && b->reply.bytes[0] != quiet)) {
            check_fail(c, "echoes", "something else");
            return -1;
        }
        if (client_same_address(&b->reply.from, &from))
            before = n;
    }
    if (before < 0)
        check_fail(c, "the quiet port's answer from that port", "from another one");
    return before;
}

/* One round: both are queued while the target stands still, the flooded one first. */
static int round_of(struct check *c, struct bursts *b, unsigned flooded, unsigned quiet)
{
    int64_t drops;

    if (target_freeze(c->run, check_ms(c, ANSWER_MS)) < 0) {
        check_invalid(c, "the target could not be stopped with SIGSTOP");
        return -1;
    }
    if (!send_to(c, b, flooded, BURST) || !send_to(c, b, quiet, 1))
        return -1;
    drops = target_socket_drops(c->run);
    if (drops > 0)
        check_invalid(c, "the target's receive buffer held %" PRId64 " fewer than %d datagrams", drops, BURST);
    else if (target_signal(c->run, SIGCONT, true) < 0)
        check_fail(c, "the target goes on", "it is gone");
    return check_over(c) ? -1 : answers_before(c, b, flooded, quiet);
}

static void judge(struct check *c, unsigned flooded, int best)
{
    void (*say)(struct check *, const char *, const char *, ...) = c->settings->require_fairness ? check_fail : check_weak;

    if (best >= BURST)
        say(c, "a quiet port has its turn before a busy one has nothing left", "all %d datagrams queued on port %u were answered "
            "before the one on the other port, %d times out of %d", BURST, target_port(c->run, flooded), ROUNDS, ROUNDS);
}

static void both_ways(struct check *c, struct bursts *b)
{
    for (unsigned flooded = 0; flooded < 2 && !check_over(c); flooded++) {
        int best = BURST;

        for (int i = 0; i < ROUNDS && !check_over(c); i++) {
            int before = round_of(c, b, flooded, !flooded);

            best = before < best ? before : best;
        }
        if (!check_over(c))
            judge(c, flooded, best);
    }
}

static void burst(struct check *c)
{
    struct target_options options = check_options(c);
    struct bursts b = {.client = {.fd = -1}};

    options.sockets = 2;
    if (check_ports(c, 2) < 2)
        check_unsupported(c, "it serves one port only, so none can starve beside it");
    else if (check_start(c, &options) && client_open(&b.client, c, client_target(c, 0).any.sa_family) &&
             client_reply_init(&b.reply, c))
        both_ways(c, &b);
    client_close(&b.client);
    client_reply_fini(&b.reply);
}

static const struct check_case cases[] = {
    {"starvation-burst", "a port with one datagram is answered before a port with two hundred is done",
     "Stops the target (SIGSTOP), queues 200 datagrams on one of two ports and then one on the other, and lets it go on; the order\n"
     "of the answers tells whom it served first.  Five times, and the same with the ports exchanged.\n"
     "Why: an edge-triggered loop must read until there is nothing left, and on a flooded socket there is always something: the\n"
     "quiet ones cannot get a word in edgewise.  Counted, not timed, so that a busy machine changes nothing.\n"
     "Good: the one is answered in its turn.  WEAK (with --require fairness: FAIL): always after all the others.\n"
     "Source: epoll(7), questions and answers, \"starvation\".", EW_CAN_ECHO | EW_CAN_SOCKETS, burst},
};

const struct check_chapter check_starvation = {"starvation", cases, sizeof cases / sizeof *cases};
