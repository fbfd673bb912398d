/* MD5 and HMAC-MD5 (RFC 1321, RFC 2104): RADIUS has them, nobody else should. */
#ifndef EDGEWISE_EXCHANGE_MD5_H
#define EDGEWISE_EXCHANGE_MD5_H

#include <stddef.h>
#include <stdint.h>

#define MD5_BYTES 16u

struct md5 {
    uint32_t state[4];
    uint64_t length; /* bytes taken */
    uint8_t block[64];
};

void md5_init(struct md5 *md5);
void md5_add(struct md5 *md5, const void *bytes, size_t length);
void md5_end(struct md5 *md5, uint8_t digest[MD5_BYTES]);

/* A key longer than a block is not cut down as the RFC says: at most 64 bytes. */
void md5_hmac(const void *key, size_t key_length, const void *bytes, size_t length,
              uint8_t digest[MD5_BYTES]);

#endif
