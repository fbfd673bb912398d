#include "simulate/tags.h"

#include <stdio.h>
#include <string.h>

static size_t tags_token_bytes(const struct sim_page *page)
{
    return exchange_protocol(&page->exchange)->token_bits / 8;
}

/* A narrow token holds the sequence alone, as far as it goes: socket and client are known by the
 * addresses, and fewer are under way than it tells apart. */
static bool tags_are_narrow(const struct sim_page *page)
{
    return tags_token_bytes(page) < sizeof(struct engine_tag);
}

static uint64_t tags_mask(const struct sim_page *page)
{
    size_t n = tags_token_bytes(page);

    return n >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * n) - 1;
}

uint32_t tags_long_size(const struct exchange *exchange, uint32_t asked)
{
    size_t most = exchange_largest_size(exchange);

    most = asked < most ? asked : most;
    return (uint32_t)exchange_least_size(exchange, exchange_token_bytes(exchange, most));
}

/* Followed by zeros. */
static size_t tags_put_long(const struct sim_page *page, const struct engine_tag *tag, uint8_t *out,
                            size_t room)
{
    size_t n = exchange_token_bytes(&page->exchange, page->engine.size);
    uint8_t token[TAGS_ROOM] = {0};

    memcpy(token, tag, sizeof *tag);
    n = n > sizeof token ? sizeof token : n;
    return exchange_protocol(&page->exchange)
        ->request(&page->exchange, out, room, token, n > sizeof *tag ? n : sizeof *tag);
}

size_t tags_put(const struct sim_page *page, const struct engine_tag *tag, uint8_t *out,
                size_t room)
{
    const struct protocol *p = exchange_protocol(&page->exchange);
    uint8_t key[sizeof *tag] = {0};

    if (!tags_are_narrow(page) && page->engine.size)
        return tags_put_long(page, tag, out, room);
    if (!tags_are_narrow(page))
        return p->request(&page->exchange, out, room, (const uint8_t *)tag, sizeof *tag);
    for (size_t i = 0; i < tags_token_bytes(page) && i < 8; i++)
        key[i] = (uint8_t)(tag->sequence >> 8 * i);
    return p->request(&page->exchange, out, room, key, tags_token_bytes(page));
}

/* The last one sent there whose sequence ends so. */
static struct engine_tag tags_of_key(const struct sim_page *page, unsigned socket, unsigned client,
                                     const uint8_t *key, size_t n)
{
    uint64_t last, value = 0;

    if (socket >= ENGINE_SOCKETS || client >= ENGINE_CLIENTS || n < tags_token_bytes(page))
        return (struct engine_tag){0};
    last = page->engine.sequence[socket][client];
    for (size_t i = 0; i < n && i < 8; i++)
        value |= (uint64_t)key[i] << 8 * i;
    return (struct engine_tag){.magic = ENGINE_MAGIC,
                               .socket = socket,
                               .client = client,
                               .sequence = last - ((last - value) & tags_mask(page))};
}

/* An echo objects to nothing: what it says wrong is counted. */
static void tags_note_objection(struct sim_page *page, const struct exchange_answer *answer)
{
    const char *name = exchange_protocol(&page->exchange)->name;

    if (page->objection[0])
        return;
    if (answer->kind == EXCHANGE_REFUSED)
        snprintf(page->objection, sizeof page->objection, "%s: it refuses what it is asked: %s",
                 name, answer->name);
    else if (answer->kind == EXCHANGE_NO_ANSWER)
        snprintf(page->objection, sizeof page->objection, "it answered, but that is no %s: %s",
                 name, answer->name);
}

struct engine_tag tags_read(struct sim_page *page, unsigned socket, unsigned client,
                            const uint8_t *bytes, size_t length)
{
    struct exchange_answer answer;
    struct engine_tag tag = {0};

    exchange_protocol(&page->exchange)->answer(&page->exchange, bytes, length, &answer);
    if (client < ENGINE_CLIENTS)
        tags_note_objection(page, &answer);
    if (answer.kind != EXCHANGE_ANSWER && answer.kind != EXCHANGE_REFUSED)
        return tag;
    if (tags_are_narrow(page))
        return tags_of_key(page, socket, client, answer.token, answer.length);
    memcpy(&tag, answer.token, answer.length < sizeof tag ? answer.length : sizeof tag);
    return tag;
}
