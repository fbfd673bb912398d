/* A flow: one connected socket with a source port of its own, and the ledger of what went through
 * it. */
#ifndef EDGEWISE_FLOW_H
#define EDGEWISE_FLOW_H

#include "flood/config.h"
#include "flood/ledger.h"

struct flow {
    int fd; /* -1: closed */
    uint32_t id;
    const union address *address; /* the caller's */
    bool blocked;                 /* the kernel took no more; wait until it is writable */
    uint32_t receive_bytes;       /* granted */
    uint64_t given_up;            /* sequences below this one no longer count as under way */
    /* when the last echo came, or the window was opened anew */
    int64_t heard_ns;
    struct ledger ledger;
};

/* Room for so many sockets of this process, or of one that it starts, or -1 with a message. */
int flow_raise_limit(uint32_t sockets, struct error *error);

/* The receive buffer that a UDP socket here has unless it asks for more; 0 when it cannot be
 * told. */
uint32_t flow_default_receive_bytes(void);

/* Opens and connects it.  flow_close() is safe after a failure. */
int flow_open(struct flow *flow, uint32_t id, const struct exchange *exchange, uint64_t nonce,
              const union address *address, unsigned receive_bytes, struct error *error);
void flow_close(struct flow *flow);

/* Sent, and not yet known to have come back or to have been overtaken: a later echo of the same
 * flow says that the server and the kernel's buffers are done with the earlier ones. */
uint64_t flow_under_way(const struct flow *flow);

/* How many datagrams of `length` bytes a receive buffer of `receive_bytes` holds; at least 1. */
uint32_t flow_buffer_holds(uint32_t receive_bytes, uint32_t length);

/* Datagrams that this socket dropped; FLOOD_UNKNOWN where the platform does not tell. */
int64_t flow_drops(const struct flow *flow);

#endif
