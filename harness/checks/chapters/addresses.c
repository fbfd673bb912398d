/* Addresses: every one that the target serves, and of each kind. */
#include "checks/check.h"
#include "checks/tools/addressed.h"
#include "checks/tools/client.h"
#include "checks/tools/freeze.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- both kinds at once ---- */

/* -1: not told.  Of its own socket, since who does not say has the system's default
 * (net.ipv6.bindv6only). */
static int only_ipv6(struct check *c)
{
    int fd = target_borrow_socket(c->run, 0), only = -1;
    socklen_t length = sizeof only;

    if (fd >= 0 && getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &length) < 0)
        only = -1;
    if (fd >= 0)
        close(fd);
    return only;
}

static union address addresses_ipv4(struct check *c, uint32_t host)
{
    return (union address){.in = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(host),
                                  .sin_port = htons(target_port(c->run, 0))}};
}

/* IPv6 first: that much is due in either case, and the socket is looked at only then. */
static void addresses_dual(struct check *c)
{
    struct target_options options = check_options(c);
    struct client four = {.fd = -1}, six = {.fd = -1};
    union address to, both[2];

    options.address = "::";
    if (check_start(c, &options) && client_open(&four, c, AF_INET) &&
        client_open(&six, c, AF_INET6)) {
        to = client_target(c, 0);
        client_echo(&six, &to, "a new one", 9);
        if (only_ipv6(c) == 1)
            check_unsupported(c, "bound to ::, it takes IPv6 alone (IPV6_V6ONLY)");
        for (unsigned i = 0; i < 2; i++)
            both[i] = addresses_ipv4(c, INADDR_LOOPBACK + i);
        if (!check_over(c) && client_echo(&four, &both[0], "an old one", 10) &&
            client_echo(&four, &both[1], "an old one", 10))
            addressed_burst(&four, both);
    }
    client_close(&four);
    client_close(&six);
}

/* ---- all ports ---- */

/* Where nobody says how many. */
#define PORTS_ASKED 16
#define PORTS_MAX 1024
#define ANSWER_MS 3000

/* The port's number is what is asked, so that an answer from another port is seen to be one.  The
 * target is stopped meanwhile, so that one wait finds all of them ready. */
static bool addresses_send(struct check *c, struct client *client, unsigned ports)
{
    if (!freeze_begin(c))
        return false;
    for (uint32_t i = 0; i < ports && !check_over(c); i++) {
        union address to = client_target(c, i);

        if (client_send(client, &to, &i, sizeof i) != 0)
            check_invalid(c, "a datagram to port %u could not be sent", target_port(c->run, i));
    }
    return !check_over(c) && freeze_end(c, ports);
}

/* Takes an answer from each port; who has not answered is named. */
static void addresses_collect(struct check *c, struct client *client, unsigned ports)
{
    struct client_reply reply = {.bytes = NULL};
    bool seen[PORTS_MAX] = {false};
    unsigned left = client_reply_init(&reply, c) ? ports : 0, first = 0;

    while (left > 0 && !check_over(c) && client_receive(client, &reply, check_ms(c, ANSWER_MS))) {
        union address to;
        uint32_t number = PORTS_MAX;

        memcpy(&number, reply.bytes, reply.length == sizeof number ? sizeof number : 0);
        to = client_target(c, number < ports ? number : 0);
        if (number >= ports || seen[number] || !address_same(&reply.from, &to)) {
            check_fail(c, "an answer from each port, once and from there", "something else");
        } else {
            seen[number] = true;
            left--;
        }
    }
    while (first < ports && seen[first])
        first++;
    if (left > 0 && !check_over(c))
        check_fail(c, "an answer from each port",
                   "%u of %u are silent, the first of them port %u, number %u", left, ports,
                   target_port(c->run, first), first + 1);
    client_reply_fini(&reply);
}

static void addresses_all(struct check *c)
{
    struct target_options options = check_options(c);
    unsigned wanted = c->settings->options->sockets ? c->settings->options->sockets : PORTS_ASKED;
    struct client client = {.fd = -1};

    options.sockets = check_ports(c, wanted < PORTS_MAX ? wanted : PORTS_MAX);
    if (check_start(c, &options) && client_meet(&client, c) &&
        addresses_send(c, &client, options.sockets))
        addresses_collect(c, &client, options.sockets);
    client_close(&client);
}

static const struct check_case cases[] = {
    {"addresses-dual", "bound to ::, IPv4 and IPv6 clients are answered from where they asked",
     "Binds :: and asks ::1, 127.0.0.1 and 127.0.0.2, and the latter two in a burst.\n"
     "Why: one socket serves both, but an IPv4 question's address comes as a mapped one, in a\n"
     "control message of the other family than one may look for.\n"
     "Good: each address that is asked is the one that answers.  Who takes IPv6 alone there is\n"
     "not judged.\n"
     "Source: ipv6(7), IPV6_V6ONLY; RFC 3493, 3.7; RFC 3542, 6.",
     EW_CAN_ECHO | EW_CAN_WILDCARD | EW_CAN_IPV6, addresses_dual},
    {"addresses-all", "every port that it serves answers",
     "Starts it with as many ports as --sockets says (16 else, 1,024 at most), and sends each a\n"
     "datagram while it is stopped.\n"
     "Why: a table of descriptors that ends too early, or events of one wait of which only so\n"
     "many are looked at, leaves the last ports deaf.\n"
     "Good: an answer from each.\n"
     "Source: poll(2); epoll_wait(2): maxevents.",
     EW_CAN_ECHO | EW_CAN_SOCKETS, addresses_all},
};

const struct check_chapter check_addresses = {"addresses", cases, sizeof cases / sizeof *cases};
