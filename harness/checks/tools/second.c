#include "checks/tools/second.h"

#include "checks/tools/client.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CLIENTS 20
/* For the answers to all of them together. */
#define ANSWERS_MS 300
#define FREEZE_MS 2000

static struct target_options second_options(const struct check *c, unsigned port,
                                            struct target_end *end)
{
    struct target_options options = check_options(c);

    options.port = port;
    options.port_taken = true;
    options.end = end;
    return options;
}

/* ---- beside the harness ---- */

/* Where the target will listen; its port is 0 where the harness may choose. */
static union address second_address(const struct check *c)
{
    const struct target_options options = check_options(c);
    union address a = address_loopback(0);

    if (options.address && !address_parse_host(options.address, &a))
        a = address_loopback(0); /* no numeric one: its start will say so */
    address_set_port(&a, (uint16_t)target_own_port(c->target, options.port));
    return a;
}

bool second_finds_holder(struct check *c, struct target_end *end)
{
    union address taken = second_address(c);
    struct client holder = {.fd = -1};
    struct target_options options;
    socklen_t length = sizeof taken;

    if (!client_open(&holder, c, taken.any.sa_family))
        return false;
    if (bind(holder.fd, &taken.any, address_length(&taken)) < 0 ||
        getsockname(holder.fd, &taken.any, &length) < 0)
        check_invalid(c, "no port to occupy: %s", strerror(errno));
    options = second_options(c, address_port(&taken), end);
    if (!check_over(c) && check_try_start(c, &options, &c->run, &(struct error){0}))
        check_fail(c, "the port in use: it does not start", "it says that it serves port %u",
                   options.port);
    client_close(&holder);
    return !check_over(c);
}

/* ---- beside the first one ---- */

/* How many of some new clients are the second one's.  The first one stands still meanwhile, so that
 * an answer can only be the second one's. */
static unsigned second_takes(struct check *c)
{
    union address to = client_target(c, 0);
    struct client_reply reply = {.bytes = NULL};
    struct client clients[CLIENTS];
    unsigned taken = 0;

    for (unsigned i = 0; i < CLIENTS; i++)
        clients[i] = (struct client){.fd = -1};
    if (target_freeze(c->run, check_ms(c, FREEZE_MS)) < 0)
        check_invalid(c, "the first one could not be stopped with SIGSTOP");
    for (unsigned i = 0; i < CLIENTS && !check_over(c); i++) {
        if (client_open(&clients[i], c, to.any.sa_family) &&
            client_send(&clients[i], &to, "whose?", 6) != 0)
            check_invalid(c, "a new client's datagram could not be sent");
    }
    if (client_reply_init(&reply, c)) {
        int ms = check_ms(c, ANSWERS_MS);

        for (unsigned i = 0; i < CLIENTS && !check_over(c); i++) {
            bool is_its_own = client_receive(&clients[i], &reply, ms);

            taken += is_its_own;
            ms = is_its_own ? ms : 0; /* all were sent before: one wait is for all */
        }
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
    client_reply_fini(&reply);
    return taken;
}

/* Which of its socket's options let it in? */
static bool shares_by_reuseport(struct target_run *second)
{
    int fd = target_borrow_socket(second, 0), on = 0;

#ifdef SO_REUSEPORT
    socklen_t length = sizeof on;

    if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, &length) < 0)
        on = 0;
#endif
    if (fd >= 0)
        close(fd);
    return on != 0;
}

/* Whose workers share a port may let others in; ours do not (core/socket.c). */
static bool claims_to_share(const struct check *c)
{
    const struct ew_config *server = &c->settings->options->server;

    return check_can(c, EW_CAN_SHARES_PORT) ||
           (check_can(c, EW_CAN_WORKERS) && server->workers > 1 && server->share > EW_SHARE_PORTS);
}

static void judge_second(struct check *c, struct target_run *second, unsigned taken)
{
    static const char expected[] = "a second instance is refused the port of the first";

    if (claims_to_share(c))
        check_unsupported(c,
                          "it claims 'shares-port': a second one started, and %u of %u new clients "
                          "were the second one's",
                          taken, CLIENTS);
    else if (shares_by_reuseport(second))
        check_weak(c, expected,
                   "it started, too (SO_REUSEPORT), and %u of %u new clients were the second one's",
                   taken, CLIENTS);
    else
        check_fail(c, expected,
                   "it started, too (SO_REUSEADDR), and %u of %u new clients were the second one's",
                   taken, CLIENTS);
}

bool second_finds_first(struct check *c, struct target_end *end)
{
    struct target_options options = second_options(c, target_port(c->run, 0), end);
    struct target_run *second = NULL;
    unsigned taken;
    bool gone;

    if (!check_try_start(c, &options, &second, &(struct error){0}))
        return !check_over(c);
    taken = second_takes(c);
    /* One that shares its UDP port (SO_REUSEADDR) and is refused the TCP port of that number has it
     * for a moment. */
    gone = taken == 0 && !target_alive(second);
    if (!gone && !check_over(c))
        judge_second(c, second, taken);
    target_stop(second, gone ? end : NULL);
    return gone;
}
