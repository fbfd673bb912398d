/* Hostile: what should not be sent is sent, and whatever of it the kernel delivers is a datagram
 * like any other. */
#include "checks/check.h"
#include "checks/tools/forge.h"
#include "checks/tools/growth.h"
#include "checks/tools/malformed.h"
#include "checks/tools/replay.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* All of these are one case with another family of packets: what is expected of the target is what
 * the kernel gave to an oracle of ours, so that no case knows a protocol's fine print. */
static void hostile_checksum(struct check *c)
{
    replay(c, PACKETS_CHECKSUM);
}

/* The kernel drops most of them before any socket; those that pass are shorter than the packet
 * around them. */
static void lengths(struct check *c)
{
    replay(c, PACKETS_LENGTHS);
}

/* The kernel takes options off before a socket sees the datagram; a raw socket gets them
 * (ip(7)). */
static void options(struct check *c)
{
    replay(c, PACKETS_OPTIONS);
}

/* Its answer cannot even be sent: sendto() with port 0 is EINVAL, which some runtimes make an
 * exception of. */
static void source_zero(struct check *c)
{
    replay(c, PACKETS_SOURCE_ZERO);
}

/* One that arrives with a TTL of 1 or 0 is delivered all the same: TTL is for who forwards (RFC
 * 1122, 3.2.1.7). */
static void ttl(struct check *c)
{
    replay(c, PACKETS_TTL);
}

/* The kernel puts them together or drops them; a server sees whole datagrams or nothing. */
static void fragments(struct check *c)
{
    replay(c, PACKETS_FRAGMENTS);
}

/* Whether an answer could be sent is the kernel's to say; that it could not must not be the end of
 * anything. */
static void foreign(struct check *c)
{
    replay(c, PACKETS_FOREIGN);
}

/* Errors about earlier answers wait on an unconnected socket only with IP_RECVERR (ip(7)); on a
 * connected one the next call fails. */
static void icmp(struct check *c)
{
    replay(c, PACKETS_ICMP);
}

/* By the seed, so that what was found can be found again. */
static void random_datagrams(struct check *c)
{
    replay(c, PACKETS_RANDOM);
}

/* ---- what stays of those that cannot be answered ---- */

/* Fewer in all than the thousand descriptors that a process may have by default. */
#define UNANSWERABLE 120
#define UNANSWERABLE_SIZE 32
#define LEFT_PARTS 8
#define LEFT_BYTES 64
#define LEFT_LEAST (16 << 10)

/* Three reasons why an answer cannot be sent, of clients that are always the same: a server may
 * keep something for each client, but not for each datagram.  Every second one brings an ICMP
 * error: 300 of them, which nobody takes (IP_RECVERR), fill a receive buffer of the usual size. */
static union address hostile_source(unsigned kind)
{
    union address from = {.in = {.sin_family = AF_INET}};

    /* Port 0 (EINVAL), nobody at that port (ICMP), no route there (ENETUNREACH; RFC 5737). */
    from.in.sin_addr.s_addr = htonl(kind != 2 ? INADDR_LOOPBACK + 1 : 0xcb007101);
    from.in.sin_port = htons(kind == 0 ? 0 : 9);
    return from;
}

/* An answer to somebody else says that all before has been dealt with; each is awaited, so that
 * nothing is dropped for want of room. */
static bool hostile_part(struct check *c, int raw, struct client *client)
{
    union address to = client_target(c, 0);
    uint8_t payload[UNANSWERABLE_SIZE];
    bool well = true;

    client_random_bytes(c, payload, sizeof payload);
    for (unsigned i = 0; i < UNANSWERABLE && well; i++) {
        union address from = hostile_source(i % 4);

        well = forge_send(c, raw, &from, &to, payload, sizeof payload) &&
               (i % 12 != 11 || client_echo(client, &to, "and I?", 6));
    }
    return well;
}

/* On loopback by name: the sources are chosen so that their answers fail from there. */
static void hostile_leftovers(struct check *c)
{
    struct target_options options = check_options(c);
    struct client client = {.fd = -1};
    struct growth g = {.check = c, .bytes_each = LEFT_BYTES, .bytes_least = LEFT_LEAST};
    const char *what = NULL;
    bool well;
    int raw = -1;

    options.address = "127.0.0.1";
    well = check_start(c, &options) && client_meet(&client, c) &&
           (raw = forge_open(c, IPPROTO_RAW)) >= 0;
    c->deed = "after datagrams that cannot be answered";
    while (well && g.parts < LEFT_PARTS && (what || growth_is_open(&g) || !growth_is_known(&g))) {
        well = hostile_part(c, raw, &client) && growth_look(&g, UNANSWERABLE);
        what = growth_goes_on(&g);
    }
    if (well && what)
        growth_fail(&g, what, "120 datagrams that cannot be answered");
    client_close(&client);
    if (raw >= 0)
        close(raw);
}

/* ---- what is no request of the protocol ---- */

/* The payload of a right one: a text, which no other case sends. */
static const uint8_t hostile_text[] = "a request that is to be changed.";
#define TEXT_SIZE (sizeof hostile_text - 1)
/* So many are under way, each from a socket of its own, before what came of them is counted. */
#define BATCH 32u
#define HOSTILE_ANSWER_MS 3000

/* Clients that have asked once each, with requests changed in one way. */
struct asked {
    enum malformed_kind kind;
    int fds[BATCH];
    size_t sizes[BATCH]; /* of what they sent */
    unsigned came[BATCH];
    unsigned count;
};

struct requests {
    struct check *check;
    struct client asking, probing; /* whose requests are changed; who must be answered */
    union address to;
    uint8_t right[MALFORMED_ROOM], answer[MALFORMED_ROOM]; /* a request and its answer */
    size_t size, answer_size;
    /* Those before stay open for as long: what comes late, of another thread, would come to whoever
     * has got the port since. */
    struct asked now, before;
    unsigned sent, answered;
    double most; /* bytes of an answer for each byte asked with */
};

/* Another one each time, or a server that knows the last one would not look at it. */
static bool make_right(struct requests *r)
{
    asker_forget(&r->asking.asker);
    if (exchange_has(r->asking.asker.exchange, EXCHANGE_ANY_BYTES)) {
        memcpy(r->right, hostile_text, TEXT_SIZE);
        r->size = TEXT_SIZE;
    } else {
        r->size = asker_request(&r->asking.asker, r->right, sizeof r->right, hostile_text,
                                TEXT_SIZE);
    }
    if (r->size == 0)
        check_unsupported(r->check, "no request of %s carries %zu bytes",
                          exchange_protocol(r->asking.asker.exchange)->name, TEXT_SIZE);
    return r->size > 0;
}

/* The answer, as it is on the wire. */
static bool hear_right(struct requests *r)
{
    struct pollfd readable = {.fd = r->asking.fd, .events = POLLIN};
    ssize_t n = -1;

    if (!make_right(r) ||
        sendto(r->asking.fd, r->right, r->size, 0, &r->to.any, address_length(&r->to)) < 0)
        return false;
    if (poll(&readable, 1, check_ms(r->check, HOSTILE_ANSWER_MS)) > 0)
        n = recv(r->asking.fd, r->answer, sizeof r->answer, 0);
    if (n <= 0)
        check_fail(r->check, "an answer to a right request", "none");
    r->answer_size = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static void take_answers(struct requests *r, struct asked *a)
{
    uint8_t answer[MALFORMED_ROOM];
    ssize_t n;

    for (unsigned i = 0; i < a->count; i++) {
        for (; (n = recv(a->fds[i], answer, sizeof answer, MSG_DONTWAIT | MSG_TRUNC)) >= 0;
             a->came[i]++)
            if (a->sizes[i] > 0 && (double)n / (double)a->sizes[i] > r->most)
                r->most = (double)n / (double)a->sizes[i];
    }
}

/* More than one answer, to one datagram, is what amplifies. */
static void judge_answers(struct requests *r, struct asked *a)
{
    take_answers(r, a);
    for (unsigned i = 0; i < a->count; i++) {
        r->answered += a->came[i] > 0;
        if (a->came[i] > 1)
            check_fail(r->check, "one answer at most to each datagram",
                       "%u to one of %zu bytes: a request, %s", a->came[i], a->sizes[i],
                       malformed_name(a->kind));
        close(a->fds[i]);
    }
    a->count = 0;
}

/* What was sent before a probe that is answered has been dealt with, where one thread serves. */
static bool look_at_batch(struct requests *r)
{
    bool well = client_echo(&r->probing, &r->to, "and now?", 8);

    take_answers(r, &r->now);
    judge_answers(r, &r->before);
    r->before = r->now;
    r->now = (struct asked){.kind = r->before.kind};
    return well && !check_over(r->check);
}

static bool send_malformed(struct requests *r, enum malformed_kind kind, unsigned index)
{
    bool is_answer = kind == MALFORMED_ANSWER;
    uint8_t bytes[MALFORMED_ROOM];
    int fd = socket(r->to.any.sa_family, SOCK_DGRAM, 0);
    size_t size;

    if (fd < 0 || !make_right(r)) {
        check_invalid(r->check, "no socket for another client: %s", strerror(errno));
        return false;
    }
    size = malformed_make(kind, index, is_answer ? r->answer : r->right,
                          is_answer ? r->answer_size : r->size, bytes);
    (void)sendto(fd, bytes, size, 0, &r->to.any, address_length(&r->to));
    r->now.fds[r->now.count] = fd;
    r->now.sizes[r->now.count++] = size;
    r->sent++;
    return true;
}

static bool send_kind(struct requests *r, enum malformed_kind kind)
{
    unsigned count = malformed_count(kind, kind == MALFORMED_ANSWER ? r->answer_size : r->size);

    r->now.kind = kind;
    for (unsigned i = 0; i < count; i++) {
        if (!send_malformed(r, kind, i) || (r->now.count == BATCH && !look_at_batch(r)))
            return false;
    }
    return look_at_batch(r);
}

static void hostile_requests(struct check *c)
{
    struct requests r = {.check = c, .asking = {.fd = -1}, .probing = {.fd = -1}};
    bool well = check_start(c, NULL) && client_meet(&r.asking, c) && client_meet(&r.probing, c);

    if (well) {
        r.to = client_target(c, 0);
        well = hear_right(&r);
    }
    c->deed = "after requests that are none";
    for (unsigned kind = 0; kind < MALFORMED_KINDS && well; kind++)
        well = send_kind(&r, kind);
    judge_answers(&r, &r.before);
    judge_answers(&r, &r.now); /* of who was interrupted */
    if (well)
        check_note(c, "%u of %u answered, with at most %.1f bytes for each that was asked with",
                   r.answered, r.sent, r.most);
    client_close(&r.asking);
    client_close(&r.probing);
}

#define ORACLE                                                                                  \
    "A socket that only receives takes the same packets first, in another network namespace:\n" \
    "what it got is what the kernel delivers.\n"

static const struct check_case cases[] = {
    {"hostile-checksum", "datagrams with a wrong UDP checksum, or none",
     "Checksums that are wrong by one, swapped, inverted and absent, in short and long\n"
     "datagrams, among right ones.\n" ORACLE
     "Why: the kernel checks long ones only when they are read, so "
     "that a socket is announced as readable and then has nothing: who reads without\n"
     "O_NONBLOCK hangs, and who takes EAGAIN for a failure ends.\n"
     "Good: exactly what the kernel delivers is echoed, and a probe afterwards.\n"
     "Source: RFC 768; select(2), \"Bugs\".",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, hostile_checksum},
    {"hostile-lengths", "UDP lengths that lie, and packets that end inside the header",
     "UDP lengths of less and more than there is and than a header, and packets cut within\n"
     "the UDP header.\n" ORACLE
     "Why: a datagram is as long as its header says, and who reads headers "
     "itself must not believe one that lies.\n"
     "Good: exactly what the kernel delivers is echoed, and a probe afterwards.\n"
     "Source: RFC 768; recv(2).",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, lengths},
    {"hostile-options", "IP options, right ones and malformed ones",
     "Routes, timestamps, alerts, unknown options, and some with impossible lengths, each\n"
     "followed by a datagram without.\n" ORACLE
     "Why: options lengthen the header, and a server that reads "
     "headers itself takes them for data.\n"
     "Good: exactly what the kernel delivers is echoed, and a probe afterwards.\n"
     "Source: RFC 791, section 3.1; ip(7).",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, options},
    {"hostile-source-zero", "datagrams from port 0, which cannot be answered",
     "Datagrams whose source port is 0, alternating with others.\n" ORACLE
     "Why: the answer's send fails with EINVAL, and one datagram that cannot be answered must\n"
     "not cost the others theirs.\n"
     "Good: those from another port are all echoed, and a probe afterwards.\n"
     "Source: RFC 768, \"Source Port\".",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, source_zero},
    {"hostile-ttl", "datagrams at the end of their time to live",
     "Times to live of 0, 1, 2, 64, 128 and 255.\n" ORACLE
     "Why: it is for routers to refuse them, not for who has received them.\n"
     "Good: exactly what the kernel delivers is echoed, and a probe afterwards.\n"
     "Source: RFC 1122, section 3.2.1.7.",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, ttl},
    {"hostile-fragments", "fragments in order, reversed, mixed, overlapping, never completed",
     "Datagrams in pieces in every order, twice, interleaved, overlapping, with two ends,\n"
     "beyond 65,535 bytes, and without an end, among whole ones.\n" ORACLE
     "Why: what is put together is a datagram like any other, "
     "and what never is must not hold up the rest.\n"
     "Good: exactly what the kernel delivers is echoed, and a probe afterwards.\n"
     "Source: RFC 791, section 3.2; RFC 5722.",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, fragments},
    {"hostile-foreign", "sources that nobody here is, or that cannot be answered",
     "Sources without a route, broadcast, multicast and reserved ones, and the target's own\n"
     "address with a port where nobody is, alternating with others.\n" ORACLE
     "Why: the answer's send fails (ENETUNREACH, EACCES) or brings an ICMP error; neither is\n"
     "the next datagram's fault.\n"
     "Good: those that can be answered are all echoed, and a probe afterwards.\n"
     "Source: send(2); udp(7); RFC 5737.",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, foreign},
    {"hostile-icmp", "ICMP errors about answers of the server",
     "Unreachable (all codes), source quench, redirect, time exceeded, parameter problem,\n"
     "each quoting an answer of the target, some cut short, alternating with datagrams.\n" ORACLE
     "Why: anybody can forge them, and ECONNREFUSED from a receive or a send concerns one\n"
     "client, not the socket.\n"
     "Good: every datagram is echoed, and a probe afterwards.\n"
     "Source: RFC 792; RFC 5927; udp(7), \"Error handling\".",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, icmp},
    {"hostile-random", "random datagrams, thousands of them",
     "10,000 (full: 100,000) of random content and length, one in eight each with a random\n"
     "checksum, UDP length, foreign source or time to live, without a checksum, or from port\n"
     "0.  Their seed is that of the run.\n" ORACLE "Why: nobody thinks of everything.\n"
     "Good: exactly what the kernel delivers from sources that can be answered is echoed, and\n"
     "a probe afterwards.\n"
     "Source: Miller, Fredriksen, So, \"An Empirical Study of the Reliability of UNIX\n"
     "Utilities\", 1990.",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, random_datagrams},
    {"hostile-leftovers", "what cannot be answered leaves nothing behind",
     "Parts of 120 datagrams each from port 0, from a port where nobody is, and from where no\n"
     "route leads, among others that are answered.\n"
     "Why: the way out after a send that failed is seldom walked, and forgets what was taken\n"
     "for the answer: a descriptor, a buffer, an entry that waits for ever.\n"
     "Good: descriptors, threads and memory come to rest.\n"
     "Source: send(2); proc(5).",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, hostile_leftovers},
    {"hostile-requests", "requests cut short, too long, changed, and answers instead of them",
     "Makes of right requests of its protocol wrong ones: of every length below (of long ones\n"
     "64), with more behind, with each byte of the head as 0, as 255, with its highest and its\n"
     "lowest bit changed (other operations, lengths that lie), and sends it its own answer.\n"
     "Why: anybody can send them; who answers several times, or more than was asked, is an\n"
     "amplifier for forged sources, and who ends is gone for all.\n"
     "Good: at most one answer to each, and a right request is answered in between and\n"
     "afterwards.  Noted: bytes of an answer for each byte asked with.\n"
     "Source: RFC 9000, section 8.1; Rossow, \"Amplification Hell\", 2014.",
     EW_CAN_ECHO | CHECK_TROUBLE, hostile_requests},
};

const struct check_chapter check_hostile = {"hostile", cases, sizeof cases / sizeof *cases};
