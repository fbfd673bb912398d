#include "checks/tools/pressure.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "checks/counters.h"
#include "checks/tools/freeze.h"
#include "checks/tools/limit.h"
#include "target/platform.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The kernel makes the smallest buffer that it has out of 1 (SO_SNDBUF, socket(7)): some few
 * answers fill it.  The other holds all of them. */
#define BUFFER_HELD 1
#define BUFFER_FREE (100 << 10)
/* The first is asked; the other must not feel it. */
#define PORTS_BESIDE 2
/* The kernel counts a datagram as no less than this, whatever it carries. */
#define BYTES_EACH 512
/* So many small ones pass the limit at once. */
#define AT_ONCE (LIMIT_BURST / 100)
/* Who never sleeps is watched all the same, and what waits must last so long. */
#define SETTLE_MS 800
#define ANSWER_MS 3000
/* Who has not read a hundred questions then, and sleeps, does not want to; and whoever computes has
 * so long. */
#define READ_MS 200
#define READ_MOST_MS 5000
/* A death that is long in coming: a backtrace is written, a core is dumped. */
#define LAST_WORDS_MS 6000
/* Several that take turns at one socket, as goroutines do, overtake each other now and then; one
 * loop never does. */
#define FREE_ROUNDS 20
/* Without counters nobody knows what will never come. */
#define SILENCE_MS 1500

static bool set_send_buffers(const struct pressure *p, int bytes)
{
    bool well = p->n_borrowed > 0;

    for (int i = 0; i < p->n_borrowed; i++)
        well = well && setsockopt(p->borrowed[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0;
    return well;
}

/* Every socket that the target has at the port: which of them a client is given to is the kernel's
 * choice where they share it. */
static bool pressure_borrow(struct pressure *p)
{
    bool well;

    p->n_borrowed = target_borrow_sockets(p->check->run, 0, p->borrowed, PRESSURE_SOCKETS_MAX);
    well = set_send_buffers(p, BUFFER_HELD);
    if (!well)
        check_unsupported(p->check,
                          "the target's socket cannot be had, to make its send buffer small "
                          "(pidfd_getfd(2)): %s",
                          strerror(errno));
    return well;
}

/* ---- questions and answers ---- */

/* The number is the first byte: PRESSURE_SENT fits one.  This one nobody waits for. */
#define POURED 255

static void write_question(const struct pressure *p, unsigned number, uint8_t *bytes)
{
    memset(bytes, (int)(p->check->settings->seed % 251), p->size);
    bytes[0] = (uint8_t)number;
}

/* All at once: it is stopped meanwhile, so that no chance is in what it finds. */
static bool pressure_ask(struct pressure *p)
{
    struct check *c = p->check;
    uint8_t bytes[PRESSURE_SIZE_MAX];

    freeze_begin(c);
    for (unsigned i = 0; i < PRESSURE_SENT && !check_over(c); i++) {
        write_question(p, i, bytes);
        if (client_send(&p->clients[i % p->n_clients], &p->to, bytes, p->size) != 0)
            check_invalid(c, "the questions could not be sent");
    }
    return freeze_end(c, PRESSURE_SENT);
}

/* An answer to client `by`; false with a verdict when it is nobody's, or another one's. */
static bool pressure_take_answer(struct pressure *p, unsigned by)
{
    unsigned number = p->reply.length > 0 ? p->reply.bytes[0] : PRESSURE_SENT;
    uint8_t bytes[PRESSURE_SIZE_MAX];

    if (number == POURED)
        return true;
    write_question(p, number, bytes);
    if (number < PRESSURE_SENT && number % p->n_clients != by) {
        check_fail(p->check, "each answer goes to the client that asked",
                   "client %u of %u got the answer to a question of client %u", by + 1,
                   p->n_clients, number % p->n_clients + 1);
        return false;
    }
    if (number >= PRESSURE_SENT || p->seen[number] ||
        client_judge(&p->reply, &p->to, bytes, p->size) != CLIENT_ECHO) {
        check_fail(p->check, "each answer once and whole",
                   "%zu bytes that are none, or none any more", p->reply.length);
        return false;
    }
    p->seen[number] = true;
    p->answered++;
    p->disorder += (int)number < p->last[by];
    if ((int)number > p->last[by])
        p->last[by] = (int)number;
    return true;
}

/* How many never come, as far as that is told. */
static unsigned given_up(const struct pressure *p)
{
    return (unsigned)(check_counted_drops(p->check) - p->drops_before);
}

/* Which client the next answer came to, waiting for it up to `ms`; -1: to none. */
static int pressure_receive(struct pressure *p, int ms)
{
    struct pollfd readable[PRESSURE_CLIENTS_MAX];
    int64_t limit_ns = clock_now_ns() + ms * NS_PER_MS, left_ns;

    for (;;) {
        for (unsigned i = 0; i < p->n_clients; i++) {
            readable[i] = (struct pollfd){.fd = p->clients[i].fd, .events = POLLIN};
            if (client_receive(&p->clients[i], &p->reply, 0))
                return (int)i;
        }
        left_ns = limit_ns - clock_now_ns();
        if (left_ns <= 0 || interrupted())
            return -1;
        poll(readable, p->n_clients, (int)(left_ns / NS_PER_MS) + 1);
    }
}

static void take_answers(struct pressure *p, int ms)
{
    int by;

    while (p->answered + given_up(p) < PRESSURE_SENT && (by = pressure_receive(p, ms)) >= 0 &&
           pressure_take_answer(p, (unsigned)by))
        ;
}

/* ---- the whole ---- */

/* Two processors that empty the limit's queue deliver to two queues of their own, and would break
 * the order themselves. */
static bool stay(struct check *c)
{
    struct platform_place before;

    if (platform_stay(&before) < 0)
        check_invalid(c, "the target cannot be kept on one processor: %s", strerror(errno));
    return !check_over(c);
}

/* One that its workers opened since would hold answers where nobody has looked. */
static bool has_more_sockets(const struct pressure *p)
{
    int now[PRESSURE_SOCKETS_MAX];
    int n = target_borrow_sockets(p->check->run, 0, now, PRESSURE_SOCKETS_MAX);

    for (int i = 0; i < n; i++)
        close(now[i]);
    return n > p->n_borrowed;
}

/* It sleeps, or should: nothing keeps it from answering, but it has not answered. */
static void judge_silence(struct pressure *p)
{
    if (has_more_sockets(p))
        check_invalid(p->check, "the target opened another socket at the port after its start");
    else if (p->answered > AT_ONCE && p->answered < PRESSURE_SENT)
        check_invalid(p->check,
                      "what was held up had left before the target slept: %u of %u answered",
                      p->passed, PRESSURE_SENT);
    else if (p->answered < PRESSURE_SENT && target_sleeps(p->check->run))
        check_fail(p->check, "an answer to each question", "%u of %u, though nothing held it up",
                   p->passed, PRESSURE_SENT);
    else
        check_invalid(p->check, "nothing was held up: %u of %u answered at once", p->passed,
                      PRESSURE_SENT);
}

/* What the kernel has of the answers of one of the target's sockets, as it counts. */
static int bytes_held_by(int fd)
{
    int bytes = 0;

#ifdef TIOCOUTQ
    if (ioctl(fd, TIOCOUTQ, &bytes) < 0)
        bytes = 0;
#endif
    return bytes;
}

static int bytes_held(const struct pressure *p)
{
    int sum = 0;

    for (int i = 0; i < p->n_borrowed; i++)
        sum += bytes_held_by(p->borrowed[i]);
    return sum;
}

/* Has the kernel refused an answer?  It holds some then, and few have come. */
static bool is_held_up(struct pressure *p)
{
    int64_t received = check_socket_counter(
        p->check, offsetof(struct ew_socket_counters, datagrams_received));
    int bytes = bytes_held(p);

    take_answers(p, 0);
    p->passed = p->answered;
    p->senders = target_sending(p->check->run);
    p->in_kernel = (unsigned)bytes / BYTES_EACH + 1;
    p->unread = received >= 0 && received < PRESSURE_SENT ? PRESSURE_SENT - (unsigned)received : 0;
    if (bytes == 0 && !check_over(p->check))
        judge_silence(p);
    return !check_over(p->check);
}

/* Writability comes back when half of the buffer is free; until then somebody may wait for it. */
bool pressure_lasts(const struct pressure *p)
{
    bool lasts = false;

    for (int i = 0; i < p->n_borrowed; i++) {
        socklen_t length = sizeof(int);
        int size = 0;

        lasts |= getsockopt(p->borrowed[i], SOL_SOCKET, SO_SNDBUF, &size, &length) == 0 &&
                 bytes_held_by(p->borrowed[i]) >= size / 2;
    }
    return lasts;
}

static bool pressure_open(struct pressure *p)
{
    for (unsigned i = 0; i < p->n_clients; i++) {
        if (!client_open(&p->clients[i], p->check, AF_INET))
            return false;
    }
    return client_reply_init(&p->reply, p->check);
}

/* The limit is on: asks, and waits for what the target makes of it. */
static bool pressure_apply(struct pressure *p)
{
    p->is_limited = true;
    target_labour(p->check->run, &p->before);
    p->drops_before = check_counted_drops(p->check);
    if (!pressure_ask(p))
        return false;
    target_settle(p->check->run, check_ms(p->check, SETTLE_MS));
    /* Who computes on has not yet said what he makes of it, and may be about to die. */
    if (bytes_held(p) == 0 && !target_sleeps(p->check->run))
        target_settle(p->check->run, check_ms(p->check, LAST_WORDS_MS));
    return target_alive(p->check->run) && is_held_up(p);
}

/* All counts begin anew. */
static void pressure_forget(struct pressure *p)
{
    memset(p->seen, 0, sizeof p->seen);
    p->answered = p->disorder = p->passed = 0;
    for (unsigned i = 0; i < PRESSURE_CLIENTS_MAX; i++)
        p->last[i] = -1;
}

bool pressure_begin(struct pressure *p, struct check *c, uint32_t when_full, unsigned clients)
{
    struct target_options options = check_options(c);

    *p = (struct pressure){.check = c, .n_clients = clients, .size = PRESSURE_SIZE};
    pressure_forget(p);
    for (unsigned i = 0; i < PRESSURE_CLIENTS_MAX; i++)
        p->clients[i].fd = -1;
    options.address = "127.0.0.1";
    options.sockets = check_ports(c, PORTS_BESIDE);
    options.server.when_full = check_can(c, EW_CAN_QUEUE) ? when_full : EW_FULL_DEFAULT;
    if (!stay(c) || !check_start(c, &options))
        return false;
    /* The first socket answers while other workers may still open theirs. */
    target_settle(c->run, check_ms(c, SETTLE_MS));
    p->to = client_target(c, 0);
    return pressure_open(p) && pressure_borrow(p) &&
           limit_begin(c, address_port(&p->to), p->size) && pressure_apply(p);
}

bool pressure_again(struct pressure *p, size_t size)
{
    p->size = size;
    if (!limit_again(p->check, size))
        return false;
    pressure_forget(p);
    return pressure_apply(p);
}

static bool all_is_read(const struct pressure *p)
{
    int bytes, sum = 0;

    for (int i = 0; i < p->n_borrowed; i++)
        sum += ioctl(p->borrowed[i], FIONREAD, &bytes) == 0 ? bytes : 0;
    return sum == 0;
}

static bool wait_until_read(const struct pressure *p)
{
    const struct check *c = p->check;
    int64_t waited_ns, since_ns = clock_now_ns();

    while (!all_is_read(p)) {
        waited_ns = clock_now_ns() - since_ns;
        if (interrupted() || waited_ns > check_ms(c, READ_MOST_MS) * NS_PER_MS ||
            (waited_ns > check_ms(c, READ_MS) * NS_PER_MS && target_sleeps(c->run)))
            return false;
        poll(NULL, 0, 1);
    }
    return true;
}

bool pressure_pour(struct pressure *p, unsigned count)
{
    uint8_t bytes[PRESSURE_SIZE_MAX];

    write_question(p, POURED, bytes);
    for (unsigned i = 0; i < count; i++) {
        client_send(&p->clients[0], &p->to, bytes, p->size);
        if (i % PRESSURE_SENT == 0 && !wait_until_read(p))
            return false;
    }
    return true;
}

bool pressure_off_loses_order(struct pressure *p)
{
    p->disorder = 0;
    for (unsigned i = 0; i < FREE_ROUNDS && p->disorder == 0; i++) {
        pressure_forget(p);
        p->drops_before = check_counted_drops(p->check);
        if (!set_send_buffers(p, BUFFER_FREE) || !pressure_ask(p))
            return false;
        take_answers(p, check_ms(p->check, SILENCE_MS));
        if (check_over(p->check))
            return false;
    }
    return p->disorder > 0;
}

void pressure_release(struct pressure *p)
{
    p->is_limited = false;
    if (limit_lift(p->check))
        take_answers(p, check_ms(p->check, target_page(p->check->run) ? ANSWER_MS : SILENCE_MS));
}

void pressure_end(struct pressure *p)
{
    if (p->is_limited)
        limit_lift(p->check);
    for (unsigned i = 0; i < PRESSURE_CLIENTS_MAX; i++)
        client_close(&p->clients[i]);
    client_reply_fini(&p->reply);
    for (int i = 0; i < p->n_borrowed; i++)
        close(p->borrowed[i]);
}
