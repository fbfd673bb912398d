/* From the engine's tags to datagrams of the protocol that the target speaks, and back: the same
 * for either carrier.
 *
 * No system call and no allocation: it runs inside the target, too.  Whoever calls holds the page's
 * lock. */
#ifndef EDGEWISE_SIMULATE_TAGS_H
#define EDGEWISE_SIMULATE_TAGS_H

#include "simulate/page.h"

/* The bytes of any request. */
#define TAGS_ROOM 2048

/* The bytes of the longest request of at most `asked`, where they are not all of one size
 * (EXCHANGE_VARIES_SIZE). */
uint32_t tags_long_size(const struct exchange *exchange, uint32_t asked);

/* The request that carries `tag`, in the page's protocol and of its engine's size, to `out`; its
 * length, or 0 when no request does. */
size_t tags_put(const struct sim_page *page, const struct engine_tag *tag, uint8_t *out,
                size_t room);

/* The tag of what the server sent from `socket` to `client`; all zeros when it is no answer, which
 * is then noted in the page as the target's objection, as is a refusal. */
struct engine_tag tags_read(struct sim_page *page, unsigned socket, unsigned client,
                            const uint8_t *bytes, size_t length);

#endif
