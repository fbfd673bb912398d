/* Queue: nothing is lost that is not counted, under a flood or while the kernel takes no answers,
 * and afterwards all is as before. */
#include "checks/check.h"
#include "checks/counters.h"
#include "checks/tools/client.h"
#include "checks/tools/growth.h"
#include "checks/tools/labour.h"
#include "checks/tools/load.h"
#include "checks/tools/pressure.h"

#include "base/clock.h"
#include "base/interrupt.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* More than any buffer holds, so that something is dropped somewhere. */
#define FLOOD_QUICK 20000
#define FLOOD_FULL 1000000

static bool queue_flood(struct check *c, struct load *load)
{
    load_init(load, c);
    load->config.pace = PACE_UNPACED;
    load->config.flows = 4;
    load->config.count = c->settings->full ? FLOOD_FULL : FLOOD_QUICK;
    return load_run(load, c);
}

/* Echoes first: one that is wrong says more than one that is missing, and the first verdict
 * stays. */
static void ledger(struct check *c)
{
    struct load load;

    if (!check_start(c, NULL))
        return;
    if (queue_flood(c, &load)) {
        load_judge_echoes(&load, c);
        load_judge_losses(&load, c);
    }
    load_fini(&load);
}

/* One at a time: whoever still works off the flood, or has lost an edge in it, misses one. */
static void queue_lock_step(struct check *c)
{
    struct client client = {.fd = -1};
    union address to = client_target(c, 0);
    uint8_t bytes[64];

    if (client_open(&client, c, to.any.sa_family)) {
        for (unsigned i = 0; i < 100 && !check_over(c); i++) {
            client_random_bytes(c, bytes, sizeof bytes);
            client_echo(&client, &to, bytes, sizeof bytes);
        }
    }
    client_close(&client);
}

/* What the flood lost is not judged here. */
static void recovers(struct check *c)
{
    struct load load;
    bool flooded;

    if (!check_start(c, NULL))
        return;
    flooded = queue_flood(c, &load);
    load_fini(&load);
    if (flooded)
        queue_lock_step(c);
}

/* ---- while the kernel takes no answers ---- */

/* UDP promises no order, and no more do most protocols: what must be told of a loop that echoes, is
 * right for who passes on what he is asked. */
static bool judges_order(struct check *c, const struct pressure *p)
{
    if (check_over(c) || p->disorder == 0)
        return false;
    if (exchange_has(&c->target->exchange, EXCHANGE_ORDERED))
        return true;
    check_note(c, "%u of %u came after one to a later question", p->disorder, p->answered);
    return false;
}

/* Who loses the order with nothing held up does not lose it by holding. */
static void judge_held_order(struct check *c, struct pressure *p)
{
    unsigned late = p->disorder, answered = p->answered;
    struct target_labour before = p->before;

    if (p->senders > 1)
        check_weak(c, "answers in the order of the questions",
                   "%u of %u came after one to a later question; %d threads held one each, and "
                   "waited to send it",
                   late, answered, p->senders);
    else if (pressure_off_loses_order(p))
        check_weak(c, "answers in the order of the questions",
                   "%u of %u came after one to a later question, and %u of %u where nothing was "
                   "held up, which order-freeze judges",
                   late, answered, p->disorder, p->answered);
    else if (!check_over(c))
        labour_blame_order(c, &before, 2 * PRESSURE_SENT,
                           "%u of %u came after one to a later question", late, answered);
}

/* Told to drop: one that pauses leaves its questions in the kernel, which keeps their order for
 * it. */
static void held_order(struct check *c)
{
    struct pressure p;

    if (pressure_begin(&p, c, EW_FULL_DROP, 1))
        pressure_release(&p);
    if (judges_order(c, &p))
        judge_held_order(c, &p);
    pressure_end(&p);
}

/* A plug-in of ours that counts nothing may drop by its rule, and cannot say so; of a stranger a
 * silent drop is told, as a weakness. */
static void judge_answers(struct check *c, const struct pressure *p)
{
    int64_t dropped = check_counted_drops(c);

    if (p->answered == PRESSURE_SENT)
        return;
    if (target_page(c->run) && p->answered + dropped != PRESSURE_SENT)
        check_fail(c, "each question answered or counted as dropped",
                   "of %d questions %u answered, %" PRId64 " counted as dropped", PRESSURE_SENT,
                   p->answered, dropped);
    else if (c->target->kind == TARGET_PLUGIN && !target_page(c->run))
        check_unsupported(
            c,
            "of %d questions %u were answered, and the plug-in claims neither a queue nor counters",
            PRESSURE_SENT, p->answered);
    else if (!target_page(c->run))
        check_weak(c, "each question answered or counted as dropped",
                   "of %d questions %u answered, and nothing tells of the others", PRESSURE_SENT,
                   p->answered);
}

/* A question that the target never read is not lost either: it is read, and answered, after the
 * release. */
static void held_answers(struct check *c)
{
    struct pressure p;

    if (pressure_begin(&p, c, EW_FULL_DROP, 1))
        pressure_release(&p);
    if (!check_over(c))
        judge_answers(c, &p);
    pressure_end(&p);
}

/* The first time the limit lets some pass that it has not in store the second time: so many more
 * are dropped by whoever has no room for them. */
#define AGAIN_SLACK 20
/* So many descriptors and threads may be a runtime's worker, or a timer, and a quarter of what the
 * answers are a heap that warms up. */
#define LEFT_SLACK 8
#define LEFT_BYTES_EACH (PRESSURE_SIZE_MAX / 4)
#define LEFT_TIMES 8
/* More than a heap that is collected lets lie about: Ruby's looks after 16 MiB. */
#define LEFT_POURED 40000

/* The counters of drops go on from the first time, so answers alone are compared. */
static void second_time(struct pressure *p)
{
    unsigned first = p->answered;

    if (pressure_again(p, PRESSURE_SIZE))
        pressure_release(p);
    if (!check_over(p->check) && (p->answered == 0 || p->answered + AGAIN_SLACK < first))
        check_fail(p->check, "a second time goes as the first one did",
                   "of %d questions %u were answered the first time and %u the second",
                   PRESSURE_SENT, first, p->answered);
}

/* What it has more after each time is what was refused.  Many questions tell what goes on from what
 * is collected; who reads no more of them until the kernel takes answers has nothing to keep. */
static bool goes_on_growing(struct pressure *p, unsigned poured)
{
    struct growth left = {.check = p->check, .clients = LEFT_SLACK, .bytes_each = LEFT_BYTES_EACH};
    bool takes_large = exchange_has(&p->check->target->exchange, EXCHANGE_ANY_BYTES);
    const char *what = NULL;
    char part[80];
    bool read;

    while (left.parts < LEFT_TIMES && (left.parts < 2 || growth_added(&left)) && !what &&
           pressure_again(p, takes_large ? PRESSURE_SIZE_MAX : PRESSURE_SIZE)) {
        read = pressure_pour(p, poured);
        pressure_release(p);
        if (!read || !growth_look(&left, PRESSURE_SENT + poured))
            return false;
        what = growth_goes_on(&left);
    }
    if (!what || (poured == 0 && strcmp(what, "bytes") == 0))
        return what != NULL;
    snprintf(part, sizeof part, "time that %u questions were asked while answers were refused",
             PRESSURE_SENT + poured);
    growth_fail(&left, what, part);
    return true;
}

static void held_again(struct check *c)
{
    struct pressure p;

    if (pressure_begin(&p, c, EW_FULL_DROP, 1))
        pressure_release(&p);
    if (!check_over(c))
        second_time(&p);
    if (!check_over(c) && goes_on_growing(&p, 0) && !check_over(c))
        goes_on_growing(&p, LEFT_POURED);
    pressure_end(&p);
}

/* What the target says of itself, and what was held besides what the kernel held. */
static void judge_bound(struct check *c, const struct pressure *p)
{
    const struct ew_description *d = &c->target->description;
    unsigned queue = c->settings->options->server.queue ? c->settings->options->server.queue
                                                        : EW_DEFAULT_QUEUE;
    unsigned later = p->answered - p->passed, held = later > p->unread ? later - p->unread : 0;
    int64_t said = check_socket_counter(c, offsetof(struct ew_socket_counters, queue_high_water));

    queue += d->queue_extra;
    if (said > queue)
        check_fail(c, "no more replies held than --queue says",
                   "%" PRId64 " by its own counter (queue_high_water) for %u", said, queue);
    else if (held > queue + p->in_kernel)
        check_fail(c, "no more replies held than --queue says",
                   "%u, of which the kernel held at most %u, for %u", held, p->in_kernel, queue);
}

/* Told to drop: a target that pauses reads no more, and what it holds then says nothing of its
 * bound. */
static void held_bound(struct check *c)
{
    struct pressure p;

    if (c->target->description.queue_rule == EW_QUEUE_OWN) {
        check_unsupported(c, "it has a rule of its own for what it holds");
        return;
    }
    if (pressure_begin(&p, c, EW_FULL_DROP, 1))
        pressure_release(&p);
    if (!check_over(c))
        judge_bound(c, &p);
    pressure_end(&p);
}

/* To pause is to read no more until there is room: then the kernel holds the questions, and nothing
 * may be missing. */
static void held_pause(struct check *c)
{
    struct pressure p;

    if (pressure_begin(&p, c, EW_FULL_PAUSE, 1))
        pressure_release(&p);
    if (!check_over(c) && p.answered < PRESSURE_SENT)
        check_fail(c, "all answered, without a further question", "%u of %d", p.answered,
                   PRESSURE_SENT);
    else if (judges_order(c, &p))
        check_fail(c, "answers in the order of the questions",
                   "%u of %u came after one to a later question", p.disorder, p.answered);
    pressure_end(&p);
}

/* ---- spinning ---- */

/* Of a spin a hundredth would do; this is for processors that are shared. */
#define SPIN_MS 400
/* Who tries again and again does so all the time that it is given; who waits is hardly seen. */
#define SPIN_CPU 0.1
#define SPIN_CALLS 200

/* Without counters both are negative, and processor time alone decides. */
static int64_t calls(const struct check *c)
{
    return check_worker_counter(c, offsetof(struct ew_worker_counters, waits)) +
           check_socket_counter(c, offsetof(struct ew_socket_counters, send_would_block));
}

/* Calls tell of a spin also where the machine gives the target hardly any time. */
static void judge_spin(struct check *c, int64_t cpu_ns, int64_t made, int64_t window_ns)
{
    if (made > SPIN_CALLS || (double)cpu_ns > SPIN_CPU * (double)window_ns)
        check_fail(c, "it waits until it can send",
                   "%.1f ms of CPU, %" PRId64 " waits and refused sends in %.1f ms",
                   (double)cpu_ns / NS_PER_MS, made > 0 ? made : 0, (double)window_ns / NS_PER_MS);
}

/* Only while something waits for the kernel: without that there would be nothing to spin on. */
static void queue_watch(const struct pressure *p)
{
    struct check *c = p->check;
    int64_t start_ns = clock_now_ns(), made = calls(c);
    struct target_usage before, after;

    if (check_can(c, EW_CAN_SPINS)) {
        check_unsupported(c, "it claims 'spins': it never sleeps, on purpose");
        return;
    }
    if (target_usage(c->run, &before) < 0 || before.cpu_ns < 0) {
        check_unsupported(c, "this system does not tell what a process does");
        return;
    }
    if (!pressure_lasts(p))
        check_invalid(c, "what waited had left before the target could be watched");
    while (clock_now_ns() - start_ns < SPIN_MS * NS_PER_MS && !interrupted())
        poll(NULL, 0, 10);
    if (target_usage(c->run, &after) == 0)
        judge_spin(c, after.cpu_ns - before.cpu_ns, calls(c) - made, clock_now_ns() - start_ns);
}

/* Nothing is released: what becomes of the answers is the other cases' matter. */
static void held_spin(struct check *c)
{
    struct pressure p;

    if (pressure_begin(&p, c, EW_FULL_DROP, 1))
        queue_watch(&p);
    pressure_end(&p);
}

#define PRESSURE                                                                                 \
    "Limits the target's answers to two or three a second (TBF in a network namespace of its\n"  \
    "own), gives its socket the smallest send buffer, and queues a hundred questions while it\n" \
    "is stopped; when it sleeps, lifts the limit.\n"

static const struct check_case cases[] = {
    {"queue-ledger", "under a flood, every datagram is echoed or counted where it was dropped",
     "Four clients send as fast as the kernel takes it, without regard to answers.\n"
     "Why: a flood may be lost, but not silently: who does not count drops cannot size\n"
     "buffers.\n"
     "Good: sent = echoed + dropped on the way + by the server's socket + by the server (its\n"
     "counters) + by our sockets, each from its own source.  WEAK: a target without counters\n"
     "lost some itself.\n"
     "Source: SO_MEMINFO in socket(7), /proc/net/dev, edgewise/server.h.",
     EW_CAN_ECHO | CHECK_TROUBLE, ledger},
    {"queue-recovers", "after a flood, it answers at once",
     "A flood, and then a hundred datagrams one at a time.\n"
     "Why: a full queue, a lost edge or a paused socket may outlive the flood that caused it.\n"
     "Good: each of the hundred is answered.\n"
     "Source: epoll(7).",
     EW_CAN_ECHO | CHECK_TROUBLE, recovers},
    {"queue-order", "what waited for the kernel leaves in order",
     PRESSURE "Why: a reply that is put back at the end of its queue, or overtaken by a newcomer, "
              "breaks an order that UDP does not promise, but that loopback and most networks\n"
              "keep.\n"
              "Good: no answer comes after one to a later question.  Where the protocol has no\n"
              "order, that is told and not judged.\n"
              "Source: the echo programs of tokio-aio-examples, which reorder so.",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE | CHECK_QUIET, held_order},
    {"queue-answers", "what was accepted while the kernel took nothing is answered",
     PRESSURE "Why: a reply that is forgotten when its send fails is lost without a trace.\n"
              "Good: answers and counted drops make a hundred.  WEAK: a target without\n"
              "counters answers fewer.\n"
              "Source: edgewise/server.h, dropped_queue_full; send(2), EAGAIN.",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, held_answers},
    {"queue-again", "once all has left, the next time goes as the first one did",
     PRESSURE
     "Then the same once more, and with large questions twice; while it grows, with 40,100.\n"
     "Why: who has learnt to wait may have forgotten how to stop: a flag that stays set,\n"
     "a queue whose end is lost, an interest that is never taken back; or may leave\n"
     "something behind for each answer that was refused.\n"
     "Good: as many answers as the first time, twenty fewer at most, and what it has of\n"
     "descriptors, threads and memory comes to rest, of which eight times tell.\n"
     "Source: epoll(7); poll(2): POLLOUT.",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, held_again},
    {"queue-bound", "no more replies are held than --queue says",
     PRESSURE
     "Why: a queue without a bound is a leak that any client can open by not being reached.\n"
     "Good: neither its counter nor the number of answers that come later exceeds what it and\n"
     "the kernel may hold.\n"
     "Source: edgewise/server.h, enum ew_queue_rule.",
     EW_CAN_ECHO | EW_CAN_QUEUE | EW_CAN_COUNTERS | CHECK_ALONE | CHECK_TROUBLE, held_bound},
    {"queue-spin", "while the kernel takes no answers, it sleeps",
     PRESSURE "Watches it for 400 ms before that.\n"
              "Why: who tries again at once instead of asking to be told when there is room\n"
              "burns a processor for as long as the network is slow.\n"
              "Good: at most 200 waits and refused sends, and a tenth of a processor.\n"
              "Source: epoll(7), poll(2): POLLOUT.",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE | CHECK_QUIET, held_spin},
    {"queue-pause", "told to pause, it loses nothing and goes on by itself",
     PRESSURE "Why: readiness that was announced while nobody read is not announced again; whoever "
              "stops reading must look by himself when there is room.\n"
              "Good: a hundred answers in order, though nothing more is sent.\n"
              "Source: epoll(7), questions and answers 9.",
     EW_CAN_ECHO | EW_CAN_PAUSE | CHECK_ALONE | CHECK_TROUBLE, held_pause},
};

const struct check_chapter check_queue = {"queue", cases, sizeof cases / sizeof *cases};
