#include "checks/tools/malformed.h"

#include <stdbool.h>
#include <string.h>

/* Of a long one not every length is tried, nor every byte changed: what is read of it is mostly in
 * its head. */
#define CUTS_MAX 64u
#define HEAD_MAX 64u
#define ANSWER_CUTS 8u

/* What follows a request that is whole: a byte, a word, another header, a second request. */
static const size_t tails[] = {1, 2, 4, 12, 64, 512};
/* What a byte becomes: none of its bits, all, the highest changed, the lowest. */
#define CHANGES 4u

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

unsigned malformed_count(enum malformed_kind kind, size_t size)
{
    switch (kind) {
    case MALFORMED_CUT: return (unsigned)least(size, CUTS_MAX);
    case MALFORMED_LONG: return sizeof tails / sizeof *tails + 1;
    case MALFORMED_CHANGED: return (unsigned)least(size, HEAD_MAX) * CHANGES;
    case MALFORMED_ANSWER: return ANSWER_CUTS;
    case MALFORMED_KINDS: break;
    }
    return 0;
}

static size_t make_longer(unsigned index, size_t size, uint8_t *out)
{
    bool again = index >= sizeof tails / sizeof *tails;
    size_t tail = least(again ? size : tails[index], MALFORMED_ROOM - size);

    if (again)
        memcpy(out + size, out, tail);
    else
        memset(out + size, 0, tail);
    return size + tail;
}

static void change(uint8_t *byte, unsigned how)
{
    const uint8_t changed[CHANGES] = {0x00, 0xff, *byte ^ 0x80, *byte ^ 0x01};

    *byte = changed[how];
}

size_t malformed_make(enum malformed_kind kind, unsigned index, const uint8_t *right, size_t size,
                      uint8_t *out)
{
    memcpy(out, right, size);
    switch (kind) {
    case MALFORMED_CUT: return size * index / malformed_count(kind, size);
    case MALFORMED_LONG: return make_longer(index, size, out);
    case MALFORMED_CHANGED: change(&out[index / CHANGES], index % CHANGES); break;
    case MALFORMED_ANSWER: return size - size * index / ANSWER_CUTS;
    case MALFORMED_KINDS: break;
    }
    return size;
}

const char *malformed_name(enum malformed_kind kind)
{
    static const char *const names[] = {"cut short", "too long", "with a byte changed",
                                        "the answer instead"};

    return names[kind];
}
