/* Sizes: datagrams of all sizes together, however they came to be queued. */
#include "checks/check.h"
#include "base/clock.h"
#include "checks/tools/freeze.h"
#include "checks/tools/growth.h"
#include "checks/tools/mixture.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MIXED_PORTS 3

/* An empty one between others, large ones behind small ones, the largest neither first nor last.
 * Together they fit the receive buffer that a socket has by default on Linux (212,992 bytes), in
 * which each also pays for its own bookkeeping. */
static const size_t mixed[] = {64, 0, 1, 2500, 0, 64, 1472, 9216, 0, 4000, 1, 65507, 0, 16};
#define MIXED_COUNT (sizeof mixed / sizeof *mixed)

/* ---- a burst ---- */

/* Each port gets its first datagram before any gets its second. */
static void ask_mixed(struct mixture *m, unsigned ports)
{
    for (unsigned number = 0; number < MIXED_COUNT; number++) {
        for (unsigned port = 0; port < ports; port++) {
            if (!mixture_ask(&m[port], number))
                return;
        }
    }
}

/* As many full Ethernet frames as one send never takes (65,507 bytes), in the buffer that a socket
 * has by default. */
#define ALIKE_COUNT 60
#define ALIKE_SIZE 1400

/* Who answers equal datagrams as one train (UDP_SEGMENT) must end it before it is too long. */
static void burst_alike(struct check *c)
{
    struct mixture m = {.client = {.fd = -1}};
    size_t sizes[ALIKE_COUNT];

    for (unsigned i = 0; i < ALIKE_COUNT; i++)
        sizes[i] = ALIKE_SIZE;
    if (mixture_init(&m, c, 0, sizes, ALIKE_COUNT) && freeze_begin(c)) {
        for (unsigned i = 0; i < ALIKE_COUNT && mixture_ask(&m, i); i++)
            ;
        if (!check_over(c) && freeze_end(c, ALIKE_COUNT))
            mixture_collect(&m, "of a burst of one size");
    }
    mixture_fini(&m);
}

/* Each size is first asked alone, and what is not answered then is not expected of the burst: how
 * large a datagram it takes is another case's matter. */
static void burst_mixed(struct check *c, struct mixture *m, unsigned ports)
{
    char where[64];

    for (unsigned port = 0; port < ports; port++) {
        if (!mixture_init(&m[port], c, port, mixed, MIXED_COUNT) || !mixture_learn(&m[port]))
            return;
    }
    if (!freeze_begin(c))
        return;
    ask_mixed(m, ports);
    if (check_over(c) || !freeze_end(c, ports * MIXED_COUNT))
        return;
    for (unsigned port = 0; port < ports && !check_over(c); port++) {
        snprintf(where, sizeof where, "of a mixed burst to port %u", target_port(c->run, port));
        mixture_collect(&m[port], where);
    }
}

static void sizes_burst(struct check *c)
{
    struct target_options options = check_options(c);
    struct mixture m[MIXED_PORTS];
    unsigned ports = check_ports(c, MIXED_PORTS);

    for (unsigned i = 0; i < MIXED_PORTS; i++)
        m[i] = (struct mixture){.client = {.fd = -1}};
    options.sockets = ports;
    if (check_start(c, &options))
        burst_mixed(c, m, ports);
    for (unsigned i = 0; i < MIXED_PORTS; i++)
        mixture_fini(&m[i]);
    if (c->run && !check_over(c))
        burst_alike(c);
}

/* ---- trains ---- */

/* What one send of a train becomes: full segments and a shorter last one.  The long one is more
 * than a buffer for what a network's frames carry holds, and near the most that there is. */
static const struct train {
    unsigned count, segment;
} trains[] = {{10, 200}, {40, 1400}};
#define LAST_SEGMENT 77
#define TRAIN_BYTES (40 * 1400)

/* False with a verdict.  The option stays on the socket: nothing else is sent by it (udp(7),
 * UDP_SEGMENT). */
static bool send_train(struct mixture *m, const struct train *train)
{
#ifdef UDP_SEGMENT
    uint8_t bytes[TRAIN_BYTES];
    int segment = (int)train->segment, err;
    size_t length = 0;

    for (unsigned i = 0; i < m->count; i++) {
        memcpy(bytes + length, mixture_write(m, i), m->sizes[i]);
        length += m->sizes[i];
    }
    if (setsockopt(m->client.fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) < 0) {
        check_unsupported(m->check, "this kernel sends no trains (UDP_SEGMENT): %s",
                          strerror(errno));
        return false;
    }
    err = client_send(&m->client, &m->to, bytes, length);
    if (err)
        check_unsupported(m->check, "this kernel sends no trains on lo (UDP_SEGMENT): %s",
                          strerror(err));
    return err == 0;
#else
    (void)train;
    check_unsupported(m->check, "this system knows no trains (UDP_SEGMENT)");
    return false;
#endif
}

static void try_train(struct check *c, const struct train *train)
{
    size_t sizes[MIXTURE_MAX];
    struct mixture m = {.client = {.fd = -1}};
    char where[64];

    for (unsigned i = 0; i < train->count; i++)
        sizes[i] = i + 1 < train->count ? train->segment : LAST_SEGMENT;
    snprintf(where, sizeof where, "of a train of %u datagrams", train->count);
    if (mixture_init(&m, c, 0, sizes, train->count) && send_train(&m, train))
        mixture_collect(&m, where);
    mixture_fini(&m);
}

static void sizes_train(struct check *c)
{
    bool well = check_start(c, NULL);

    for (size_t i = 0; i < sizeof trains / sizeof *trains && well; i++) {
        try_train(c, &trains[i]);
        well = !check_over(c);
    }
}

/* ---- a path with a limit ---- */

#define ETHERNET_MTU 1500

static const size_t beyond_mtu[] = {64, 1472, 1473, 4000, 9216, 65507, 16};
#define BEYOND_COUNT (sizeof beyond_mtu / sizeof *beyond_mtu)

/* Of lo, in a network of the case's own.  While it runs: a socket learns of it by the next send, as
 * of any path that changes. */
static bool set_mtu(struct check *c, int mtu)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool well;

    request.ifr_mtu = mtu;
    well = fd >= 0 && ioctl(fd, SIOCSIFMTU, &request) == 0;
    if (!well)
        check_unsupported(c, "the MTU of lo cannot be set: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return well;
}

static void sizes_mtu(struct check *c)
{
    struct mixture m = {.client = {.fd = -1}};

    /* What is not answered while any size fits one packet is no matter of the path. */
    if (check_start(c, NULL) && mixture_init(&m, c, 0, beyond_mtu, BEYOND_COUNT) &&
        mixture_learn(&m) && set_mtu(c, ETHERNET_MTU)) {
        for (unsigned i = 0; i < BEYOND_COUNT && !check_over(c); i++)
            mixture_ask(&m, i);
        mixture_collect(&m, "where no packet is larger than 1500 bytes");
    }
    mixture_fini(&m);
}

/* ---- around round numbers ---- */

/* Buffers have round sizes, and who takes what fills one for cut short drops it. */
#define ROUND_FIRST 8
#define ROUND_LAST 32768
/* What every server answers, as in integrity-1500. */
#define ORDINARY_MAX 1500
/* After so many that are refused, one after the other, it is a limit. */
#define REFUSED_MOST 3

/* Of one size; false with a verdict or when it is not answered. */
static bool is_answered_alone(struct check *c, size_t size)
{
    struct mixture m = {.client = {.fd = -1}};
    bool answered = mixture_init(&m, c, 0, &size, 1) && mixture_learn(&m) && m.owed[0];

    mixture_fini(&m);
    return answered;
}

/* A limit may be anywhere above, but what is below one that is answered must be, too. */
static void sizes_round(struct check *c)
{
    size_t refused = 0;
    unsigned in_turn = 0;

    if (!check_start(c, NULL))
        return;
    for (size_t power = ROUND_FIRST; power <= ROUND_LAST && !check_over(c); power *= 2) {
        for (size_t size = power - 1; size <= power + 1 && in_turn < REFUSED_MOST; size++) {
            bool answered = is_answered_alone(c, size);

            if (answered && refused)
                check_fail(c, "what is smaller than a datagram that is answered is answered, too",
                           "one of %zu bytes was not, and one of %zu was", refused, size);
            else if (!answered && size <= ORDINARY_MAX)
                check_fail(c, "the datagram comes back whole",
                           "a datagram of %zu bytes was not answered so", size);
            in_turn = answered ? 0 : in_turn + 1;
            refused = !answered && !refused ? size : refused;
        }
    }
}

/* ---- what stays of them ---- */

/* Empty ones most, whose way through a server is the shortest. */
static const size_t each_size[] = {0, 1, 1472, 0, 2500, 0, 9216, 65507, 16};
#define EACH_COUNT (sizeof each_size / sizeof *each_size)
#define STAY_ROUNDS 20
/* A collector runs now and then: it must have had the chance to. */
#define STAY_PARTS 40
#define STAY_LIMIT_MS 6000
#define STAY_LEAST (16 << 10)
#define STAY_ANSWER_MS 3000

/* All sizes in turn, each alone; who does not answer one is not waited for. */
static bool stay_part(struct growth *g, struct mixture *m)
{
    for (unsigned i = 0; i < STAY_ROUNDS * EACH_COUNT && !check_over(g->check); i++) {
        unsigned number = i % EACH_COUNT;

        if (mixture_ask(m, number) && m->owed[number] &&
            !client_receive(&m->client, &m->reply, check_ms(g->check, STAY_ANSWER_MS)))
            check_fail(g->check, "an answer to each datagram, as to the first of its size",
                       "none to one of %zu bytes within %d ms", m->sizes[number],
                       check_ms(g->check, STAY_ANSWER_MS));
    }
    return !check_over(g->check) && growth_look(g, STAY_ROUNDS * EACH_COUNT);
}

static void sizes_leftovers(struct check *c)
{
    struct growth g = {.check = c, .clients = EACH_COUNT, .bytes_least = STAY_LEAST};
    int64_t limit_ns = clock_now_ns() + check_ms(c, STAY_LIMIT_MS) * NS_PER_MS;
    struct mixture m = {.client = {.fd = -1}};
    const char *what = NULL;
    bool well = check_start(c, NULL) && mixture_init(&m, c, 0, each_size, EACH_COUNT) &&
                mixture_learn(&m);

    while (well && g.parts < STAY_PARTS && (what || growth_is_open(&g) || !growth_is_known(&g)) &&
           (!growth_is_known(&g) || clock_now_ns() < limit_ns)) {
        well = stay_part(&g, &m);
        what = growth_goes_on(&g);
    }
    if (well && what)
        growth_fail(&g, what, "180 datagrams of all sizes");
    mixture_fini(&m);
}

/* ---- the table ---- */

static const struct check_case cases[] = {
    {"sizes-burst", "datagrams of mixed sizes that are queued together come back as they were sent",
     "Asks empty, small and large datagrams alone, then stops the target, queues them all,\n"
     "mixed, on up to three ports, and lets it go on; then the same with 60 of 1,400 bytes.\n"
     "Why: a drain that takes 0 bytes for the end, a batch of which only the first slot is\n"
     "large, and a batch that is answered with one segment size, or as one train that is too\n"
     "long, each work while datagrams come one by one.\n"
     "Good: what was answered alone is answered, as it was sent, in any order.\n"
     "Source: epoll(7), questions and answers 9; recvmmsg(2); udp(7), UDP_SEGMENT.",
     EW_CAN_ECHO | CHECK_TROUBLE, sizes_burst},
    {"sizes-train", "a train of datagrams that one call sent is answered one by one",
     "Sends ten datagrams as one train (UDP_SEGMENT), the last of them shorter, and then 40 of\n"
     "1,400 bytes.\n"
     "Why: a socket with UDP_GRO receives them joined, with the segment's size in a control\n"
     "message; whoever does not read it answers one datagram where ten were asked, and whose\n"
     "buffer holds one frame loses the others.\n"
     "Good: as many answers, each as it was sent.\n"
     "Source: udp(7), UDP_SEGMENT and UDP_GRO.",
     EW_CAN_ECHO, sizes_train},
    {"sizes-mtu", "answers that no packet holds come in fragments",
     "Asks datagrams up to 65,507 bytes alone, sets the MTU of its network to 1,500, and asks\n"
     "them again.\n"
     "Why: lo takes packets of 65,536 bytes, and hides that a server forbids fragments\n"
     "(IP_PMTUDISC_DO) and drops what is then refused with EMSGSIZE.\n"
     "Good: what was answered before is answered.\n"
     "Source: ip(7), IP_MTU_DISCOVER; RFC 1122, 3.3.3.",
     EW_CAN_ECHO | CHECK_ALONE | CHECK_TROUBLE, sizes_mtu},
    {"sizes-round", "what just fills a buffer of a round size comes back",
     "Asks with a byte less, as many and a byte more than each power of two, from 7 to 32,769\n"
     "bytes, each alone.\n"
     "Why: who takes a full buffer for a datagram that was cut drops one that was not.\n"
     "Good: each comes back whole, up to some limit beyond 1,500 bytes.\n"
     "Source: recv(2), MSG_TRUNC.",
     EW_CAN_ECHO, sizes_round},
    {"sizes-leftovers", "datagrams of all sizes leave nothing behind",
     "Parts of 180 datagrams, empty, small, large and the largest, each sent alone by one\n"
     "client.\n"
     "Why: what is empty, cut or too large leaves a loop early, on a way that forgets what was\n"
     "taken for it: a buffer, a descriptor, a thread.\n"
     "Good: descriptors, threads and memory come to rest.\n"
     "Source: recv(2), MSG_TRUNC; proc(5).",
     EW_CAN_ECHO, sizes_leftovers},
};

const struct check_chapter check_sizes = {"sizes", cases, sizeof cases / sizeof *cases};
