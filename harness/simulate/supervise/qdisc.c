#include "simulate/supervise/qdisc.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QDISC_LO 1 /* the index of lo in every network */
#define QDISC_CLASS (QDISC_UNBLOCKED | 1)
#define QDISC_KIND "htb"

struct qdisc_request {
    struct nlmsghdr header;
    struct tcmsg tc;
    char attributes[256];
};

struct qdisc_answer {
    struct nlmsghdr header;
    struct nlmsgerr error;
};

int qdisc_open(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static struct rtattr *qdisc_put(struct qdisc_request *r, unsigned short type, const void *value,
                                size_t size)
{
    struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->header.nlmsg_len));

    a->rta_type = type;
    a->rta_len = (unsigned short)RTA_LENGTH(size);
    if (size > 0)
        memcpy(RTA_DATA(a), value, size);
    r->header.nlmsg_len = NLMSG_ALIGN(r->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
    return a;
}

static struct qdisc_request qdisc_begin(unsigned short type, unsigned short flags, uint32_t parent,
                                        uint32_t handle)
{
    return (struct qdisc_request){
        .header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)),
                   .nlmsg_type = type,
                   .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags)},
        .tc = {.tcm_ifindex = QDISC_LO, .tcm_parent = parent, .tcm_handle = handle}};
}

/* With NLM_F_ACK the kernel answers every request with NLMSG_ERROR, whose error is 0 when it is
 * done (netlink(7)). */
static int qdisc_ask(int netlink, const struct qdisc_request *request)
{
    struct qdisc_answer answer;

    if (send(netlink, request, request->header.nlmsg_len, 0) < 0 ||
        recv(netlink, &answer, sizeof answer, 0) < (ssize_t)sizeof answer.header)
        return -errno;
    return answer.header.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EPROTO;
}

/* The kernel takes no other version of HTB than 3.  `defcls` is the minor number of the class for
 * what no filter sorts (tc-htb(8), "default"); as long as there is no such class, it is sent at
 * once. */
int qdisc_install(int netlink)
{
    struct tc_htb_glob settings = {.version = 3, .rate2quantum = 10, .defcls = 1};
    struct qdisc_request r = qdisc_begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, TC_H_ROOT,
                                         QDISC_UNBLOCKED);
    struct rtattr *options;

    qdisc_put(&r, TCA_KIND, QDISC_KIND, sizeof QDISC_KIND);
    options = qdisc_put(&r, TCA_OPTIONS, NULL, 0);
    qdisc_put(&r, TCA_HTB_INIT, &settings, sizeof settings);
    options->rta_len = (unsigned short)((char *)&r + r.header.nlmsg_len - (char *)options);
    return qdisc_ask(netlink, &r);
}

/* One class for everybody on lo but the clients: called for a second socket it changes nothing. */
int qdisc_block(int netlink)
{
    struct tc_ratespec byte_a_second = {.linklayer = TC_LINKLAYER_ETHERNET, .rate = 1};
    struct tc_htb_opt settings = {.rate = byte_a_second, .ceil = byte_a_second, .quantum = 1000};
    struct qdisc_request r = qdisc_begin(RTM_NEWTCLASS, NLM_F_CREATE, QDISC_UNBLOCKED, QDISC_CLASS);
    struct rtattr *options;

    qdisc_put(&r, TCA_KIND, QDISC_KIND, sizeof QDISC_KIND);
    options = qdisc_put(&r, TCA_OPTIONS, NULL, 0);
    qdisc_put(&r, TCA_HTB_PARMS, &settings, sizeof settings);
    options->rta_len = (unsigned short)((char *)&r + r.header.nlmsg_len - (char *)options);
    return qdisc_ask(netlink, &r);
}

int qdisc_release(int netlink)
{
    struct qdisc_request r = qdisc_begin(RTM_DELTCLASS, 0, QDISC_UNBLOCKED, QDISC_CLASS);

    return qdisc_ask(netlink, &r);
}
