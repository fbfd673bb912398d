#include "checks/tools/load.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "checks/tools/client.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKGROUND_LIMIT_NS (5 * NS_PER_S)
/* Between looks at the clock. */
#define BACKGROUND_BURST 100
#define BACKGROUND_ROOM 2048
#define STARTS_IN_VAIN 10

/* A flood knows no targets: it asks by these, while the socket is still there. */
static int64_t ask_drops(void *context)
{
    struct check *c = context;

    return target_socket_drops(c->run);
}

static bool ask_sleep(void *context)
{
    const struct check *c = context;

    return target_sleeps(c->run);
}

void load_init(struct load *load, struct check *c)
{
    double scale = c->settings->timeout_scale;
    unsigned sockets = target_sockets(c->run);

    memset(load, 0, sizeof *load);
    load->config = flood_defaults;
    load->config.addresses = load->addresses;
    load->config.n_addresses = sockets < LOAD_PORTS_MAX ? sockets : LOAD_PORTS_MAX;
    for (unsigned i = 0; i < load->config.n_addresses; i++)
        load->addresses[i] = client_target(c, i);
    load->config.exchange = &c->target->exchange;
    load->config.page = target_page(c->run);
    load->config.server_drops = ask_drops;
    load->config.target_sleeps = ask_sleep;
    load->config.context = c;
    /* A slow target does what it can in this time. */
    load->config.duration_ns = (int64_t)((c->settings->full ? 60 : 3) * NS_PER_S * scale);
    load->config.nonce = check_random(c) | 1; /* 0 would be a random one */
    load->config.lost_ns = (int64_t)((double)load->config.lost_ns * scale);
    load->config.drain_ns = (int64_t)((double)load->config.drain_ns * scale);
    load->config.silence_ns = (int64_t)((double)load->config.silence_ns * scale);
    load->config.steal_limit = 1; /* cases count and do not time: a slow machine spoils nothing */
}

/* The shortest floods are over before a busy machine has given the senders a processor: of the
 * target nothing is known then, and they get another chance. */
static int flood_until_sent(struct load *load, struct error *error)
{
    int result = flood_run(&load->config, &load->result, error);

    for (unsigned i = 0; i < STARTS_IN_VAIN && result == 0 && load->result.counts.sent == 0 &&
                         interrupted() == STATUS_OK;
         i++) {
        flood_result_fini(&load->result);
        result = flood_run(&load->config, &load->result, error);
    }
    return result;
}

/* Silence is a FAIL although the flood itself calls it no result: the target was there when it
 * began. */
bool load_run(struct load *load, struct check *c)
{
    const struct flood_result *r = &load->result;
    struct error error = {0};

    if (!exchange_is_answered(load->config.exchange)) {
        check_unsupported(c, "nothing answers %s", exchange_protocol(load->config.exchange)->name);
        return false;
    }
    if (flood_until_sent(load, &error) < 0) {
        /* Whoever has started has listened. */
        if (r->unreachable > 0)
            check_fail(c, "answers under load", "%s", error.text);
        else
            check_invalid(c, "%s", error.text);
        return false;
    }
    if (r->counts.refused > 0)
        check_fail(c, "an answer to each request", "%" PRIu64 " of %" PRIu64 " refused: %s",
                   r->counts.refused, r->counts.sent, r->counts.refusals[0].name);
    else if (r->end == FLOOD_SILENT || (r->counts.sent > 0 && r->counts.echoed == 0))
        check_fail(c, "answers under load",
                   "%" PRIu64 " of %" PRIu64 " datagrams were answered, then nothing more came",
                   r->counts.echoed, r->counts.sent);
    else if (r->verdict == VERDICT_INVALID)
        check_invalid(c, "%s", r->reason);
    return !check_over(c);
}

void load_fini(struct load *load)
{
    flood_result_fini(&load->result);
}

void load_judge_echoes(const struct load *load, struct check *c)
{
    const struct ledger_counts *n = &load->result.counts;

    if (n->corrupt + n->truncated + n->foreign + n->misdirected + n->duplicate > 0)
        check_fail(c, "each datagram comes back once, as it was sent, to its sender",
                   "%" PRIu64 " corrupt, %" PRIu64 " truncated, %" PRIu64 " foreign, %" PRIu64
                   " misdirected, %" PRIu64 " twice, of %" PRIu64,
                   n->corrupt, n->truncated, n->foreign, n->misdirected, n->duplicate, n->sent);
}

static const char *known(int64_t books_term)
{
    return books_term == FLOOD_UNKNOWN ? "not told" : "told";
}

/* Only with all terms told is a missing datagram the target's fault.  Where the system keeps one
 * back nothing can be said; where the target publishes none, it is one of two that lost it. */
void load_judge_losses(const struct load *load, struct check *c)
{
    const struct flood_books *b = &load->result.books;

    if (b->unaccounted == 0)
        return;
    if (b->attributed)
        check_fail(c, "sent = echoed + counted drops", "%" PRId64 " of %" PRIu64 " are unaccounted",
                   b->unaccounted, load->result.counts.sent);
    else if (b->way == FLOOD_UNKNOWN || b->server_socket == FLOOD_UNKNOWN ||
             b->client_socket == FLOOD_UNKNOWN)
        check_unsupported(
            c,
            "%" PRId64
            " are missing, and this system does not tell all drops (on the way: %s, the server's "
            "socket: %s, ours: %s)",
            b->unaccounted, known(b->way), known(b->server_socket), known(b->client_socket));
    else
        check_weak(c, "sent = echoed + counted drops",
                   "%" PRId64 " of %" PRIu64
                   " are unattributed: lost by the target, which publishes no counters, or below",
                   b->unaccounted, load->result.counts.sent);
}

/* ---- another process ---- */

static _Noreturn void send_without_end(const int *fds, const union address *to, unsigned count,
                                       const uint8_t *bytes, size_t size)
{
    int64_t limit_ns = clock_now_ns() + BACKGROUND_LIMIT_NS;
    socklen_t length = address_length(to);
    pid_t parent = getppid();

    while (clock_now_ns() < limit_ns && getppid() == parent) {
        for (unsigned i = 0; i < BACKGROUND_BURST; i++) /* refused once the target is gone */
            (void)sendto(fds[i % count], bytes, size, 0, &to[i % count].any, length);
    }
    _exit(0);
}

/* One request, asked again and again.  Its length; 0 with a verdict. */
static size_t background_request(struct check *c, uint8_t *bytes, size_t room)
{
    static const uint8_t token[64] = "flood";
    struct asker asker;
    size_t size;

    asker_init(&asker, &c->target->exchange, check_random(c));
    size = asker_request(&asker, bytes, room, token, sizeof token);
    asker_fini(&asker);
    if (size == 0)
        check_unsupported(c, "no request of %s carries %zu bytes",
                          exchange_protocol(&c->target->exchange)->name, sizeof token);
    return size;
}

/* A process, not a thread: it goes on while the case waits, and is gone for certain when killed. */
pid_t load_background(struct check *c, unsigned ports, const struct client *clients)
{
    uint8_t bytes[BACKGROUND_ROOM];
    size_t size = background_request(c, bytes, sizeof bytes);
    union address to[LOAD_PORTS_MAX];
    unsigned count = ports < LOAD_PORTS_MAX ? ports : LOAD_PORTS_MAX;
    int fds[LOAD_PORTS_MAX];
    pid_t pid;

    assert(count > 0);
    for (unsigned i = 0; i < count; i++)
        to[i] = client_target(c, i);
    if (size == 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        int own = clients ? -1 : socket(to[0].any.sa_family, SOCK_DGRAM, 0);

        for (unsigned i = 0; i < count; i++)
            fds[i] = clients ? clients[i].fd : own;
        send_without_end(fds, to, count, bytes, size);
    }
    if (pid < 0)
        check_invalid(c, "no process for a flood: %s", strerror(errno));
    return pid;
}

void load_background_end(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}
