#include "checks/runner/aftermath.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "checks/tools/client.h"

#include <poll.h>
#include <string.h>

/* What was under way when the case ended may take so long to be worked off. */
#define REST_LIMIT_MS 1500
#define LOOK_MS 10
/* Who is seen asleep so often in a row has nothing left to do; who spins never is. */
#define LOOKS_ASLEEP 2
/* Less of a processor than this within the limit is no spinning but a machine that is busy. */
#define SPIN_CPU 0.1
#define ANSWER_MS 3000
/* One of four workers that is gone is then missed once in ten thousand times. */
#define FRESH_CLIENTS 32

/* ---- rest ---- */

/* A target with work left sleeps in between, as soon as it has caught up; one that spins is found
 * running, or waiting for a processor, at each look, whatever share of the machine it gets. */
static bool is_seen_asleep(struct check *c, int limit_ms)
{
    int64_t limit_ns = clock_now_ns() + limit_ms * NS_PER_MS;
    unsigned asleep = 0;

    while (asleep < LOOKS_ASLEEP && clock_now_ns() < limit_ns && !interrupted()) {
        asleep = target_sleeps(c->run) ? asleep + 1 : 0;
        if (asleep < LOOKS_ASLEEP)
            poll(NULL, 0, LOOK_MS);
    }
    return asleep == LOOKS_ASLEEP;
}

/* By what it computed as well as by sleep: where others take the processors, who is never seen
 * asleep may only never have got one. */
static void judge_rest(struct check *c)
{
    int limit_ms = check_ms(c, REST_LIMIT_MS);
    struct target_usage before = {0}, after = {0};
    int64_t used_ns;

    if (check_can(c, EW_CAN_SPINS) || target_usage(c->run, &before) < 0 ||
        is_seen_asleep(c, limit_ms) || target_usage(c->run, &after) < 0 || interrupted() ||
        !target_alive(c->run))
        return;
    used_ns = after.cpu_ns - before.cpu_ns;
    if ((double)used_ns > SPIN_CPU * limit_ms * NS_PER_MS)
        check_fail(c, "it sleeps once the trouble is over",
                   "in %d ms it was never seen asleep and computed for %.0f ms", limit_ms,
                   (double)used_ns / NS_PER_MS);
    else
        check_invalid(c,
                      "the target got %.0f ms of a processor in %d ms, too little to come to rest",
                      (double)used_ns / NS_PER_MS, limit_ms);
}

/* ---- every port ---- */

static const char aftermath_expected[] =
    "once the trouble is over, each port answers a client it has not met";

/* A socket of its own each time: a server may have given up on a client without having given up on
 * its port, and the other way round. */
static void ask_once(struct check *c, unsigned index, unsigned number)
{
    union address to = client_target(c, index);
    struct client_reply reply = {.bytes = NULL};
    struct client client = {.fd = -1};
    uint8_t bytes[32];
    int err;

    client_random_bytes(c, bytes, sizeof bytes);
    if (client_open(&client, c, to.any.sa_family) && client_reply_init(&reply, c)) {
        err = client_send(&client, &to, bytes, sizeof bytes);
        if (err)
            check_invalid(c, "a fresh client's datagram could not be sent: %s", strerror(err));
        else if (!client_receive(&client, &reply, check_ms(c, ANSWER_MS)))
            check_fail(c, aftermath_expected,
                       "port %u, %u of %u, did not answer client %u of %u within %d ms",
                       target_port(c->run, index), index + 1, target_sockets(c->run), number + 1,
                       FRESH_CLIENTS, check_ms(c, ANSWER_MS));
        else if (client_judge(&reply, &to, bytes, sizeof bytes) != CLIENT_ECHO)
            check_fail(c, aftermath_expected, "port %u answered with %zu bytes that are no echo",
                       target_port(c->run, index), reply.length);
    }
    client_reply_fini(&reply);
    client_close(&client);
}

/* Several clients: where workers share a port (SO_REUSEPORT), one of whom is gone, only some of the
 * clients find nobody. */
static void ask_port(struct check *c, unsigned index)
{
    for (unsigned i = 0; i < FRESH_CLIENTS && !check_over(c) && target_alive(c->run); i++)
        ask_once(c, index, i);
}

/* On the case's own check, so that what is found here is told as its verdict and no second one. */
void aftermath(struct check *c)
{
    struct check left = *c;

    c->verdict = VERDICT_PASS;
    judge_rest(c);
    for (unsigned i = 0; i < target_sockets(c->run) && !check_over(c) && target_alive(c->run); i++)
        ask_port(c, i);
    /* Nothing new, or nothing worse than what the case itself has found. */
    if (c->verdict != VERDICT_FAIL && left.verdict != VERDICT_PASS)
        c->verdict = left.verdict;
    if (c->verdict == left.verdict) {
        memcpy(c->expected, left.expected, sizeof c->expected);
        memcpy(c->seen, left.seen, sizeof c->seen);
    }
}
