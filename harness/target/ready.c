/* Is it ready, and is it really what we started that answers there? */
#include "target/run.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "exchange/asker.h"
#include "target/platform.h"
#include "target/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often is looked again, while the supervisor is listened to. */
#define LOOK_MS 2
#define DAEMON_MS 200
/* A datagram sent before the target had bound is gone: it is sent again.  Long enough that a busy
 * target is not asked twice. */
#define ECHO_AGAIN_NS (100 * NS_PER_MS)
/* Of what is asked and of what is answered. */
#define DATAGRAM_ROOM 4096
#define MISSING_TEXT 128

/* ---- by the page ---- */

/* What another process wrote is not believed before it is measured. */
static bool page_fits(const struct target_run *run)
{
    const struct ew_page *p = run->page;
    uint64_t size = (uint64_t)p->header_size + ((uint64_t)p->workers + 1) * p->worker_slot_size +
                    (uint64_t)p->sockets * p->socket_slot_size;

    return p->magic == EW_PAGE_MAGIC && p->header_size >= sizeof *p && p->sockets >= run->sockets &&
           p->socket_slot_size >= sizeof(ew_counter) && size <= run->page_size;
}

/* By the sizes that the page itself gives: a newer server's slots may be larger than ours. */
static const struct ew_socket_slot *page_slot(const struct ew_page *p, unsigned index)
{
    const char *first = (const char *)p + p->header_size +
                        ((size_t)p->workers + 1) * p->worker_slot_size;

    return (const void *)(first + (size_t)index * p->socket_slot_size);
}

static bool page_says_ready(struct target_run *run)
{
    if (atomic_load_explicit(&run->page->state, memory_order_acquire) != EW_PAGE_STARTED ||
        !page_fits(run))
        return false;
    for (unsigned i = 0; i < run->sockets; i++)
        address_set_port(
            &run->addresses[i],
            (uint16_t)atomic_load_explicit(&page_slot(run->page, i)->port, memory_order_relaxed));
    return true;
}

/* ---- by its sockets ---- */

/* 1: all ports are bound, by the tree alone; 0: not all are; -1: it cannot be told; -2: somebody
 * else has one; -3: it has connected one, which hears one client since. */
static int owns_ports(const struct target_run *run)
{
    struct sockets_found all;
    int result;

    sockets_look(&all, run->supervisor, true);
    result = all.count < 0 ? -1 : 1;
    for (unsigned i = 0; i < run->sockets && result == 1; i++) {
        const struct platform_socket *at;
        int n = sockets_at(&all, target_port(run, i), &at);
        bool ours = false, connected = false;

        for (int k = 0; k < n; k++) {
            if (!address_receives(&at[k].local, &run->addresses[i]))
                continue;
            connected |= at[k].connected && at[k].pid != 0;
            if (at[k].connected)
                continue;
            if (at[k].pid == 0 && !run->port_taken)
                result = -2;
            /* Beside another owner, only its own socket shows that it has got the port, too. */
            ours |= at[k].pid != 0 || !run->port_taken;
        }
        if (!ours)
            result = connected ? -3 : 0;
    }
    sockets_free(&all);
    return result;
}

static bool port_is_taken(const struct target_run *run)
{
    int fd = socket(run->addresses[0].any.sa_family, SOCK_DGRAM, 0);
    bool taken = fd >= 0 &&
                 bind(fd, &run->addresses[0].any, address_length(&run->addresses[0])) < 0 &&
                 errno == EADDRINUSE;

    if (fd >= 0)
        close(fd);
    return taken;
}

static bool port_says_ready(const struct target_run *run)
{
    int owns = owns_ports(run);

    return owns == 1 || (owns == -1 && port_is_taken(run));
}

/* ---- by an answer ---- */

struct question {
    int fd;
    struct asker asker;
    unsigned next; /* the socket that is asked */
    int64_t asked_ns;
    uint64_t nonce;
    enum exchange_kind heard; /* the last that came instead of an answer, and its name */
    const char *name;         /* NULL: nothing came */
};

/* Time and process make a number that no earlier run has asked with, whose late answers might still
 * come. */
static bool open_question(const struct target_run *run, struct question *q)
{
    q->fd = socket(run->addresses[0].any.sa_family, SOCK_DGRAM, 0);
    q->nonce = (uint64_t)clock_now_ns() ^ (uint64_t)getpid() << 40;
    asker_init(&q->asker, &run->target->exchange, q->nonce);
    return q->fd >= 0 && fcntl(q->fd, F_SETFL, O_NONBLOCK) == 0;
}

static void ask(const struct target_run *run, struct question *q)
{
    union address to = address_reachable(&run->addresses[q->next]);
    uint8_t bytes[DATAGRAM_ROOM];
    size_t size = asker_request(&q->asker, bytes, sizeof bytes, (const uint8_t *)&q->nonce,
                                sizeof q->nonce);

    /* refused or lost: sent again */
    (void)sendto(q->fd, bytes, size, 0, &to.any, address_length(&to));
    q->asked_ns = clock_now_ns();
}

/* Takes what came until the answer is among it. */
static bool ready_take_answer(struct question *q)
{
    uint8_t bytes[DATAGRAM_ROOM];
    struct exchange_answer answer;
    ssize_t n;

    while ((n = recv(q->fd, bytes, sizeof bytes, 0)) >= 0) {
        asker_answer(&q->asker, bytes, (size_t)n, &answer);
        if (answer.kind == EXCHANGE_ANSWER && answer.length == sizeof q->nonce &&
            memcmp(answer.token, &q->nonce, sizeof q->nonce) == 0)
            return true;
        q->heard = answer.kind;
        q->name = answer.name;
    }
    return false;
}

/* Who has answered at one port is at work: of thousands each is waited for a moment. */
static bool ready_await_answer(struct question *q)
{
    struct pollfd readable = {.fd = q->fd, .events = POLLIN};

    if (ready_take_answer(q))
        return true;
    return q->next > 0 && poll(&readable, 1, LOOK_MS) > 0 && ready_take_answer(q);
}

/* True once every socket has answered that is to be asked; the others are to be there. */
static bool echo_says_ready(struct target_run *run, struct question *q)
{
    while (q->next < run->asked) {
        if (clock_now_ns() - q->asked_ns > ECHO_AGAIN_NS)
            ask(run, q);
        if (!ready_await_answer(q))
            return false;
        q->next++;
        q->nonce++;
        q->asked_ns = 0;
    }
    return run->asked == run->sockets || port_says_ready(run);
}

/* ---- all together ---- */

/* By what it is told: who answers nothing is not asked. */
static enum target_ready ready_by(const struct target_run *run)
{
    if (run->page)
        return TARGET_READY_PAGE;
    if (run->target->ready == TARGET_READY_ECHO && !exchange_is_answered(&run->target->exchange))
        return TARGET_READY_PORT;
    return run->target->ready;
}

static bool says_ready(struct target_run *run, struct question *q)
{
    /* Whoever has the port already would answer in its place. */
    if (run->port_taken && !run->page && run->target->ready != TARGET_READY_STDOUT)
        return owns_ports(run) == 1;
    switch (ready_by(run)) {
    case TARGET_READY_PAGE: return page_says_ready(run);
    case TARGET_READY_ECHO: return echo_says_ready(run, q);
    case TARGET_READY_PORT: return port_says_ready(run);
    case TARGET_READY_STDOUT: break;
    }
    return run->matched;
}

/* It answered, perhaps, and yet not what was asked. */
static const char *no_answer_text(const struct target_run *run, const struct question *q,
                                  char text[MISSING_TEXT])
{
    if (q->next == run->asked)
        snprintf(text, MISSING_TEXT, "it answers, but has not bound all of its %u ports",
                 run->sockets);
    else if (q->next > 0)
        snprintf(text, MISSING_TEXT, "%u of its %u ports have answered, and port %u never did",
                 q->next, run->asked, target_port(run, q->next));
    else if (!q->name)
        return "it never answered a datagram";
    else
        snprintf(text, MISSING_TEXT,
                 q->heard == EXCHANGE_REFUSED ? "%s: it refuses what it is asked: %s"
                                              : "it answered, but that is no %s: %s",
                 exchange_protocol(&run->target->exchange)->name, q->name);
    return text;
}

static const char *what_is_missing(const struct target_run *run, const struct question *q,
                                   char text[MISSING_TEXT])
{
    switch (ready_by(run)) {
    case TARGET_READY_PAGE: return "its counters page never said that it had started";
    case TARGET_READY_ECHO: return no_answer_text(run, q, text);
    case TARGET_READY_PORT: return "no process of it has bound the port";
    case TARGET_READY_STDOUT: break;
    }
    return "its standard output never matched";
}

/* A daemon answers from a session of its own, perhaps before its parent has come to its end: that
 * is awaited for a moment, so that it is told at the start.  A parent that stays is a parent that
 * watches. */
static bool parent_leaves(struct target_run *run)
{
    struct sockets_found all;
    const struct platform_socket *at;
    int64_t limit_ns = clock_now_ns() + DAEMON_MS * NS_PER_MS;
    bool elsewhere = false;
    int n;

    sockets_look(&all, run->supervisor, false);
    n = sockets_at(&all, target_port(run, 0), &at);
    for (int k = 0; k < n; k++)
        elsewhere |= at[k].pid > 0 && address_receives(&at[k].local, &run->addresses[0]) &&
                     getsid(at[k].pid) != getsid(run->pid);
    sockets_free(&all);
    while (elsewhere && !run->ended && clock_now_ns() < limit_ns)
        run_take_event(run, LOOK_MS);
    return run->ended;
}

static int prove_ownership(struct target_run *run, struct error *error)
{
    int owns = owns_ports(run);

    if (owns == -2)
        return error_set(
            error, STATUS_CANNOT_RUN,
            "%s: port %u belongs to a process that is not part of it: somebody else would "
            "be judged",
            run->target->name, target_port(run, 0));
    if (owns == -3)
        return error_set(error, STATUS_CANNOT_RUN,
                         "%s: has connected its socket at port %u to the first client that asked "
                         "(connect(2)), and hears no other; answer with sendto(2) instead",
                         run->target->name, target_port(run, 0));
    if (owns == 0)
        return error_set(error, STATUS_CANNOT_RUN,
                         "%s: says it is ready, but nobody has bound port %u", run->target->name,
                         target_port(run, 0));
    return 0;
}

/* Of a processor.  Who had less, and did not sleep, could not have started. */
#define CPU_SHARE_LEAST 0.5
/* So many times as long as said is waited at most for who gets less than that. */
#define PATIENCE 6

struct lateness {
    bool asleep, starved;
    double cpu_ms;
};

/* On a busy machine the clock alone would accuse it: what it computed is what it had. */
static struct lateness lateness_of(struct target_run *run, const struct question *q, int ready_ms)
{
    struct target_usage usage = {0};
    struct lateness late = {.asleep = target_sleeps(run)};

    target_usage(run, &usage);
    late.cpu_ms = (double)usage.cpu_ns / NS_PER_MS;
    late.starved = !late.asleep && !q->name && late.cpu_ms < CPU_SHARE_LEAST * ready_ms;
    return late;
}

/* Its own fault if it has answered, though not as asked, if it sleeps, or computed all the while:
 * else the machine's (STATUS_INVALID). */
static int ready_too_late(struct target_run *run, const struct question *q,
                          const struct lateness *late, int waited_ms, struct error *error)
{
    char text[128 + MISSING_TEXT], missing[MISSING_TEXT];

    snprintf(text, sizeof text, "was not ready within %d ms: %s; it computed for %.0f ms and %s",
             waited_ms, what_is_missing(run, q, missing), late->cpu_ms,
             late->asleep    ? "sleeps"
             : late->starved ? "waits for a processor"
                             : "goes on computing");
    run_error(run, text, error);
    if (late->starved && error)
        error->status = STATUS_INVALID;
    return -1;
}

static int ready_wait_for(struct target_run *run, struct question *q, int ready_ms,
                          struct error *error)
{
    int64_t start_ns = clock_now_ns();

    for (int limit_ms = ready_ms;;) {
        unsigned answered = q->next;
        bool ready = !run->ended && run->started && says_ready(run, q);

        if (q->next > answered) { /* it goes on, however many there are */
            start_ns = clock_now_ns();
            limit_ms = ready_ms;
        }
        if (run->ended || (ready && parent_leaves(run)))
            return run_error(run, "before it was ready", error);
        if (ready)
            return prove_ownership(run, error);
        if (interrupted())
            return error_set(error, interrupted(), "interrupted while %s was starting",
                             run->target->name);
        if (clock_now_ns() - start_ns > limit_ms * NS_PER_MS) {
            struct lateness late = lateness_of(run, q, ready_ms);

            if (!late.starved || limit_ms >= PATIENCE * ready_ms)
                return ready_too_late(run, q, &late, limit_ms, error);
            limit_ms += ready_ms / PATIENCE + 1;
        }
        run_take_event(run, LOOK_MS);
    }
}

int run_wait_ready(struct target_run *run, int ready_ms, struct error *error)
{
    struct question q = {.fd = -1};
    int result;

    if (!open_question(run, &q))
        result = error_set(error, STATUS_CANNOT_RUN, "no socket to ask %s: %s", run->target->name,
                           strerror(errno));
    else
        result = ready_wait_for(run, &q, ready_ms, error);
    if (q.fd >= 0)
        close(q.fd);
    asker_fini(&q.asker);
    return result;
}
