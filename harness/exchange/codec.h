/* What the codecs of binary protocols share: integers as the network has them, and what a datagram
 * turned out to be.  As pure as protocol.h says. */
#ifndef EDGEWISE_EXCHANGE_CODEC_H
#define EDGEWISE_EXCHANGE_CODEC_H

#include "exchange/protocol.h"

/* `n` bytes, 1 to 8, the most significant first. */
uint64_t codec_get(const uint8_t *in, unsigned n);
void codec_put(uint8_t *out, uint64_t value, unsigned n);

/* What `in` is; names and reasons are static, as exchange_answer wants them.  The token (n bytes,
 * at most EXCHANGE_TOKEN_ROOM; 0: none is named) is copied. */
void codec_answers(struct exchange_answer *answer, const uint8_t *token, size_t n);
void codec_refuses(struct exchange_answer *answer, const char *name, const uint8_t *token,
                   size_t n);
void codec_is_foreign(struct exchange_answer *answer, const char *why);
void codec_is_none(struct exchange_answer *answer, const char *why);

/* A refusal's number and what it is called. */
struct codec_name {
    unsigned number;
    const char *name;
};
/* The name of `number` in `names`, which a row without name ends; `other` when it is not there. */
const char *codec_name_of(const struct codec_name *names, unsigned number, const char *other);

/* A token of `n` bytes in 2 * n digits, and back; false when one of them is no digit. */
void codec_put_hex(char *out, const uint8_t *token, size_t n);
bool codec_get_hex(const uint8_t *in, uint8_t *token, size_t n);

/* For options that take a text: copies it with its end to `into`.  NULL, or what it must be. */
const char *codec_take_text(char *into, size_t room, const char *value);

#endif
