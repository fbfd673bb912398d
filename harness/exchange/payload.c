#include "exchange/payload.h"

#include <string.h>

#define MAGIC UINT32_C(0x31465745) /* "EWF1" */
/* Odd numbers with bits all over, so that multiplying by them loses nothing and what follows each
 * other differs in every byte: those of SplitMix64 (Steele, Lea and Flood, 2014). */
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)
#define PER_SEQUENCE UINT64_C(0xbf58476d1ce4e5b9)
#define PER_FLOW UINT64_C(0x94d049bb133111eb)

/* Compilers make one load or store of these on little-endian machines. */
static uint64_t payload_get(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static uint64_t get64(const uint8_t *bytes)
{
    return payload_get(bytes, 8);
}

static uint32_t get32(const uint8_t *bytes)
{
    return (uint32_t)payload_get(bytes, 4);
}

static void payload_put(uint8_t *bytes, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static void put64(uint8_t *bytes, uint64_t value)
{
    payload_put(bytes, value, 8);
}

static void put32(uint8_t *bytes, uint32_t value)
{
    payload_put(bytes, value, 4);
}

static uint64_t payload_step(uint64_t h, uint64_t word)
{
    h = (h ^ word) * GOLDEN;
    return h ^ h >> 32;
}

/* One multiplication for eight bytes: a CRC by table would take as long as the system call for
 * large datagrams. */
static uint32_t payload_checksum(const uint8_t *bytes, size_t length)
{
    uint64_t h = payload_step(
        0, get32(bytes)); /* the first word without the checksum in its upper half */
    size_t at = 8;

    for (; at + 8 <= length; at += 8)
        h = payload_step(h, get64(bytes + at));
    if (at < length)
        h = payload_step(h, payload_get(bytes + at, (unsigned)(length - at)));
    return (uint32_t)h;
}

/* A plain arithmetic sequence: cheap to write, and no two words of a datagram are alike. */
static void write_body(const struct payload *p, uint8_t *bytes)
{
    uint64_t word = p->nonce + p->sequence * PER_SEQUENCE + p->flow * PER_FLOW;
    size_t at = PAYLOAD_MIN;

    for (; at + 8 <= p->length; at += 8)
        put64(bytes + at, word += GOLDEN);
    if (at < p->length)
        payload_put(bytes + at, word + GOLDEN, p->length - (unsigned)at);
}

void payload_write(const struct payload *p, uint8_t *bytes)
{
    put32(bytes, MAGIC);
    put64(bytes + 8, p->nonce);
    put64(bytes + 16, p->sequence);
    put64(bytes + 24, (uint64_t)p->intended_ns);
    put64(bytes + 32, (uint64_t)p->sent_ns);
    put32(bytes + 40, p->flow);
    put32(bytes + 44, p->length);
    write_body(p, bytes);
    put32(bytes + 4, payload_checksum(bytes, p->length));
}

/* Magic and nonce lie in front, so that what was cut off behind them is still known as ours. */
enum payload_verdict payload_read(const uint8_t *bytes, size_t length, uint64_t nonce,
                                  struct payload *payload)
{
    if (length < 16 || get32(bytes) != MAGIC || get64(bytes + 8) != nonce)
        return PAYLOAD_FOREIGN;
    if (length < PAYLOAD_MIN)
        return PAYLOAD_TRUNCATED;
    *payload = (struct payload){
        .nonce = nonce,
        .sequence = get64(bytes + 16),
        .intended_ns = (int64_t)get64(bytes + 24),
        .sent_ns = (int64_t)get64(bytes + 32),
        .flow = get32(bytes + 40),
        .length = get32(bytes + 44),
    };
    /* A length that was itself corrupted says nothing: only a plausible one makes it truncated. */
    if (length < payload->length && payload->length <= PAYLOAD_MAX)
        return PAYLOAD_TRUNCATED;
    if (length != payload->length || payload_checksum(bytes, length) != get32(bytes + 4))
        return PAYLOAD_CORRUPT;
    return PAYLOAD_INTACT;
}
