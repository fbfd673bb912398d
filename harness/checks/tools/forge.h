/* Datagrams whose source is made up: through a raw socket, in a network of the case's own
 * (CHECK_ALONE), so that they reach nobody but the target. */
#ifndef EDGEWISE_CHECK_FORGE_H
#define EDGEWISE_CHECK_FORGE_H

#include "checks/tools/client.h"

#include <stddef.h>

#define FORGE_PAYLOAD 2048

/* An IPv4 and a UDP header; the kernel fills in what is 0 here (raw(7)), and a UDP checksum of 0 is
 * none. */
struct forged {
    uint8_t version_and_words, service;
    uint16_t length, id, offset;
    uint8_t ttl, protocol;
    uint16_t checksum;
    uint32_t from, to;
    uint16_t from_port, to_port, udp_length, udp_checksum;
    uint8_t payload[FORGE_PAYLOAD];
};

#define FORGE_HEADERS offsetof(struct forged, payload)

/* A raw socket that does not block: IPPROTO_RAW sends what it is told to, headers and all, and
 * IPPROTO_UDP hears every UDP packet of this network.  -1 with a verdict. */
int forge_open(struct check *c, int protocol);

/* Sends one datagram of `size` bytes, FORGE_PAYLOAD at most, to `to` that claims to come from
 * `from`, which may have port 0; false with a verdict. */
bool forge_send(struct check *c, int raw, const union address *from, const union address *to,
                const uint8_t *payload, size_t size);

#endif
