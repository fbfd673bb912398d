/* Requests that are none: made of a right one and of its answer, without knowing what they mean, so
 * that each protocol has them by its row alone. */
#ifndef EDGEWISE_CHECK_MALFORMED_H
#define EDGEWISE_CHECK_MALFORMED_H

#include <stddef.h>
#include <stdint.h>

#define MALFORMED_ROOM 4096u

/* Cut short, too long, with one byte of its head changed (which covers operations and lengths that
 * lie), and the answer in the place of the request. */
enum malformed_kind {
    MALFORMED_CUT,
    MALFORMED_LONG,
    MALFORMED_CHANGED,
    MALFORMED_ANSWER,
    MALFORMED_KINDS,
};

/* How many there are of a request of `size` bytes. */
unsigned malformed_count(enum malformed_kind kind, size_t size);

/* Writes number `index` of them to `out`, of MALFORMED_ROOM bytes: of the request, or, of the kind
 * MALFORMED_ANSWER, of an answer.  `size` is 1 to MALFORMED_ROOM.  Its length. */
size_t malformed_make(enum malformed_kind kind, unsigned index, const uint8_t *right, size_t size,
                      uint8_t *out);

/* "cut short", ... */
const char *malformed_name(enum malformed_kind kind);

#endif
