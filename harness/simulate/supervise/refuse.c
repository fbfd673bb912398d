#include "simulate/supervise/refuse.h"

#include "base/address.h"

#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Above the numbers that a server's own descriptors have, as those of enter.c, and among the ones
 * that select(2) takes. */
#define REFUSE_FD 899

/* A connection that nobody has accepted and nobody reads: it takes no address of a message for its
 * own, as a datagram socket would, and has room for so much and no more (tcp(7)).  The listener is
 * left open: the connection would end with it. */
static int refuse_connect(void)
{
    union address a = address_loopback(0);
    socklen_t length = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listener >= 0 && fd >= 0 && bind(listener, &a.any, address_length(&a)) == 0 &&
        listen(listener, 1) == 0 && getsockname(listener, &a.any, &length) == 0 &&
        connect(fd, &a.any, length) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    if (listener >= 0)
        close(listener);
    return -1;
}

static void refuse_fill(int fd)
{
    static const char nothing[65536];

    while (send(fd, nothing, sizeof nothing, MSG_DONTWAIT) > 0)
        ;
}

int refuse_descriptor(struct hold *h, struct hold_thread *t)
{
    struct seccomp_notif_addfd add = {.id = t->id,
                                      .flags = SECCOMP_ADDFD_FLAG_SETFD,
                                      .newfd = REFUSE_FD,
                                      .newfd_flags = SOCK_CLOEXEC};

    if (h->full < 0)
        h->full = refuse_connect();
    if (h->full < 0)
        return -1;
    refuse_fill(h->full);
    if (t->process->refuses)
        return REFUSE_FD;
    add.srcfd = (uint32_t)h->full;
    t->process->refuses = ioctl(h->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) == REFUSE_FD;
    return t->process->refuses ? REFUSE_FD : -1;
}
