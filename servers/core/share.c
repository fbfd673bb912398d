/* Ports that the workers share (SO_REUSEPORT), and which of them a flow goes to.
 *
 * The kernel's hash of the four numbers of a flow is drawn anew at each boot, so that how even a
 * choice it is nobody can know; a program of ours (classic BPF, which needs no privilege) is as
 * even on each machine.  Either gives one socket for a flow as long as none is opened or closed. */
#include "core/internal.h"

/* Elsewhere the option has another meaning: on macOS one of the sockets takes all. */
#ifdef __linux__

#include <linux/filter.h>
#include <stddef.h>

/* 2^32 by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4): of ports that follow
 * each other, or of every second one, as RTP has them, each worker gets as many. */
#define GOLDEN 2654435769u

/* Bytes from the beginning of the IP header, of a load. */
#define IN_HEADER(offset) (uint32_t)(SKF_NET_OFF + (offset))
#define IPV4_SOURCE 12
#define IPV6_SOURCE_END 20 /* its last four bytes, the ones that differ within a network */
#define IPV6_HEADER 40

int ew_share_port(int fd)
{
    int on = 1;

    return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0 ? -errno : 0;
}

/* Behind an IPv6 extension header lies no port where this looks for one, but what is the same for
 * the whole flow mostly.  A load past the end gives socket 0. */
int ew_share_by_source(int fd, int family, unsigned workers)
{
    bool in6 = family == AF_INET6;
    struct sock_filter text[] = {
        /* X: bytes of the IP header */
        BPF_STMT(in6 ? BPF_LDX | BPF_W | BPF_IMM : BPF_LDX | BPF_B | BPF_MSH,
                 in6 ? IPV6_HEADER : IN_HEADER(0)),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, IN_HEADER(0)), /* the source port comes first in UDP's */
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, IN_HEADER(in6 ? IPV6_SOURCE_END : IPV4_SOURCE)),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, GOLDEN),
        /* the upper 16 bits, of which each worker has an equal range */
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, workers),
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    struct sock_fprog program = {.len = sizeof text / sizeof *text, .filter = text};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) < 0
               ? -errno
               : 0;
}

#else

int ew_share_port(int fd)
{
    (void)fd;
    return -ENOPROTOOPT;
}

int ew_share_by_source(int fd, int family, unsigned workers)
{
    (void)fd, (void)family, (void)workers;
    return -ENOPROTOOPT;
}

#endif
