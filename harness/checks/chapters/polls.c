/* Polls: how often the futures of a target that counts it are polled.  What lay in the sockets
 * before the loop began is the fingerprint's to ask: no live client can be that early. */
#include "checks/check.h"
#include "checks/tools/client.h"
#include "checks/tools/freeze.h"

#include <inttypes.h>

#define PORTS 10
/* Not one: a poll too many now and then must show as a number that does not divide. */
#define PACKETS 20
#define SETTLE_MS 2000
#define ANSWER_MS 2000

/* Relaxed: the target rests whenever it is asked, and what it counted before has long been
 * written. */
static uint64_t polls_of_slot(const struct check *c, unsigned slot)
{
    return atomic_load_explicit(&ew_page_socket(target_page(c->run), slot)->counters.polls,
                                memory_order_relaxed);
}

/* Of a port that workers share the sum: one of them serves the one client that asks, and the
 * others' are not polled. */
static uint64_t polls_of(const struct check *c, unsigned index)
{
    uint64_t sum = 0;

    for (unsigned i = index; i < target_page(c->run)->sockets; i += target_sockets(c->run))
        sum += polls_of_slot(c, i);
    return sum;
}

/* Started and at rest. */
static bool polls_start(struct check *c, unsigned *ports)
{
    struct target_options options = check_options(c);

    *ports = options.sockets = check_ports(c, PORTS);
    if (!check_start(c, &options))
        return false;
    target_settle(c->run, check_ms(c, SETTLE_MS));
    return true;
}

/* The port in the middle: neither the first future nor the last. */
static unsigned chosen_of(unsigned ports)
{
    return ports / 2;
}

/* ---- at the start ---- */

/* A future must be polled once to register its interest; what polls it again without an event is a
 * waker that was woken for nothing. */
static void once(struct check *c)
{
    unsigned ports;

    if (!polls_start(c, &ports))
        return;
    for (unsigned i = 0; i < target_page(c->run)->sockets && !check_over(c); i++) {
        if (polls_of_slot(c, i) != 1)
            check_fail(c, "each future is polled once at the start",
                       "that of port %u %" PRIu64 " times", target_port(c->run, i % ports),
                       polls_of_slot(c, i));
    }
}

/* ---- one by one ---- */

/* A datagram's echo, and all that follows from it.  At rest before the counts are read: the poll
 * that finds nothing more comes after the echo. */
static bool echo_and_rest(struct check *c, struct client *client)
{
    union address to = client_target(c, chosen_of(target_sockets(c->run)));

    if (!client_echo(client, &to, "poll", 4))
        return false;
    target_settle(c->run, check_ms(c, SETTLE_MS));
    return true;
}

/* Where futures are joined in one task all of them are polled for each event; both ways are right,
 * a mixture is not. */
static void judge_each(struct check *c, const uint64_t *before, uint64_t each)
{
    unsigned ports = target_sockets(c->run);

    for (unsigned i = 0; i < ports && !check_over(c); i++) {
        uint64_t polls = polls_of(c, i) - before[i];

        if (polls != each * PACKETS && (i == chosen_of(ports) || polls != 0))
            check_fail(c, "as many polls for each datagram; of the other futures none, or as many",
                       "%" PRIu64 " for the first and %" PRIu64
                       " for %d on port %u, whose future is %s",
                       each, polls, PACKETS, target_port(c->run, i),
                       i == chosen_of(ports) ? "the one that serves them" : "another");
    }
}

/* The first echo says how many polls one costs; the others must cost the same. */
static void polls_lock_step(struct check *c)
{
    struct client client = {.fd = -1};
    uint64_t before[PORTS], each;
    unsigned ports, sent = 0;

    if (polls_start(c, &ports) && client_meet(&client, c)) {
        each = polls_of(c, chosen_of(ports));
        if (echo_and_rest(c, &client)) {
            each = polls_of(c, chosen_of(ports)) - each;
            for (unsigned i = 0; i < ports; i++)
                before[i] = polls_of(c, i);
            while (sent < PACKETS && echo_and_rest(c, &client))
                sent++;
        }
        if (sent == PACKETS)
            judge_each(c, before, each);
    }
    client_close(&client);
}

/* ---- all at once ---- */

/* To rest before the counts are read: what follows an answer may be a poll that finds nothing
 * more. */
static bool queue_and_collect(struct check *c, struct client *client)
{
    union address to = client_target(c, chosen_of(target_sockets(c->run)));
    struct client_reply reply = {0};
    unsigned got = 0;

    if (!client_reply_init(&reply, c))
        return false;
    freeze_begin(c);
    for (unsigned i = 0; i < PACKETS && !check_over(c); i++) {
        if (client_send(client, &to, "poll", 4) != 0)
            check_invalid(c, "the burst could not be sent");
    }
    if (!check_over(c))
        freeze_end(c, PACKETS);
    while (got < PACKETS && !check_over(c) &&
           client_receive(client, &reply, check_ms(c, ANSWER_MS)))
        got++;
    if (got < PACKETS && !check_over(c))
        check_fail(c, "an answer to each datagram", "%u of %d", got, PACKETS);
    client_reply_fini(&reply);
    target_settle(c->run, check_ms(c, SETTLE_MS));
    return !check_over(c);
}

/* Fewer polls than one by one are right: what lies ready together is told once. */
static void polls_burst(struct check *c)
{
    struct client client = {.fd = -1};
    uint64_t at_first, each, polls;
    unsigned ports;

    if (polls_start(c, &ports) && client_meet(&client, c)) {
        at_first = polls_of(c, chosen_of(ports));
        if (echo_and_rest(c, &client)) {
            each = polls_of(c, chosen_of(ports)) - at_first;
            if (queue_and_collect(c, &client)) {
                polls = polls_of(c, chosen_of(ports)) - at_first - each;
                if (polls < 1 || polls > each * PACKETS)
                    check_fail(
                        c, "between one poll and as many as for datagrams that come one by one",
                        "%" PRIu64 " for %d at once, %" PRIu64 " for one", polls, PACKETS, each);
            }
        }
    }
    client_close(&client);
}

static const struct check_case cases[] = {
    {"polls-start", "each future is polled once at the start",
     "Starts the target with ten ports if it serves that many, waits until it rests, and\n"
     "reads its counts.\n"
     "Why: a future that is polled before anything happened registers for its events; a\n"
     "second poll finds nothing.\n"
     "Good: one poll for each socket's future.\n"
     "Source: futures 0.1 and tokio-core 0.1; the counters page.",
     EW_CAN_ECHO | EW_CAN_POLLS, once},
    {"polls-lock-step", "a datagram that comes alone costs as many polls each time",
     "Sends 21 datagrams to one of ten ports, each when the target rests, and compares the\n"
     "counts.\n"
     "Why: a notify that is lost costs an answer; one too many costs a poll that finds\n"
     "nothing, and nobody sees it.\n"
     "Good: the same number for each datagram; of the other sockets' futures none (spawned,\n"
     "FuturesUnordered), or as many (joined in one task).\n"
     "Source: futures 0.1 and tokio-core 0.1; the counters page.",
     EW_CAN_ECHO | EW_CAN_POLLS, polls_lock_step},
    {"polls-burst", "datagrams that come together cost no more polls than one by one",
     "Stops the target, queues 20 datagrams, lets it go on, and reads its counts when it\n"
     "rests.\n"
     "Why: events that come together are one notify; a loop that polls once for each of them\n"
     "works for nothing.\n"
     "Good: from one poll to as many as the same datagrams cost one by one.\n"
     "Source: futures 0.1 and tokio-core 0.1; the counters page.",
     EW_CAN_ECHO | EW_CAN_POLLS, polls_burst},
};

const struct check_chapter check_polls = {"polls", cases, sizeof cases / sizeof *cases};
