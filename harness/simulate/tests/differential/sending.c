/* Sending and connecting. */
#include "script.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/uio.h>

#define NOWHERE ((void *)1)

static void try_addresses(const struct pair *p)
{
    struct sockaddr_in to = p->at_b;
    struct sockaddr_in6 other = {
        .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_port = p->at_b.sin_port};

    say("send to nobody", send(p->a, "x", 1, 0));
    say("write to nobody", write(p->a, "x", 1));
    say("send with too short an address",
        sendto(p->a, "x", 1, 0, (struct sockaddr *)&to, sizeof to - 1));
    say("send with no length", sendto(p->a, "x", 1, 0, (struct sockaddr *)&to, 0));
    say("send with no address", sendto(p->a, "x", 1, 0, NULL, sizeof to));
    say("send to the other family",
        sendto(p->a, "x", 1, 0, (struct sockaddr *)&other, sizeof other));
    to.sin_family = AF_UNIX;
    say("send to no family of the internet",
        sendto(p->a, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
    to = p->at_b;
    to.sin_port = 0;
    say("send to port 0", send_to(p->a, "x", &to));
    say("send to where nobody is", (to.sin_port = htons(9), send_to(p->a, "x", &to)));
    say("and again", send_to(p->a, "x", &to));
    say("nobody got any of these", receive_now(p->b));
}

static void try_sizes(const struct pair *p)
{
    static char bytes[70000];
    const struct sockaddr *to = (const struct sockaddr *)&p->at_b;

    say("send 65508", sendto(p->a, bytes, 65508, 0, to, sizeof p->at_b));
    say("send 70000", sendto(p->a, bytes, sizeof bytes, 0, to, sizeof p->at_b));
    say("send from a bad address", sendto(p->a, NOWHERE, 10, 0, to, sizeof p->at_b));
    say("send to a bad address", sendto(p->a, "x", 1, 0, NOWHERE, sizeof p->at_b));
    say("send out of band", sendto(p->a, "x", 1, MSG_OOB, to, sizeof p->at_b));
    say("nobody got any of these", receive_now(p->b));
    say("send with DONTWAIT, NOSIGNAL and CONFIRM",
        sendto(p->a, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CONFIRM, to, sizeof p->at_b));
    say("receive it", receive_now(p->b));
    say("send to myself", send_to(p->a, "me", &p->at_a));
    say("receive it", receive_now(p->a));
}

static void try_messages(const struct pair *p)
{
    struct iovec parts[2] = {{"in ", 3}, {"parts", 5}};
    struct sockaddr_in to = p->at_b;
    struct msghdr m = {
        .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = parts, .msg_iovlen = 2};
    struct mmsghdr many[3] = {{.msg_hdr = m}, {.msg_hdr = m}, {.msg_hdr = m}};
    char bytes[10] = "";

    say("send a message in parts", sendmsg(p->a, &m, 0));
    say("receive it", recv(p->b, bytes, sizeof bytes, MSG_DONTWAIT));
    say_text("it", "%.8s", bytes);
    say("send a message without parts", (m.msg_iovlen = 0, sendmsg(p->a, &m, 0)));
    say("receive it", receive_now(p->b));
    say("send a message of too many parts", (m.msg_iovlen = 1025, sendmsg(p->a, &m, 0)));
    say("send no message", sendmsg(p->a, NULL, 0));
    say("send three", sendmmsg(p->a, many, 3, 0));
    say_text("their lengths", "%u %u %u", many[0].msg_len, many[1].msg_len, many[2].msg_len);
    many[1].msg_hdr.msg_namelen = 3;
    say("send three, the second bad", sendmmsg(p->a, many, 3, 0));
    say("send two, the first bad", sendmmsg(p->a, many + 1, 2, 0));
    say("send none", sendmmsg(p->a, many, 0, 0));
    for (int i = 0; i < 4; i++)
        say("they came", receive_now(p->b));
    say("nor any more", receive_now(p->b));
    say("write in parts to nobody", writev(p->a, parts, 2));
}

static void try_unbound(const struct pair *p)
{
    static char bytes[70000];
    int fd = socket(AF_INET, SOCK_DGRAM, 0), failing = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in from = {0}, name;
    socklen_t length = sizeof from;

    say("send from an unbound one", send_to(fd, "who", &p->at_b));
    name = name_of(fd);
    say_text("its name", "port %s, address %x", name.sin_port ? "chosen" : "0",
             name.sin_addr.s_addr);
    recvfrom(p->b, bytes, 10, MSG_DONTWAIT, (struct sockaddr *)&from, &length);
    say_text("the source", "port is its %d, address %x", from.sin_port == name.sin_port,
             ntohl(from.sin_addr.s_addr));
    say("answer it", send_to(p->b, "you", &from));
    say("receive the answer", receive_now(fd));
    say("fail to send from an unbound one",
        sendto(failing, bytes, sizeof bytes, 0, (struct sockaddr *)&p->at_b, sizeof from));
    say("its port is chosen", name_of(failing).sin_port != 0);
    close(fd);
    close(failing);
}

void script_sending(void)
{
    struct pair p = open_pair();

    try_addresses(&p);
    try_sizes(&p);
    try_messages(&p);
    try_unbound(&p);
    close_pair(&p);
    say("send at a closed one", send_to(p.a, "x", &p.at_b));
}

/* ---- connecting ---- */

static int sending_connect_to(int fd, const struct sockaddr_in *to)
{
    return connect(fd, (const struct sockaddr *)to, sizeof *to);
}

static void try_connected(const struct pair *p, int stranger)
{
    struct sockaddr_in peer = {0};
    socklen_t length = sizeof peer;
    struct iovec parts[2] = {{"in ", 3}, {"parts", 5}};

    say("connect", sending_connect_to(p->a, &p->at_b));
    say("its peer", getpeername(p->a, (struct sockaddr *)&peer, &length));
    say_text("it", "is the other %d, length %u", same_address(&peer, &p->at_b), length);
    say("send without an address", send(p->a, "hello", 5, 0));
    say("write", write(p->a, "hello", 5));
    say("write in parts", writev(p->a, parts, 2));
    say("write nothing", write(p->a, "", 0));
    for (int i = 0; i < 4; i++)
        say("they came", receive_now(p->b));
    send_to(stranger, "stranger", &p->at_a);
    say("a stranger is not heard", receive_now(p->a));
    say("the peer is", (send_to(p->b, "peer", &p->at_a), receive_now(p->a)));
    say("send elsewhere all the same",
        (peer = name_of(stranger), send_to(p->a, "elsewhere", &peer)));
    say("it came", receive_now(stranger));
}

static void try_disconnected(const struct pair *p, int stranger)
{
    struct sockaddr_in none = {.sin_family = AF_UNSPEC}, peer, closed;
    struct sockaddr_in6 other = {.sin6_family = AF_INET6};
    socklen_t length = sizeof peer;
    struct pollfd refused = {.fd = stranger, .events = POLLIN | POLLOUT};
    int gone = open_bound(&closed);

    say("connect to the other family", connect(p->a, (struct sockaddr *)&other, sizeof other));
    say("connect with too short an address", connect(p->a, (struct sockaddr *)&p->at_b, 6));
    say("shut down reading", shutdown(p->a, SHUT_RD));
    say("receive at its end", receive_now(p->a));
    say("disconnect", connect(p->a, (struct sockaddr *)&none, sizeof none));
    say("its peer", getpeername(p->a, (struct sockaddr *)&peer, &length));
    say("send without an address", send(p->a, "x", 1, 0));
    close(gone);
    say("connect to where nobody is", sending_connect_to(stranger, &closed));
    say("send there", send(stranger, "x", 1, 0));
    poll(&refused, 1, 0);
    say_text("poll for what became of it", "%x", (unsigned)refused.revents);
    say("receive what became of it", receive_now(stranger));
    say("and then", receive_now(stranger));
}

void script_connecting(void)
{
    struct pair p = open_pair();
    struct sockaddr_in at;
    int stranger = open_bound(&at), unbound = socket(AF_INET, SOCK_DGRAM, 0);

    try_connected(&p, stranger);
    try_disconnected(&p, stranger);
    say("shut down an unconnected one", shutdown(unbound, SHUT_RD));
    close(unbound);
    unbound = socket(AF_INET, SOCK_DGRAM, 0);
    say("connect an unbound one", sending_connect_to(unbound, &p.at_b));
    at = name_of(unbound);
    say_text("its name", "port %s, address %x", at.sin_port ? "chosen" : "0",
             ntohl(at.sin_addr.s_addr));
    close(stranger);
    close(unbound);
    close_pair(&p);
}
