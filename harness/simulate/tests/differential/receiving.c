/* Receiving: one datagram, parts of one, and several. */
#include "script.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#define NOWHERE ((void *)1)

static void receiving_try_flags(const struct pair *p)
{
    char bytes[100] = "";
    int next = -1;

    say("receive nothing, DONTWAIT", recv(p->b, bytes, sizeof bytes, MSG_DONTWAIT));
    say("FIONREAD of nothing", ioctl(p->b, FIONREAD, &next) < 0 ? -1 : next);
    send_to(p->a, "twelve bytes", &p->at_b);
    send_to(p->a, "four", &p->at_b);
    say("FIONREAD of two datagrams", ioctl(p->b, FIONREAD, &next) < 0 ? -1 : next);
    say("PEEK", recv(p->b, bytes, 3, MSG_PEEK));
    say("PEEK with TRUNC", recv(p->b, bytes, 3, MSG_PEEK | MSG_TRUNC));
    say("receive with TRUNC", recv(p->b, bytes, 3, MSG_TRUNC));
    say("FIONREAD of the second", ioctl(p->b, FIONREAD, &next) < 0 ? -1 : next);
    say("receive less than there is", recv(p->b, bytes, 3, 0));
    say("the rest of it is gone", recv(p->b, bytes, 3, MSG_DONTWAIT));
    send_to(p->a, "error", &p->at_b);
    say("MSG_ERRQUEUE", recv(p->b, bytes, sizeof bytes, MSG_ERRQUEUE | MSG_DONTWAIT));
    say("MSG_OOB", recv(p->b, bytes, sizeof bytes, MSG_OOB | MSG_DONTWAIT));
    say("MSG_WAITALL", recv(p->b, bytes, sizeof bytes, MSG_WAITALL | MSG_DONTWAIT));
}

static void try_empty(const struct pair *p)
{
    char bytes[10] = "";
    struct iovec parts[2] = {{bytes, 2}, {bytes + 2, 8}};

    say("send nothing", send_to(p->a, "", &p->at_b));
    say("receive it", receive_now(p->b));
    send_to(p->a, "", &p->at_b);
    say("read it", read(p->b, bytes, sizeof bytes));
    send_to(p->a, "zero", &p->at_b);
    say("read no bytes", read(p->b, bytes, 0));
    say("which took nothing", receive_now(p->b));
    send_to(p->a, "zero", &p->at_b);
    say("receive no bytes", recv(p->b, NULL, 0, 0));
    say("which took it", receive_now(p->b));
    send_to(p->a, "in parts", &p->at_b);
    say("read in parts", readv(p->b, parts, 2));
    say_text("both filled", "%.8s", bytes);
    send_to(p->a, "in parts", &p->at_b);
    say("read into no parts", readv(p->b, parts, 0));
    say("and then", receive_now(p->b));
}

static void try_sources(const struct pair *p)
{
    struct sockaddr_in from = {0};
    socklen_t length = sizeof from;
    char bytes[10];

    send_to(p->a, "one", &p->at_b);
    say("receive with source",
        recvfrom(p->b, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length));
    say_text("it", "is the sender's %d, length %u", same_address(&from, &p->at_a), length);
    length = 4;
    from.sin_addr.s_addr = 0;
    send_to(p->a, "one", &p->at_b);
    say("source into little room",
        recvfrom(p->b, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length));
    say_text("its length", "%u, beyond it %x", length, from.sin_addr.s_addr);
    send_to(p->a, "one", &p->at_b);
    say("source into nowhere", recvfrom(p->b, bytes, sizeof bytes, 0, NULL, NULL));
    send_to(p->a, "one", &p->at_b);
    say("receive into a bad address", recv(p->b, NOWHERE, 10, MSG_DONTWAIT));
    say("what is left of it", receive_now(p->b));
}

void script_receiving(void)
{
    struct pair p = open_pair();
    static char most[65535];
    struct sockaddr_in to = p.at_b;

    receiving_try_flags(&p);
    try_empty(&p);
    try_sources(&p);
    say("send the most", sendto(p.a, most, 65507, 0, (struct sockaddr *)&to, sizeof to));
    say("receive the most", recv(p.b, most, sizeof most, MSG_DONTWAIT));
    say("receive at a closed one", (close_pair(&p), recv(p.b, most, 1, MSG_DONTWAIT)));
}

/* ---- messages ---- */

static void try_one_message(const struct pair *p)
{
    char bytes[10] = "", control[64];
    struct sockaddr_in from;
    struct iovec parts[2] = {{bytes, 2}, {bytes + 2, 2}};
    struct msghdr m = {.msg_name = &from,
                       .msg_namelen = sizeof from,
                       .msg_iov = parts,
                       .msg_iovlen = 2,
                       .msg_control = control,
                       .msg_controllen = sizeof control};

    send_to(p->a, "more than four", &p->at_b);
    say("receive a message", recvmsg(p->b, &m, 0));
    say_text("it", "flags %x, name %u, control %zu, bytes %.4s", m.msg_flags, m.msg_namelen,
             (size_t)m.msg_controllen, bytes);
    send_to(p->a, "abc", &p->at_b);
    m = (struct msghdr){.msg_iov = parts, .msg_iovlen = 2, .msg_flags = 0x77};
    say("receive a message without room for more", recvmsg(p->b, &m, 0));
    say_text("it", "flags %x, name %u, control %zu", m.msg_flags, m.msg_namelen,
             (size_t)m.msg_controllen);
    say("receive a message into too many parts",
        (m.msg_iovlen = 1025, recvmsg(p->b, &m, MSG_DONTWAIT)));
    say("no message", recvmsg(p->b, NULL, MSG_DONTWAIT));
}

static void try_info(const struct pair *p)
{
    char bytes[10], control[64];
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof control};
    struct in_pktinfo info = {0};
    struct cmsghdr *c;
    int on = 1;

    say("set IP_PKTINFO", setsockopt(p->b, IPPROTO_IP, IP_PKTINFO, &on, sizeof on));
    on = 0;
    getsockopt(p->b, IPPROTO_IP, IP_PKTINFO, &on, &(socklen_t){sizeof on});
    say("get IP_PKTINFO", on);
    send_to(p->a, "info", &p->at_b);
    say("receive with information", recvmsg(p->b, &m, 0));
    c = CMSG_FIRSTHDR(&m);
    if (c)
        memcpy(&info, CMSG_DATA(c), sizeof info);
    say_text("it", "%d bytes, level %d, type %d, to %x", (int)m.msg_controllen,
             c ? c->cmsg_level : -1, c ? c->cmsg_type : -1, ntohl(info.ipi_addr.s_addr));
    m.msg_controllen = 8;
    send_to(p->a, "info", &p->at_b);
    say("information into little room", recvmsg(p->b, &m, 0));
    say_text("it", "flags %x", m.msg_flags);
    on = 0;
    setsockopt(p->b, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

static void say_controls(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
        say_text("a control message", "%d bytes, level %d, type %d", (int)c->cmsg_len,
                 c->cmsg_level, c->cmsg_type);
}

/* `option`, SO_TIMESTAMP or its finer kind, beside where the datagram went to. */
static void try_stamps(const struct pair *p, const char *name, int option)
{
    char bytes[10], control[128];
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof control};
    int on = 1, off = 0;

    say(name, setsockopt(p->b, SOL_SOCKET, option, &on, sizeof on));
    setsockopt(p->b, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    on = 0;
    getsockopt(p->b, SOL_SOCKET, option, &on, &(socklen_t){sizeof on});
    say("get it", on);
    send_to(p->a, "when", &p->at_b);
    say("receive with its time", recvmsg(p->b, &m, 0));
    say_controls(&m);
    m.msg_controllen = CMSG_SPACE(16);
    send_to(p->a, "when", &p->at_b);
    say("its time and no room for more", recvmsg(p->b, &m, 0));
    say_controls(&m);
    say_text("it", "flags %x", m.msg_flags);
    setsockopt(p->b, SOL_SOCKET, option, &off, sizeof off);
    setsockopt(p->b, IPPROTO_IP, IP_PKTINFO, &off, sizeof off);
}

static int receive_many(int fd, unsigned count, int flags, unsigned lengths[4])
{
    char bytes[4][10];
    struct iovec parts[4];
    struct mmsghdr m[4] = {0};
    int n;

    for (unsigned i = 0; i < 4; i++) {
        parts[i] = (struct iovec){bytes[i], sizeof bytes[i]};
        m[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    n = recvmmsg(fd, m, count, flags, NULL);
    for (int i = 0; i < 4; i++)
        lengths[i] = i < n ? m[i].msg_len : 0;
    return n;
}

static void try_many(const struct pair *p)
{
    unsigned lengths[4];

    say("many of none, DONTWAIT", receive_many(p->b, 4, MSG_DONTWAIT, lengths));
    for (int i = 0; i < 5; i++)
        send_to(p->a, &"12345"[i], &p -> at_b);
    say("three of five", receive_many(p->b, 3, 0, lengths));
    say_text("their lengths", "%u %u %u", lengths[0], lengths[1], lengths[2]);
    say("four of two, WAITFORONE", receive_many(p->b, 4, MSG_WAITFORONE, lengths));
    say_text("their lengths", "%u %u", lengths[0], lengths[1]);
    send_to(p->a, "six", &p->at_b);
    say("four of one, DONTWAIT", receive_many(p->b, 4, MSG_DONTWAIT, lengths));
    send_to(p->a, "", &p->at_b);
    send_to(p->a, "after nothing", &p->at_b);
    say("an empty one among many", receive_many(p->b, 4, MSG_DONTWAIT, lengths));
    say("many of count 0", receive_many(p->b, 0, MSG_DONTWAIT, lengths));
}

void script_messages(void)
{
    struct pair p = open_pair();

    try_one_message(&p);
    try_info(&p);
    try_stamps(&p, "set SO_TIMESTAMP", SO_TIMESTAMP);
    try_stamps(&p, "set SO_TIMESTAMPNS", SO_TIMESTAMPNS);
    try_many(&p);
    close_pair(&p);
}
