#include "bench/reflector.h"

#include "base/address.h"
#include "target/platform.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEAR "near"
#define FAR "far"
/* In the namespace there is nobody else: any addresses do. */
#define NEAR_ADDRESS "10.0.0.1"
#define FAR_ADDRESS "10.0.0.2"
#define FAR_PORT 9
/* The most that a veth takes: no datagram is fragmented, for only its first part has ports. */
#define MTU 65535

/* ---- netlink ---- */

/* A request that grows at its end; all of ours are small. */
struct request {
    union {
        struct nlmsghdr header;
        char bytes[512];
    };
};

/* At the next multiple of four bytes, as netlink wants each attribute (netlink(3)).  No request of
 * ours comes near the room. */
static void *request_add(struct request *r, const void *bytes, size_t size)
{
    void *at = r->bytes + NLMSG_ALIGN(r->header.nlmsg_len);

    memcpy(at, bytes, size);
    r->header.nlmsg_len = (uint32_t)((char *)at - r->bytes + size);
    return at;
}

/* An attribute; one without bytes may get others into it until request_close(). */
static struct rtattr *request_attribute(struct request *r, int type, const void *bytes, size_t size)
{
    struct rtattr header = {.rta_type = (unsigned short)type,
                            .rta_len = (unsigned short)RTA_LENGTH(size)};
    struct rtattr *added = request_add(r, &header, sizeof header);

    if (size)
        request_add(r, bytes, size);
    return added;
}

static void request_close(struct request *r, struct rtattr *outer)
{
    outer->rta_len = (unsigned short)(r->bytes + r->header.nlmsg_len - (char *)outer);
}

static void request_text(struct request *r, int type, const char *text)
{
    request_attribute(r, type, text, strlen(text) + 1);
}

static struct request request_of(uint16_t type, const void *body, size_t size)
{
    struct request r = {
        .header = {.nlmsg_len = NLMSG_HDRLEN,
                   .nlmsg_type = type,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL}};

    request_add(&r, body, size);
    return r;
}

/* 0, or -1 with errno: the kernel answers each request, by an error of 0 when it is done. */
static int request_send(const struct request *r)
{
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char rest[1024];
    } answer = {0};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    ssize_t n = -1;

    if (fd < 0)
        return -1;
    if (send(fd, r->bytes, r->header.nlmsg_len, 0) >= 0)
        n = recv(fd, &answer, sizeof answer, 0);
    if (n >= 0)
        errno = -answer.error.error;
    close(fd);
    return n < 0 || answer.error.error ? -1 : 0;
}

/* ---- the pair ---- */

/* Both ends by one request, the far one inside of the near one's (veth(4), rtnetlink(7)). */
static int make_pair(void)
{
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
    struct request r = request_of(RTM_NEWLINK, &link, sizeof link);
    struct rtattr *info, *data, *peer;

    request_text(&r, IFLA_IFNAME, NEAR);
    info = request_attribute(&r, IFLA_LINKINFO, NULL, 0);
    request_text(&r, IFLA_INFO_KIND, "veth");
    data = request_attribute(&r, IFLA_INFO_DATA, NULL, 0);
    peer = request_attribute(&r, VETH_INFO_PEER, NULL, 0);
    request_add(&r, &link, sizeof link);
    request_text(&r, IFLA_IFNAME, FAR);
    request_close(&r, peer);
    request_close(&r, data);
    request_close(&r, info);
    return request_send(&r);
}

/* The largest datagram must fit before the interface is up and its size is asked for. */
static int set_up(int fd, const char *name)
{
    struct ifreq mtu = {.ifr_mtu = MTU}, up = {.ifr_flags = IFF_UP | IFF_NOARP};

    snprintf(mtu.ifr_name, sizeof mtu.ifr_name, "%s", name);
    snprintf(up.ifr_name, sizeof up.ifr_name, "%s", name);
    if (ioctl(fd, SIOCSIFMTU, &mtu) < 0)
        return -1;
    return ioctl(fd, SIOCSIFFLAGS, &up);
}

static void set_address(struct sockaddr *into, const char *host)
{
    union address address;

    address_parse_host(host, &address);
    memcpy(into, &address.in, sizeof address.in);
}

/* Without ARP the kernel puts the near end's own hardware address into the frames that it sends
 * (arp_constructor() in net/ipv4/arp.c), so that what comes back is for it.  The mask of 10.0.0.1
 * is that of its class: the far address is behind the near end. */
static int bring_up(void)
{
    struct ifreq address = {.ifr_name = NEAR};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result = fd < 0 ? -1 : 0;

    set_address(&address.ifr_addr, NEAR_ADDRESS);
    if (result == 0)
        result = set_up(fd, NEAR);
    if (result == 0)
        result = set_up(fd, FAR);
    if (result == 0)
        result = ioctl(fd, SIOCSIFADDR, &address);
    if (fd >= 0)
        close(fd);
    return result;
}

/* ---- the program ---- */

#define LOAD(size, to, from, at)                    \
    {                                               \
        BPF_LDX | BPF_MEM | (size), to, from, at, 0 \
    }
#define STORE(size, to, at, from)                   \
    {                                               \
        BPF_STX | BPF_MEM | (size), to, from, at, 0 \
    }
#define MOVE(to, from)                              \
    {                                               \
        BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0 \
    }
#define MOVE_NUMBER(to, number)                       \
    {                                                 \
        BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, number \
    }
#define ADD_NUMBER(to, number)                        \
    {                                                 \
        BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, number \
    }
#define SKIP_IF_MORE(a, b, skipped)                 \
    {                                               \
        BPF_JMP | BPF_JGT | BPF_X, a, b, skipped, 0 \
    }
#define SKIP_UNLESS(a, number, skipped)                  \
    {                                                    \
        BPF_JMP | BPF_JNE | BPF_K, a, 0, skipped, number \
    }
#define CALL(function)                        \
    {                                         \
        BPF_JMP | BPF_CALL, 0, 0, 0, function \
    }
#define EXIT()                         \
    {                                  \
        BPF_JMP | BPF_EXIT, 0, 0, 0, 0 \
    }
/* Changes what lies at two places of the packet, at which register 2 points, for each other. */
#define SWAP(size, a, b) \
    LOAD(size, 4, 2, a), LOAD(size, 5, 2, b), STORE(size, 2, a, 5), STORE(size, 2, b, 4)

/* Ethernet, IPv4 without options, UDP: what the one socket sends. */
#define IP ETH_HLEN
#define UDP (IP + 20)
/* The index of the instruction that drops, which other packets go to. */
#define DROP 22

/* Registers: 1 is the packet as the kernel sees it, which 6 keeps; 2 and 3 are where its bytes
 * begin and end.  The checksum of UDP is a sum over addresses and ports: their order does not
 * matter. */
static int load_program(void)
{
    const struct bpf_insn program[] = {
        MOVE(6, 1),
        LOAD(BPF_W, 2, 1, offsetof(struct __sk_buff, data)),
        LOAD(BPF_W, 3, 1, offsetof(struct __sk_buff, data_end)),
        MOVE(4, 2),
        ADD_NUMBER(4, UDP + 8),
        SKIP_IF_MORE(4, 3, DROP - 6),
        LOAD(BPF_H, 4, 2, offsetof(struct ethhdr, h_proto)),
        SKIP_UNLESS(4, htons(ETH_P_IP), DROP - 8),
        LOAD(BPF_B, 4, 2, IP + 9),
        SKIP_UNLESS(4, IPPROTO_UDP, DROP - 10),
        SWAP(BPF_W, IP + 12, IP + 16),
        SWAP(BPF_H, UDP, UDP + 2),
        LOAD(BPF_W, 1, 6, offsetof(struct __sk_buff, ifindex)),
        MOVE_NUMBER(2, 0),
        CALL(BPF_FUNC_redirect),
        EXIT(),
        [DROP] = MOVE_NUMBER(0, TC_ACT_SHOT),
        EXIT(),
    };
    union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_SCHED_CLS,
                                 .insns = (uint64_t)(uintptr_t)program,
                                 .insn_cnt = sizeof program / sizeof *program,
                                 .license = (uint64_t)(uintptr_t) "MIT"};

    return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}

/* Where the far end receives (tc-bpf(8), direct-action). */
static int attach_program(int program)
{
    const uint32_t flags = TCA_BPF_FLAG_ACT_DIRECT;
    struct tcmsg queue = {.tcm_family = AF_UNSPEC,
                          .tcm_ifindex = (int)if_nametoindex(FAR),
                          .tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
                          .tcm_parent = TC_H_CLSACT};
    struct tcmsg filter = {.tcm_family = AF_UNSPEC,
                           .tcm_ifindex = queue.tcm_ifindex,
                           .tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
                           .tcm_info = TC_H_MAKE(1u << 16, htons(ETH_P_ALL))};
    struct request r = request_of(RTM_NEWQDISC, &queue, sizeof queue);
    struct rtattr *options;

    request_text(&r, TCA_KIND, "clsact");
    if (request_send(&r) < 0)
        return -1;
    r = request_of(RTM_NEWTFILTER, &filter, sizeof filter);
    request_text(&r, TCA_KIND, "bpf");
    options = request_attribute(&r, TCA_OPTIONS, NULL, 0);
    request_attribute(&r, TCA_BPF_FD, &program, sizeof program);
    request_text(&r, TCA_BPF_NAME, "reflector");
    request_attribute(&r, TCA_BPF_FLAGS, &flags, sizeof flags);
    request_close(&r, options);
    return request_send(&r);
}

/* ---- all ---- */

/* On the line after the call that failed: errno is its. */
static int missing(const char *what, char *reason, size_t size)
{
    snprintf(reason, size, "%s: %s", what, strerror(errno));
    return -1;
}

/* Nobody is there: the far end has no address, and tc takes datagrams before anybody asks. */
static int connect_far(int fd)
{
    union address address;

    address_parse_host(FAR_ADDRESS, &address);
    address_set_port(&address, FAR_PORT);
    return connect(fd, &address.any, address_length(&address));
}

int reflector_open(char *reason, size_t size)
{
    int program, attached, fd;

    if (platform_private_network() < 0)
        return missing("no network namespace", reason, size);
    if (make_pair() < 0)
        return missing("no veth pair", reason, size);
    if (bring_up() < 0)
        return missing("the veth pair does not come up", reason, size);
    program = load_program();
    if (program < 0)
        return missing("no program of eBPF may be loaded", reason, size);
    attached = attach_program(program);
    if (attached < 0)
        missing("tc takes no program of eBPF", reason, size);
    close(program);
    fd = attached < 0 ? -1 : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect_far(fd) < 0) {
        close(fd);
        fd = -1;
    }
    return fd < 0 && attached == 0 ? missing("no socket", reason, size) : fd;
}
