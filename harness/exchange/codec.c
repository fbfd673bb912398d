#include "exchange/codec.h"

#include <string.h>

/* Big-endian, as all of these protocols are: memcpy and ntohl() would do for four bytes, but tokens
 * and lengths have one to eight. */
uint64_t codec_get(const uint8_t *in, unsigned n)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < n; i++)
        value = value << 8 | in[i];
    return value;
}

void codec_put(uint8_t *out, uint64_t value, unsigned n)
{
    while (n-- > 0) {
        out[n] = (uint8_t)value;
        value >>= 8;
    }
}

/* Copied, since the datagram's buffer is used again while the answer is still looked at. */
static void codec_set(struct exchange_answer *a, enum exchange_kind kind, const char *name,
                      const uint8_t *token, size_t n)
{
    a->kind = kind;
    a->name = name;
    a->token = a->room;
    a->length = n;
    if (n > 0)
        memcpy(a->room, token, n);
}

void codec_answers(struct exchange_answer *a, const uint8_t *token, size_t n)
{
    codec_set(a, EXCHANGE_ANSWER, NULL, token, n);
}

void codec_refuses(struct exchange_answer *a, const char *name, const uint8_t *token, size_t n)
{
    codec_set(a, EXCHANGE_REFUSED, name, token, n);
}

void codec_is_foreign(struct exchange_answer *a, const char *why)
{
    codec_set(a, EXCHANGE_FOREIGN, why, NULL, 0);
}

void codec_is_none(struct exchange_answer *a, const char *why)
{
    codec_set(a, EXCHANGE_NO_ANSWER, why, NULL, 0);
}

const char *codec_name_of(const struct codec_name *names, unsigned number, const char *other)
{
    for (; names->name; names++) {
        if (names->number == number)
            return names->name;
    }
    return other;
}

void codec_put_hex(char *out, const uint8_t *token, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *out++ = digits[token[i] >> 4];
        *out++ = digits[token[i] & 15];
    }
}

/* Lower case alone: these digits are ours, and who changes their case has not sent back what it
 * got. */
static int codec_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool codec_get_hex(const uint8_t *in, uint8_t *token, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = codec_digit(in[2 * i]), low = codec_digit(in[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        token[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Empty texts are refused, since an empty one in the options stands for the default. */
const char *codec_take_text(char *into, size_t room, const char *value)
{
    size_t length = strlen(value);

    if (length == 0)
        return "must not be empty";
    if (length >= room)
        return "must be shorter";
    memcpy(into, value, length + 1);
    return NULL;
}
