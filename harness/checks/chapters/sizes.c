/* Sizes: datagrams of all sizes together, however they came to be queued. */
#include "checks/check.h"
#include "checks/tools/freeze.h"
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
}

/* ---- trains ---- */

/* What one send of a train becomes: full segments and a shorter last one. */
#define SEGMENT 200
#define TRAIN 10
#define LAST_SEGMENT 77

/* False with a verdict.  The option stays on the socket: nothing else is sent by it (udp(7),
 * UDP_SEGMENT). */
static bool send_train(struct mixture *m)
{
#ifdef UDP_SEGMENT
    uint8_t bytes[TRAIN * SEGMENT];
    int segment = SEGMENT, err;
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
    check_unsupported(m->check, "this system knows no trains (UDP_SEGMENT)");
    return false;
#endif
}

static void sizes_train(struct check *c)
{
    size_t sizes[TRAIN];
    struct mixture m = {.client = {.fd = -1}};

    for (unsigned i = 0; i < TRAIN; i++)
        sizes[i] = i + 1 < TRAIN ? SEGMENT : LAST_SEGMENT;
    if (check_start(c, NULL) && mixture_init(&m, c, 0, sizes, TRAIN) && send_train(&m))
        mixture_collect(&m, "of a train");
    mixture_fini(&m);
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

/* ---- the table ---- */

static const struct check_case cases[] = {
    {"sizes-burst", "datagrams of mixed sizes that are queued together come back as they were sent",
     "Asks empty, small and large datagrams alone, then stops the target, queues them all,\n"
     "mixed, on up to three ports, and lets it go on.\n"
     "Why: a drain that takes 0 bytes for the end, a batch of which only the first slot is\n"
     "large, and a batch that is answered with one segment size each work while datagrams\n"
     "come one by one.\n"
     "Good: what was answered alone is answered, as it was sent, in any order.\n"
     "Source: epoll(7), questions and answers 9; recvmmsg(2); udp(7), UDP_SEGMENT.",
     EW_CAN_ECHO | CHECK_TROUBLE, sizes_burst},
    {"sizes-train", "a train of datagrams that one call sent is answered one by one",
     "Sends ten datagrams as one train (UDP_SEGMENT), the last of them shorter.\n"
     "Why: a socket with UDP_GRO receives them joined, with the segment's size in a control\n"
     "message; whoever does not read it answers one datagram where ten were asked.\n"
     "Good: ten answers, each as it was sent.\n"
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
};

const struct check_chapter check_sizes = {"sizes", cases, sizeof cases / sizeof *cases};
