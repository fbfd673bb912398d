/* Datagrams that come back: whatever arrives at a client's port. */
#include "exchange/payload.h"
#include "fuzz.h"

#include <string.h>

/* The seeds' datagrams have it. */
#define NONCE 7u
#define CHECKSUM_AT 4
#define CHECKSUM_END 8

/* The header of what is taken for intact is, to the byte, the one that would be sent.  Whoever
 * knows how the checksum is made, as libFuzzer soon does, may change what follows the header. */
static void expect_the_same_header(const struct payload *p, const uint8_t *data, size_t size)
{
    static uint8_t again[PAYLOAD_MAX];

    FUZZ_EXPECT(p->length == size && p->nonce == NONCE);
    payload_write(p, again);
    FUZZ_EXPECT(memcmp(again, data, CHECKSUM_AT) == 0 &&
                memcmp(again + CHECKSUM_END, data + CHECKSUM_END, PAYLOAD_MIN - CHECKSUM_END) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct payload p;

    if (size <= PAYLOAD_MAX && payload_read(data, size, NONCE, &p) == PAYLOAD_INTACT)
        expect_the_same_header(&p, data, size);
    return 0;
}
