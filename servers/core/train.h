/* Answers in a row that leave as one message (udp(7): UDP_SEGMENT): the kernel's way is walked once
 * for all of them, and the datagrams are cut where they leave or arrive.  Linux. */
#ifndef EDGEWISE_CORE_TRAIN_H
#define EDGEWISE_CORE_TRAIN_H

#include "core/core.h"

#include <sys/socket.h>

/* What one message of a send consists of: `n` of the datagrams to answer, from `first` on. */
struct ew_train {
    unsigned first;
    unsigned n;
    size_t bytes;
    size_t segment; /* of all but the last, which may be shorter */
    size_t last;    /* bytes of the last */
};

/* Room for one IP_PKTINFO or IPV6_PKTINFO and one UDP_GRO or UDP_SEGMENT. */
union ew_train_control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

/* Does the kernel know UDP_SEGMENT (Linux 4.18)?  One that does not would send a train as one
 * datagram.  On the starting thread, sockets bound. */
bool ew_knows_trains(const struct ew_worker *worker);

/* The message of a datagram at `first`, or of a train that came as one. */
struct ew_train ew_train_of(unsigned first, const struct ew_datagram *datagram);

/* Adds the datagram, if it may leave with those before it, of which `behind` is the last: of one
 * size but for the last, which may be shorter and not empty, to one peer, from one address. */
bool ew_train_add(struct ew_train *train, const struct ew_datagram *behind,
                  const struct ew_datagram *datagram);

/* To whom, from where and in which pieces: all of the message but its vectors.  `datagram`, the
 * train's first, and `control` are to stay as long as the message. */
void ew_train_address(const struct ew_train *train, struct ew_datagram *datagram,
                      struct msghdr *message, union ew_train_control *control);

#endif
