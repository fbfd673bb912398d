#include "checks/tools/packets.h"

#include "base/random.h"

#include <arpa/inet.h>
#include <string.h>

#define IP_SIZE 20u
#define UDP_SIZE 8u
#define CONTENT_MIN 2u
/* As the generator draws them, so that one seed gives the same datagrams here and there; 0, 1 and
 * 1,472 bytes have cases of their own. */
#define CONTENT_MAX 1471u

int packets_open(struct packets *p, enum packet_family family, uint64_t seed, uint64_t count,
                 struct error *error)
{
    *p = (struct packets){.family = family, .state = seed, .left = count};
    return corpus_read(&p->corpus, "the corpus of hostile packets", packets_corpus,
                       packets_corpus_size, CORPUS_PACKETS, error);
}

void packets_close(struct packets *p)
{
    corpus_free(&p->corpus);
}

/* ---- random ones: generators/random_datagrams.py says what each draw means ---- */

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* The Internet checksum (RFC 1071), begun with a sum. */
static unsigned internet_checksum(uint32_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static unsigned udp_checksum(const uint8_t *ip, size_t udp_length)
{
    uint32_t pseudo = IPPROTO_UDP + (uint32_t)udp_length;
    unsigned sum;

    for (unsigned i = 12; i < IP_SIZE; i += 2)
        pseudo += (uint32_t)ip[i] << 8 | ip[i + 1];
    sum = internet_checksum(pseudo, ip + IP_SIZE, udp_length);
    return sum ? sum : 0xffff; /* zero would mean "none" */
}

/* From the client to the server, without fault. */
static void write_headers(uint8_t *ip, size_t content)
{
    static const uint8_t without_lengths[IP_SIZE] = {0x45, 0, 0,   0, 0, 1, 0,   0, 64, IPPROTO_UDP,
                                                     0,    0, 127, 0, 0, 1, 127, 0, 0,  1};
    uint8_t *udp = ip + IP_SIZE;

    memcpy(ip, without_lengths, sizeof without_lengths);
    put16(ip + 2, (unsigned)(IP_SIZE + UDP_SIZE + content));
    put16(udp, PACKETS_CLIENT_PORT);
    put16(udp + 2, PACKETS_SERVER_PORT);
    put16(udp + 4, (unsigned)(UDP_SIZE + content));
    put16(udp + 6, 0);
}

/* What precedes the checksums. */
static void spoil(uint8_t *ip, unsigned kind, unsigned number)
{
    uint8_t *udp = ip + IP_SIZE;

    switch (kind) {
    case 1: put16(udp + 4, number); break;
    case 2:
        put16(ip + 12, 192u << 8);
        put16(ip + 14, number);
        break;
    case 3: ip[8] = (uint8_t)number; break;
    case 5: put16(udp, 0); break;
    default: break;
    }
}

static size_t draw_datagram(struct packets *p, uint8_t *ip)
{
    uint64_t head = random_next(&p->state);
    size_t content = CONTENT_MIN + (head >> 8 & 0x7ff) % (CONTENT_MAX - CONTENT_MIN + 1);
    unsigned kind = head & 7, number = head >> 32 & 0xffff;

    for (size_t at = 0; at < content; at += 8) {
        uint64_t word = random_next(&p->state);

        for (size_t i = 0; i < 8 && at + i < content; i++)
            ip[IP_SIZE + UDP_SIZE + at + i] = (uint8_t)(word >> (8 * i));
    }
    write_headers(ip, content);
    spoil(ip, kind, number);
    put16(ip + 10, internet_checksum(0, ip, IP_SIZE));
    if (kind != 4)
        put16(ip + IP_SIZE + 6, kind == 0 ? number : udp_checksum(ip, UDP_SIZE + content));
    return IP_SIZE + UDP_SIZE + content;
}

/* ---- all ---- */

size_t packets_next(struct packets *p, uint8_t *bytes)
{
    if (p->family == PACKETS_RANDOM)
        return p->left > 0 ? (p->left--, draw_datagram(p, bytes)) : 0;
    while (p->next < p->corpus.count) {
        const struct corpus_record *record = &p->corpus.records[p->next++];

        if (record->flow != (uint32_t)p->family || record->length > PACKET_ROOM)
            continue;
        memcpy(bytes, record->bytes, record->length);
        return record->length;
    }
    return 0;
}
