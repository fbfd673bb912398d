/* Corpora: datagrams in a file, written once by a generator (harness/packets) and sent by `edgewise
 * flood --replay`; and what a client of another make received, judged against what it sent by
 * `edgewise flood --judge`.
 *
 * Format, all integers little-endian.  The file begins with 40 bytes:
 *
 *     offset  bytes
 *          0      8  magic: "EWCORPUS"
 *          8      4  version: 1
 *         12      4  flows: the flows are 0 to flows - 1
 *         16      8  nonce of all payloads
 *         24      8  seed it was made from (shown, else unused)
 *         32      8  records
 *
 * and then holds that many records, each 12 bytes and the datagram:
 *
 *          0      4  flow: of a datagram received, the flow (source port) that received it
 *          4      2  port: index of the target port it goes to, or came from
 *          6      2  zero
 *          8      4  length of the datagram, at most 65,507
 *         12      -  the datagram
 *
 * A corpus to be sent holds payloads as payload.h describes them, with this nonce and the record's
 * flow, both times zero, and sequences that count up from 0 within each flow in the order of the
 * file.  All datagrams of a flow go to one port: a flow is a connected socket.  What was received
 * may be anything, and so may packets: whole IPv4 packets, headers and all, whose flow is the
 * number of their family (harness/packets/hostile.py). */
#ifndef EDGEWISE_CORPUS_H
#define EDGEWISE_CORPUS_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define CORPUS_VERSION 1u
#define CORPUS_FLOWS_MAX 65536u
#define CORPUS_PORTS_MAX 1024u

struct corpus_record {
    uint32_t flow;
    uint16_t port;
    uint32_t length;
    const uint8_t *bytes; /* inside the corpus */
};

struct corpus {
    uint64_t nonce;
    uint64_t seed;
    uint32_t flows;
    uint32_t ports;   /* one past the highest port index */
    uint32_t largest; /* longest datagram */
    size_t count;
    struct corpus_record *records;
    uint16_t *flow_ports; /* to be sent: the port index of each flow */
    const uint8_t *bytes;
    uint8_t *file; /* the same, where they were read from a file */
};

enum corpus_kind { CORPUS_TO_SEND, CORPUS_RECEIVED, CORPUS_PACKETS };

/* Reads and checks the whole file.  A malformed one gives an error that tells the record and the
 * byte. */
int corpus_load(struct corpus *corpus, const char *path, enum corpus_kind kind,
                struct error *error);

/* The same from memory, which must outlive the corpus; `name` is what errors call it. */
int corpus_read(struct corpus *corpus, const char *name, const uint8_t *bytes, size_t size,
                enum corpus_kind kind, struct error *error);
void corpus_free(struct corpus *corpus);

#endif
