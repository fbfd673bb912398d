/* What each datagram of a flood carries, so that its echo proves itself.
 *
 * Layout, all integers little-endian, 48 bytes and then the body:
 *
 *     offset  bytes
 *          0      4  magic: "EWF1"
 *          4      4  checksum
 *          8      8  nonce of the run
 *         16      8  sequence within the flow, counting from 0
 *         24      8  intended send time, nanoseconds (0 in a corpus)
 *         32      8  actual send time, nanoseconds (0 in a corpus)
 *         40      4  flow
 *         44      4  length of the datagram, header and body
 *         48      -  body: 64-bit words, the last cut short; word i is
 *                    s + (i + 1) * 0x9e3779b97f4a7c15  (modulo 2^64)
 *                    where s = nonce + sequence * 0xbf58476d1ce4e5b9 + flow * 0x94d049bb133111eb
 *
 * The checksum covers every other byte.  The datagram is read as 64-bit words, the last filled up
 * with zeros, the checksum field taken as zero:
 *
 *     h = 0
 *     for each word w:  h = (h ^ w) * 0x9e3779b97f4a7c15 (modulo 2^64);  h = h ^ (h >> 32)
 *     checksum = the low 32 bits of h
 *
 * Each step is reversible, so a change within one word always changes h.  In words like these
 * anybody, for instance a generator written in Python, can make the same bytes. */
#ifndef EDGEWISE_PAYLOAD_H
#define EDGEWISE_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#define PAYLOAD_MIN 48u
#define PAYLOAD_MAX 65507u

struct payload {
    uint64_t nonce;
    uint64_t sequence;
    int64_t intended_ns;
    int64_t sent_ns;
    uint32_t flow;
    uint32_t length;
};

/* Writes the datagram, payload->length bytes (PAYLOAD_MIN to PAYLOAD_MAX), to `bytes`. */
void payload_write(const struct payload *payload, uint8_t *bytes);

enum payload_verdict {
    PAYLOAD_INTACT,
    PAYLOAD_FOREIGN,   /* not of this run: another magic or another nonce, or too short to tell */
    PAYLOAD_TRUNCATED, /* ours, and shorter than it was sent */
    PAYLOAD_CORRUPT,   /* ours, and not as it was sent */
};

/* Reads and verifies a datagram.  `payload` is filled when it is intact. */
enum payload_verdict payload_read(const uint8_t *bytes, size_t length, uint64_t nonce,
                                  struct payload *payload);

#endif
