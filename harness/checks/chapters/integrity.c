/* Integrity: what comes back is what was sent, whole, to whom sent it, from whom was asked. */
#include "checks/check.h"
#include "checks/counters.h"
#include "checks/tools/addressed.h"
#include "checks/tools/buffer.h"
#include "checks/tools/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than the batches of most servers hold (32 or 64 with recvmmsg, as a rule). */
#define CLIENTS 100
/* What an Ethernet frame carries: whoever cannot echo that whole has no excuse. */
#define ORDINARY_MAX 1500
#define ANSWER_MS 3000
/* What is larger may be refused; the answer to a small one tells whether it was, so this need not
 * be long. */
#define REFUSAL_MS 500

/* ---- sizes ---- */

/* The big one was not answered: was that said, at least?  Who publishes counters has a way to say
 * it, so that silence is a fault; who has none has only lost a datagram, as UDP may. */
static void integrity_judge_refusal(struct check *c, size_t length, int64_t drops_before)
{
    if (length <= ORDINARY_MAX)
        check_fail(c, "the datagram comes back whole", "a datagram of %zu bytes was not answered",
                   length);
    else if (check_counted_drops(c) > drops_before)
        return;
    else if (!target_page(c->run))
        check_weak(c, "whole, or refused and counted",
                   "a datagram of %zu bytes was not answered, and nothing tells of it", length);
    else
        check_fail(c, "whole, or refused and counted",
                   "a datagram of %zu bytes was not answered, and no counter tells of it", length);
}

/* Asks something small, whose answer tells that whatever was before has been dealt with.  Answers
 * come in order, so that no deadline decides whether the large one was refused. */
static void ask_after(struct client *client, struct client_reply *reply, size_t length)
{
    static const uint8_t small[] = "and now?";
    struct check *c = client->check;
    union address to = client_target(c, 0);

    if (client_send(client, &to, small, sizeof small) != 0)
        check_invalid(c, "a small datagram could not be sent");
    else if (!client_receive(client, reply, check_ms(c, ANSWER_MS)))
        check_fail(c, "an answer to a small datagram afterwards", "none after %zu bytes", length);
    else if (client_judge(reply, &to, small, sizeof small) != CLIENT_ECHO)
        check_fail(c, "the datagram comes back once and whole", "%zu bytes came more after %zu",
                   reply->length, length);
}

/* The datagram has been sent. */
static void converse(struct client *client, struct client_reply *reply, const uint8_t *bytes,
                     size_t length, int64_t drops_before)
{
    struct check *c = client->check;
    union address to = client_target(c, 0);
    bool answered = client_receive(client, reply,
                                   check_ms(c, length > ORDINARY_MAX ? REFUSAL_MS : ANSWER_MS));
    enum client_match match = answered ? client_judge(reply, &to, bytes, length) : CLIENT_ECHO;

    if (match != CLIENT_ECHO)
        check_fail(c, "the datagram comes back once and whole", "%s, %zu for %zu%s",
                   client_match_text(match), reply->length, length,
                   match == CLIENT_ASTRAY ? ", from another address than was asked" : "");
    if (!check_over(c))
        ask_after(client, reply, length);
    if (!check_over(c) && !answered)
        integrity_judge_refusal(c, length, drops_before);
}

/* One byte more is asked for, since malloc(0) may give NULL. */
static void echo_size(struct check *c, size_t length)
{
    uint8_t *bytes = malloc(length + 1);
    struct client_reply reply = {.bytes = NULL};
    struct client client = {.fd = -1};
    union address to;
    int64_t drops;
    int err;

    if (!bytes)
        check_invalid(c, "no memory for a datagram");
    else if (check_start(c, NULL) && client_meet(&client, c) && client_reply_init(&reply, c)) {
        client_random_bytes(c, bytes, length);
        to = client_target(c, 0);
        drops = check_counted_drops(c);
        err = client_send(&client, &to, bytes, length);
        if (err == EMSGSIZE)
            check_unsupported(
                c, "this system sends no datagrams of %zu bytes (macOS: net.inet.udp.maxdgram)",
                length);
        else if (err)
            check_invalid(c, "%zu bytes could not be sent: %s", length, strerror(err));
        else
            converse(&client, &reply, bytes, length, drops);
    }
    client_reply_fini(&reply);
    client_close(&client);
    free(bytes);
}

/* A receive of 0 bytes is a datagram, not an end of file. */
static void empty(struct check *c)
{
    echo_size(c, 0);
}

static void one_byte(struct check *c)
{
    echo_size(c, 1);
}

/* 1,500 bytes of an Ethernet frame less 20 of IP and 8 of UDP. */
static void ethernet(struct check *c)
{
    echo_size(c, 1472);
}

/* Where a buffer of 1,500 bytes is just enough. */
static void beyond_ethernet(struct check *c)
{
    echo_size(c, 1500);
}

/* The size that networks with jumbo frames mostly use; ours hold EW_DATAGRAM_MAX, a stranger's
 * buffer may end anywhere. */
static void jumbo(struct check *c)
{
    echo_size(c, 9216);
}

/* 65,535 less 20 of IP and 8 of UDP.  On loopback, whose MTU is 65,536 on Linux, it is one packet;
 * elsewhere it comes in fragments. */
static void largest(struct check *c)
{
    echo_size(c, EW_DATAGRAM_MAX);
}

/* ---- bytes ---- */

/* What somebody who takes payload for text may obey, expand, translate or choke on. */
static const char *const texts[] = {
    "%s%s%n%x",     "%1$p{0}${x}",          "quit\n",
    "exit",         "shutdown\r\n",         "\x03\x04\x1a",
    "\r\n.\r\n",    "a\r\nb\r\n\r\n",       "{ \"a\":",
    "[\"a\\",       "'\"`;\\$(:)",          "../../",
    " \t text \t ", "\xff\xff\xff\xfd",     "\xef\xbb\xbf text",
    "\xff\xfe t",   "\xc0\x80\xed\xa0\x80", "\x1b[2J\x07\b",
};

static void every_byte(struct check *c)
{
    uint8_t bytes[256];
    struct client client = {.fd = -1};
    union address to;

    if (check_start(c, NULL) && client_meet(&client, c)) {
        to = client_target(c, 0);
        for (unsigned i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)i;
        /* Every value, then each alone: a text layer eats some bytes only at the end, or only when
         * all are the same. */
        for (unsigned value = 0; client_echo(&client, &to, bytes, sizeof bytes) && value < 256;
             value++)
            memset(bytes, (int)value, sizeof bytes);
        for (size_t i = 0; i < sizeof texts / sizeof *texts && !check_over(c); i++)
            client_echo(&client, &to, texts[i], strlen(texts[i]));
    }
    client_close(&client);
}

/* ---- addresses ---- */

/* Several ports, since a server with one socket for all its sends answers from the right one only
 * by chance. */
static void asked_address(struct check *c)
{
    struct target_options options = check_options(c);
    struct client client = {.fd = -1};
    bool well;

    options.sockets = check_ports(c, 3);
    well = check_start(c, &options) && client_meet(&client, c);
    for (unsigned i = 0; well && i < options.sockets; i++) {
        union address to = client_target(c, i);

        well = client_echo(&client, &to, "who answers?", 12);
    }
    client_close(&client);
}

/* Is this an address of this system?  By binding to it, which is what the target is to do: macOS
 * has no 127.0.0.2 until somebody gives it one, and IPv6 may be switched off. */
static bool has_address(struct check *c, const struct sockaddr *address, socklen_t length,
                        const char *text)
{
    int fd = socket(address->sa_family, SOCK_DGRAM, 0);
    bool has = fd >= 0 && bind(fd, address, length) == 0;

    if (fd >= 0)
        close(fd);
    if (!has)
        check_unsupported(c, "this system has no %s", text);
    return has;
}

/* The kernel picks a source by the route unless it is told (ip(7), IP_PKTINFO): asked at 127.0.0.2,
 * a careless server answers from 127.0.0.1. */
static void integrity_wildcard(struct check *c)
{
    union address second = {.in = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1)}},
                  both[2];
    struct target_options options = check_options(c);
    struct client client = {.fd = -1};

    options.address = "0.0.0.0";
    if (has_address(c, &second.any, sizeof second.in, "127.0.0.2") && check_start(c, &options) &&
        client_open(&client, c, AF_INET)) {
        both[0] = client_target(c, 0);
        both[1] = second;
        both[1].in.sin_port = both[0].in.sin_port;
        if (client_echo(&client, &both[0], "first", 5) &&
            client_echo(&client, &both[1], "second", 6))
            addressed_burst(&client, both);
    }
    client_close(&client);
}

/* The second echo finds lengths of addresses that were kept from the first. */
static void ipv6(struct check *c)
{
    union address loopback = {.in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT}},
                  to;
    struct target_options options = check_options(c);
    struct client client = {.fd = -1};
    uint8_t bytes[1000];

    options.address = "::1";
    if (has_address(c, &loopback.any, sizeof loopback.in6, "::1") && check_start(c, &options) &&
        client_open(&client, c, AF_INET6)) {
        to = client_target(c, 0);
        client_random_bytes(c, bytes, sizeof bytes);
        if (client_echo(&client, &to, bytes, sizeof bytes))
            client_echo(&client, &to, bytes, 1);
    }
    client_close(&client);
}

/* ---- many clients ---- */

struct crowd {
    struct client clients[CLIENTS];
    uint8_t bytes[CLIENTS][64];
    union address to;
};

/* All have sent before anyone receives: whoever mixes peers up has every opportunity. */
static bool crowd_sends(struct check *c, struct crowd *crowd)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        int err;

        if (!client_meet(&crowd->clients[i], c))
            return false;
        client_random_bytes(c, crowd->bytes[i], sizeof crowd->bytes[i]);
        err = client_send(&crowd->clients[i], &crowd->to, crowd->bytes[i], sizeof crowd->bytes[i]);
        if (err != 0) {
            check_invalid(c, "client %u could not send: %s", i, strerror(err));
            return false;
        }
    }
    return true;
}

/* What came twice is looked for without waiting: a copy leaves with the answer or right after
 * it. */
static void crowd_receives(struct check *c, struct crowd *crowd, struct client_reply *reply)
{
    for (unsigned i = 0; i < CLIENTS && !check_over(c); i++) {
        if (!client_receive(&crowd->clients[i], reply, check_ms(c, 3000))) {
            if (!buffer_overflowed(c))
                check_fail(c, "each of 100 clients has its answer",
                           "client %u has none within %d ms", i + 1, check_ms(c, 3000));
        } else if (client_judge(reply, &crowd->to, crowd->bytes[i], sizeof crowd->bytes[i]) !=
                   CLIENT_ECHO)
            check_fail(c, "each of 100 clients has its own data", "client %u got %zu other bytes",
                       i + 1, reply->length);
        else if (client_receive(&crowd->clients[i], reply, 0))
            check_fail(c, "one answer for each of 100 clients",
                       "client %u got a second one of %zu bytes", i + 1, reply->length);
    }
}

/* On the heap, since the clients and their data are too much for a small stack. */
static void hundred_clients(struct check *c)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    struct client_reply reply = {.bytes = NULL};

    for (unsigned i = 0; crowd && i < CLIENTS; i++)
        crowd->clients[i].fd = -1;
    if (!crowd)
        check_invalid(c, "no memory for 100 clients");
    else if (check_start(c, NULL) && client_reply_init(&reply, c)) {
        crowd->to = client_target(c, 0);
        if (crowd_sends(c, crowd))
            crowd_receives(c, crowd, &reply);
    }
    for (unsigned i = 0; crowd && i < CLIENTS; i++)
        client_close(&crowd->clients[i]);
    client_reply_fini(&reply);
    free(crowd);
}

/* ---- the table ---- */

#define SIZE_STATEMENT                                                                          \
    "Sends one datagram of that size, and a small one after it, whose answer says that the\n"   \
    "wait is over.\n"                                                                           \
    "Why: a receive buffer that is too small cuts a datagram silently (recvfrom(2)), and its\n" \
    "echo comes short.\n"

static const struct check_case cases[] = {
    {"integrity-empty", "an empty datagram comes back empty",
     "Sends a datagram without payload.\n"
     "Why: a receive of 0 bytes is the end of a stream, but an ordinary datagram; who\n"
     "confuses them closes or spins.\n"
     "Good: an empty datagram comes back.\n"
     "Source: recv(2); RFC 768.",
     EW_CAN_ECHO, empty},
    {"integrity-one-byte", "one byte comes back",
     SIZE_STATEMENT "Good: it comes back whole.\nSource: RFC 768.", EW_CAN_ECHO, one_byte},
    {"integrity-1472", "1472 bytes, an Ethernet frame's, come back whole",
     SIZE_STATEMENT "Good: it comes back whole.\nSource: recvfrom(2).", EW_CAN_ECHO, ethernet},
    {"integrity-1500", "1500 bytes, the usual buffer's size, come back whole",
     SIZE_STATEMENT "Good: it comes back whole.\nSource: recvfrom(2).", EW_CAN_ECHO,
     beyond_ethernet},
    {"integrity-9216", "9216 bytes, a jumbo frame's, come back whole or are refused and counted",
     SIZE_STATEMENT "Good: it comes back whole, or not at all and is counted; never short.  WEAK: "
                    "refused, and nothing tells.\n"
                    "Source: recvfrom(2).",
     EW_CAN_ECHO, jumbo},
    {"integrity-65507",
     "65507 bytes, the most there is, come back whole or are refused and counted",
     SIZE_STATEMENT "Good: it comes back whole, or not at all and is counted; never short.  WEAK: "
                    "refused, and nothing tells.\n"
                    "Source: RFC 768: 65535 less 20 bytes of IP and 8 of UDP header.",
     EW_CAN_ECHO, largest},
    {"integrity-bytes", "all byte values come back",
     "Sends all 256 values in one datagram, then each value 256 times, and then texts: formats,\n"
     "commands, line ends, marks of encodings, openings of JSON.\n"
     "Why: a layer that takes payload for text stops at zeros, mends what it believes to\n"
     "be encodings, or obeys.\n"
     "Good: the same bytes.\n"
     "Source: RFC 768: the payload is octets.",
     EW_CAN_ECHO, every_byte},
    {"integrity-address", "answers come from the port and address that were asked",
     "Asks each of up to three ports with a socket that is not connected, and looks who\n"
     "answers.\n"
     "Why: a connected client never sees an answer from elsewhere, and firewalls drop it.\n"
     "Good: the answer's source is the address that was asked.\n"
     "Source: RFC 1123, 4.1.3.5.",
     EW_CAN_ECHO, asked_address},
    {"integrity-wildcard", "bound to a wildcard, answers come from the address that was asked",
     "Binds 0.0.0.0 and asks 127.0.0.1 and 127.0.0.2, one after the other, and then in a burst\n"
     "that is queued while the target is stopped.\n"
     "Why: without IP_PKTINFO the routing table picks the source of an answer, and on a\n"
     "machine with several addresses it is the wrong one; who reads a batch may take one\n"
     "question's address for all of it.\n"
     "Good: each answer comes from the address that its question was sent to.\n"
     "Source: ip(7), IP_PKTINFO; RFC 1123, 4.1.3.5.",
     EW_CAN_ECHO | EW_CAN_WILDCARD, integrity_wildcard},
    {"integrity-ipv6", "IPv6 is served as IPv4 is",
     "Binds ::1; sends 1000 bytes and one.\n"
     "Why: room for a peer's address that is an IPv4 address's breaks here.\n"
     "Good: both come back.\n"
     "Source: ipv6(7); RFC 3493.",
     EW_CAN_ECHO | EW_CAN_IPV6, ipv6},
    {"integrity-hundred", "a hundred clients get their own data, once",
     "A hundred sockets send 64 bytes each of their own before any of them receives.\n"
     "Why: a peer's address kept beside a buffer instead of with it answers the wrong one.\n"
     "Good: each client has one answer, with its own bytes.\n"
     "Source: recvfrom(2): the address belongs to that datagram.",
     EW_CAN_ECHO, hundred_clients},
};

const struct check_chapter check_integrity = {"integrity", cases, sizeof cases / sizeof *cases};
