/* Hostile packets: those of the corpus that scapy made (harness/packets), which is part of this
 * program, and random ones, which are drawn here by the same description. */
#ifndef EDGEWISE_CHECK_PACKETS_H
#define EDGEWISE_CHECK_PACKETS_H

#include "flood/corpus.h"

#include <stdbool.h>

/* In the order of the corpus's flows: generators/__init__.py. */
enum packet_family {
    PACKETS_CHECKSUM,
    PACKETS_LENGTHS,
    PACKETS_OPTIONS,
    PACKETS_SOURCE_ZERO,
    PACKETS_TTL,
    PACKETS_FRAGMENTS,
    PACKETS_FOREIGN,
    PACKETS_ICMP,
    PACKETS_RANDOM,
};

/* Who talks to whom in them: generators/packet.py. */
#define PACKETS_SERVER_PORT 2000
#define PACKETS_CLIENT_PORT 40000 /* at any address of 127.0.0.0/8 */

#define PACKET_ROOM 1600

/* One family, from its first packet to its last. */
struct packets {
    enum packet_family family;
    struct corpus corpus;
    size_t next;    /* record */
    uint64_t state; /* of the draws */
    uint64_t left;  /* random ones */
};

/* Opens it; `seed` and `count` are those of random ones and mean nothing to the others.
 * packets_close() is safe after a failure. */
int packets_open(struct packets *packets, enum packet_family family, uint64_t seed, uint64_t count,
                 struct error *error);
void packets_close(struct packets *packets);

/* Writes the next packet, IPv4 header and all, to `bytes` (PACKET_ROOM); its length, 0 past the
 * last. */
size_t packets_next(struct packets *packets, uint8_t *bytes);

/* The corpus that is part of the program. */
extern const uint8_t packets_corpus[];
extern const size_t packets_corpus_size;

#endif
