#include "exchange/md5.h"

#include <string.h>

#define BLOCK 64u

/* floor(2^32 * |sin(i + 1)|), RFC 1321, section 3.4 */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
/* By how much the steps of each round turn. */
static const uint8_t turns[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

void md5_init(struct md5 *m)
{
    *m = (struct md5){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

/* F, G, H and I of RFC 1321, section 3.4. */
static uint32_t md5_round(unsigned round, const uint32_t *s)
{
    switch (round) {
    case 0: return (s[1] & s[2]) | (~s[1] & s[3]);
    case 1: return (s[1] & s[3]) | (s[2] & ~s[3]);
    case 2: return s[1] ^ s[2] ^ s[3];
    default: return s[2] ^ (s[1] | ~s[3]);
    }
}

/* Which word of the block a step takes.  The RFC lists 64 numbers; they are i, 5i + 1, 3i + 5 and
 * 7i, modulo 16. */
static unsigned word_of(unsigned i)
{
    static const uint8_t steps[4] = {1, 5, 3, 7}, starts[4] = {0, 1, 5, 0};

    return (steps[i / 16] * i + starts[i / 16]) % 16;
}

static void md5_block(struct md5 *m)
{
    uint32_t words[16], s[4];

    for (unsigned i = 0; i < 16; i++)
        words[i] = (uint32_t)m->block[4 * i] | (uint32_t)m->block[4 * i + 1] << 8 |
                   (uint32_t)m->block[4 * i + 2] << 16 | (uint32_t)m->block[4 * i + 3] << 24;
    memcpy(s, m->state, sizeof s);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t sum = s[0] + md5_round(i / 16, s) + sines[i] + words[word_of(i)];
        unsigned turn = turns[i / 16][i % 4];

        s[0] = s[3];
        s[3] = s[2];
        s[2] = s[1];
        s[1] += sum << turn | sum >> (32 - turn);
    }
    for (unsigned i = 0; i < 4; i++)
        m->state[i] += s[i];
}

/* Byte by byte, not by blocks: what is hashed here has some tens of bytes. */
void md5_add(struct md5 *m, const void *bytes, size_t length)
{
    const uint8_t *in = bytes;

    for (size_t i = 0; i < length; i++) {
        m->block[m->length++ % BLOCK] = in[i];
        if (m->length % BLOCK == 0)
            md5_block(m);
    }
}

/* RFC 1321, sections 3.1 and 3.2: one bit, zeros, and the length in bits, its low byte first. */
void md5_end(struct md5 *m, uint8_t digest[MD5_BYTES])
{
    uint64_t bits = 8 * m->length;

    md5_add(m, "\x80", 1);
    while (m->length % BLOCK != BLOCK - 8)
        md5_add(m, "", 1);
    for (unsigned i = 0; i < 8; i++)
        md5_add(m, &(uint8_t){(uint8_t)(bits >> 8 * i)}, 1);
    for (unsigned i = 0; i < MD5_BYTES; i++)
        digest[i] = (uint8_t)(m->state[i / 4] >> 8 * (i % 4));
}

void md5_hmac(const void *key, size_t key_length, const void *bytes, size_t length,
              uint8_t digest[MD5_BYTES])
{
    uint8_t inner[BLOCK] = {0}, outer[BLOCK];
    struct md5 m;

    memcpy(inner, key, key_length);
    for (unsigned i = 0; i < BLOCK; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    md5_init(&m);
    md5_add(&m, inner, sizeof inner);
    md5_add(&m, bytes, length);
    md5_end(&m, digest);
    md5_init(&m);
    md5_add(&m, outer, sizeof outer);
    md5_add(&m, digest, MD5_BYTES);
    md5_end(&m, digest);
}
