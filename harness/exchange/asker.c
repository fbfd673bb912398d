#include "exchange/asker.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 256u
/* Requests under way at once, at most, where the tokens have the bits. */
#define ROOM_MAX (UINT64_C(1) << 16)

struct asker_slot {
    uint64_t key;
    bool used, open; /* open: not answered */
    uint8_t length;
    uint8_t bytes[ASKER_KEPT];
};

void asker_init(struct asker *a, const struct exchange *exchange, uint64_t seed)
{
    *a = (struct asker){.exchange = exchange, .start = seed};
}

void asker_fini(struct asker *a)
{
    free(a->slots);
    a->slots = NULL;
    a->room = 0;
}

/* The bytes that a narrow token has at most; keys have no more than eight. */
static size_t key_bytes(const struct asker *a)
{
    size_t bytes = exchange_protocol(a->exchange)->token_bits / 8;

    return bytes < 8 ? bytes : 8;
}

/* Eight bytes of key are the whole word, and a shift by all its bits is undefined (C11, 6.5.7). */
static uint64_t key_mask(const struct asker *a)
{
    size_t bytes = key_bytes(a);

    return bytes < 8 ? (UINT64_C(1) << 8 * bytes) - 1 : UINT64_MAX;
}

/* By the protocol alone, not by the token: a short one that a case asks with must not be taken for
 * a key. */
static bool is_narrow(const struct asker *a)
{
    return exchange_protocol(a->exchange)->token_bits / 8 < ASKER_KEPT;
}

size_t asker_token_bytes(const struct asker *a, size_t size, size_t kept)
{
    return is_narrow(a) ? kept : exchange_token_bytes(a->exchange, size);
}

/* ---- keys ---- */

/* Keys are counted up and the room is a power of two: two keys meet in a slot only if as many were
 * given out between them as there are slots. */
static struct asker_slot *slot_of(const struct asker *a, uint64_t key)
{
    return &a->slots[key & (a->room - 1)];
}

/* What is answered or forgotten stays in its slot until another needs that: a late answer, or a
 * second one, is still known as its request's. */
static bool is_taken(const struct asker *a, const struct asker_slot *s)
{
    return s->used && s->open && s->key >= a->forgotten;
}

/* Twice the room, so that what is under way stays; false: as large as can be, or no memory. */
static bool asker_grow(struct asker *a)
{
    struct asker old = *a;
    uint64_t most = key_mask(a) < ROOM_MAX ? key_mask(a) + 1 : ROOM_MAX;
    size_t room = a->room ? 2 * a->room : ROOM_FIRST;

    room = room < most ? room : (size_t)most;
    if (room <= a->room)
        return false;
    a->slots = calloc(room, sizeof *a->slots);
    if (!a->slots) {
        a->slots = old.slots;
        return false;
    }
    a->room = room;
    for (size_t i = 0; i < old.room; i++) {
        if (old.slots[i].used)
            *slot_of(a, old.slots[i].key) = old.slots[i];
    }
    free(old.slots);
    return true;
}

/* The slot of the next key that is free; NULL when all are under way. */
static struct asker_slot *next_slot(struct asker *a)
{
    if (a->room == 0 && !asker_grow(a))
        return NULL;
    while (is_taken(a, slot_of(a, a->next)) && asker_grow(a))
        ;
    for (size_t i = 0; i < a->room; i++, a->next++) {
        struct asker_slot *s = slot_of(a, a->next);

        if (!is_taken(a, s)) {
            s->key = a->next++;
            return s;
        }
    }
    return NULL;
}

static void put_key(const struct asker *a, uint64_t key, uint8_t *token, size_t n)
{
    uint64_t value = (key + a->start) & key_mask(a);

    memset(token, 0, n);
    for (size_t i = 0; i < key_bytes(a); i++)
        token[i] = (uint8_t)(value >> 8 * i);
}

/* The slot whose request the token is of; NULL: nobody's, or one long ago. */
static struct asker_slot *find_slot(const struct asker *a, const uint8_t *token, size_t n)
{
    uint64_t value = 0, back;
    struct asker_slot *s;

    if (n < key_bytes(a) || a->room == 0)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (i < key_bytes(a))
            value |= (uint64_t)token[i] << 8 * i;
        else if (token[i] != 0)
            return NULL;
    }
    /* How many keys ago it was, as far as its bits tell. */
    back = (a->next - (value - a->start)) & key_mask(a);
    if (back == 0)
        back = key_mask(a) == UINT64_MAX ? 0 : key_mask(a) + 1;
    if (back == 0 || back > a->next)
        return NULL;
    s = slot_of(a, a->next - back);
    return s->used && ((s->key ^ (a->next - back)) & key_mask(a)) == 0 ? s : NULL;
}

/* ---- asking ---- */

static size_t request_by_key(struct asker *a, uint8_t *out, size_t room, const uint8_t *token,
                             size_t n)
{
    uint8_t key[ASKER_KEPT];
    size_t bytes = exchange_protocol(a->exchange)->token_bits / 8;
    struct asker_slot *s = n <= ASKER_KEPT ? next_slot(a) : NULL;

    if (!s)
        return 0;
    s->used = s->open = true;
    s->length = (uint8_t)n;
    memcpy(s->bytes, token, n);
    put_key(a, s->key, key, bytes);
    return exchange_protocol(a->exchange)->request(a->exchange, out, room, key, bytes);
}

size_t asker_request(struct asker *a, uint8_t *out, size_t room, const uint8_t *token, size_t n)
{
    if (key_bytes(a) == 0) /* nothing comes back, so nothing is kept */
        return exchange_protocol(a->exchange)->request(a->exchange, out, room, NULL, 0);
    if (is_narrow(a))
        return request_by_key(a, out, room, token, n);
    return exchange_protocol(a->exchange)->request(a->exchange, out, room, token, n);
}

/* Keys that were passed over lie in between. */
void asker_unask(struct asker *a, unsigned count)
{
    uint64_t least = a->next > a->room ? a->next - a->room : 0;

    for (uint64_t key = a->next; count > 0 && key > least; key--) {
        struct asker_slot *s = slot_of(a, key - 1);

        if (s->key != key - 1 || !s->open)
            continue;
        s->used = s->open = false;
        count--;
    }
}

void asker_answer(struct asker *a, const uint8_t *in, size_t length, struct exchange_answer *answer)
{
    struct asker_slot *s;

    exchange_protocol(a->exchange)->answer(a->exchange, in, length, answer);
    if (!is_narrow(a) || answer->length == 0 ||
        (answer->kind != EXCHANGE_ANSWER && answer->kind != EXCHANGE_REFUSED))
        return;
    s = find_slot(a, answer->token, answer->length);
    if (!s) {
        answer->kind = EXCHANGE_FOREIGN;
        answer->name = "a token that was not asked with";
        answer->length = 0;
        return;
    }
    s->open = false;
    answer->token = s->bytes;
    answer->length = s->length;
}

void asker_forget(struct asker *a)
{
    a->forgotten = a->next;
}
