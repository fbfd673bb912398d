/* The steps of ew_echo() (core.h) one by one, for who receives or sends by other calls than io.c:
 * several datagrams for each of them (batch.c), or by a ring that the kernel reads.
 *
 * What was received goes through ew_accept(); what is to be answered is sent, and told by
 * ew_note_sent(), or given to ew_answer(). */
#ifndef EDGEWISE_CORE_STEPS_H
#define EDGEWISE_CORE_STEPS_H

#include "core/core.h"

/* The datagrams of a train; 1 for what is none. */
unsigned ew_pieces(const struct ew_datagram *train);
/* The datagram at `index` of a train, or what is none itself at 0; false past the last. */
bool ew_piece(const struct ew_datagram *train, unsigned index, struct ew_datagram *piece);

/* What was received: counts it, and EW_DONE if it is to be answered, or EW_DROPPED. */
int ew_accept(struct ew_worker *worker, struct ew_socket *socket,
              const struct ew_datagram *datagram);
/* What a receive that ended with `err` (positive) means: as ew_receive. */
int ew_receive_failed(struct ew_worker *worker, struct ew_socket *socket, int err);
/* What the kernel has taken: counts and tells it. */
void ew_note_sent(struct ew_worker *worker, struct ew_socket *socket,
                  const struct ew_datagram *datagram);
void ew_log_text(const struct ew_worker *worker, const struct ew_socket *socket,
                 enum ew_log_kind kind, int64_t value, const char *text);

/* Sends it when nothing waits, or else puts it behind what does: EW_DONE; EW_DROPPED, counted and
 * told. */
int ew_answer(struct ew_worker *worker, struct ew_socket *socket,
              const struct ew_datagram *datagram);

/* Room for one IP_PKTINFO or IPV6_PKTINFO. */
union ew_asked_control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* The address that was asked, out of a message's control data and into it: at its beginning, with
 * msg_controllen after it. */
void ew_take_asked_address(struct msghdr *message, union ew_address *asked);
void ew_put_asked_address(struct msghdr *message, const union ew_address *asked);

#endif
