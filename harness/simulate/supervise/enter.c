#include "simulate/supervise/enter.h"

#include "simulate/page.h"
#include "simulate/supervise/filter.h"
#include "simulate/supervise/qdisc.h"
#include "simulate/supervise/share.h"
#include "target/platform.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Clients have the ports that they have under preload; ballast goes to the one before them. */
#define ENTER_FIRST_CLIENT_PORT 40000
#define ENTER_TAKE_MS 5000
/* The exit status of what was never taken; as of what could not be executed. */
#define ENTER_UNSUPERVISED 127
/* A burst of answers must fit before the supervisor looks. */
#define ENTER_CLIENT_BYTES (8 << 20)
/* Above the numbers that a server's own descriptors have. */
#define ENTER_FD_FIRST 800

int enter_refuse(struct share *share, const char *what)
{
    int err = errno;

    snprintf(share->trouble, sizeof share->trouble, "%s: %s", what, strerror(err));
    share_set_stage(share, SHARE_REFUSED);
    errno = err;
    return -1;
}

/* As the library's: a server's own descriptors are numbered as in a native run. */
static int enter_high(int fd)
{
    int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, ENTER_FD_FIRST);

    if (fd >= 0)
        close(fd);
    return high;
}

/* The priority lets what is sent from here pass by the class that blocks the target's sends.
 * SO_RCVBUFFORCE needs CAP_NET_ADMIN; without it net.core.rmem_max is the limit (socket(7)). */
static int enter_open(const struct share *share, enum share_family family, unsigned port)
{
    union address a = {.any.sa_family = AF_INET6};
    int priority = QDISC_UNBLOCKED, bytes = ENTER_CLIENT_BYTES;
    int fd;

    if (family == SHARE_IPV4)
        a = address_loopback(0);
    else
        a.in6.sin6_addr = in6addr_loopback;
    address_set_port(&a, (uint16_t)port);
    fd = socket(a.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, &a.any, address_length(&a)) < 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (share->own_network)
        setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return enter_high(fd);
}

/* On the machine's own loopback any port will do for clients; the upstream's is that which the
 * target was told. */
static int enter_open_all(struct share *share)
{
    unsigned first = share->own_network ? ENTER_FIRST_CLIENT_PORT : 0, next = first ? 1 : 0;

    for (int family = 0; family < SHARE_FAMILIES; family++) {
        share->sinks[family] = enter_open(share, family, first - next);
        for (unsigned i = 0; i < ENGINE_CLIENTS; i++)
            share->clients[family][i] = enter_open(share, family, first + i * next);
    }
    share->upstream = share->upstream_port ? enter_open(share, SHARE_IPV4, share->upstream_port)
                                           : -1;
    share->netlink = share->own_network ? enter_high(qdisc_open()) : -1;
    return share->clients[SHARE_IPV4][ENGINE_CLIENTS - 1] < 0 ||
                   (share->upstream_port && share->upstream < 0)
               ? -1
               : 0;
}

int enter_filter(struct share *share, struct sock_filter *code, size_t length)
{
    /* A user namespace makes a process one that nobody may look into. */
    prctl(PR_SET_DUMPABLE, 1L);
    share->pid = getpid();
    share->listener = filter_install(code, length);
    if (share->listener < 0)
        return enter_refuse(share, "no seccomp listener");
    share_set_stage(share, SHARE_ENTERED);
    share_wait(share, SHARE_ENTERED, ENTER_TAKE_MS);
    /* Without a supervisor every further call that the filter holds, close(2) and the write(2) that
     * tells of a failure among them, would wait for an answer for ever: this process keeps the
     * listener alive itself (seccomp_unotify(2)).  To end is not held. */
    if (atomic_load(&share->stage) != SHARE_TAKEN)
        _exit(ENTER_UNSUPERVISED);
    return 0;
}

bool enter_network(struct share *share)
{
    share->own_network = platform_private_network() == 0;
    return share->own_network;
}

/* What has been opened stays open until exec closes it; the supervisor has its own by then. */
int enter_supervision(struct share *share)
{
    struct sock_filter code[FILTER_ROOM];

    if (enter_open_all(share) < 0)
        return enter_refuse(share, "no sockets for the clients and the upstream");
    return enter_filter(share, code, filter_build(code));
}
