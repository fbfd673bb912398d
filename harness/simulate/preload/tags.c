/* From the engine's tags to datagrams of the protocol that the target speaks, and back. */
#include "simulate/preload/network.h"

#include <stdio.h>
#include <string.h>

static const struct exchange *tags_exchange(void)
{
    return &net_page()->exchange;
}

static size_t tags_token_bytes(void)
{
    return exchange_protocol(tags_exchange())->token_bits / 8;
}

/* A narrow token holds the sequence alone, as far as it goes: socket and client are known by the
 * addresses, and fewer are under way than it tells apart. */
static bool tags_are_narrow(void)
{
    return tags_token_bytes() < sizeof(struct engine_tag);
}

static uint64_t tags_mask(void)
{
    return tags_token_bytes() >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * tags_token_bytes()) - 1;
}

size_t net_put_tag(const struct engine_tag *tag, uint8_t *out, size_t room)
{
    const struct protocol *p = exchange_protocol(tags_exchange());
    uint8_t key[sizeof *tag] = {0};

    if (!tags_are_narrow())
        return p->request(tags_exchange(), out, room, (const uint8_t *)tag, sizeof *tag);
    for (size_t i = 0; i < tags_token_bytes() && i < 8; i++)
        key[i] = (uint8_t)(tag->sequence >> 8 * i);
    return p->request(tags_exchange(), out, room, key, tags_token_bytes());
}

/* The last one sent there whose sequence ends so. */
static struct engine_tag tag_of_key(unsigned socket, unsigned client, const uint8_t *key, size_t n)
{
    uint64_t last, value = 0;

    if (socket >= ENGINE_SOCKETS || client >= ENGINE_CLIENTS || n < tags_token_bytes())
        return (struct engine_tag){0};
    last = net_page()->engine.sequence[socket][client];
    for (size_t i = 0; i < n && i < 8; i++)
        value |= (uint64_t)key[i] << 8 * i;
    return (struct engine_tag){.magic = ENGINE_MAGIC,
                               .socket = socket,
                               .client = client,
                               .sequence = last - ((last - value) & tags_mask())};
}

/* An echo objects to nothing: what it says wrong is counted. */
static void note_objection(const struct exchange_answer *answer)
{
    const char *name = exchange_protocol(tags_exchange())->name;
    char *text = net_page()->objection;
    size_t size = sizeof net_page()->objection;

    if (text[0])
        return;
    if (answer->kind == EXCHANGE_REFUSED)
        snprintf(text, size, "%s: it refuses what it is asked: %s", name, answer->name);
    else if (answer->kind == EXCHANGE_NO_ANSWER)
        snprintf(text, size, "it answered, but that is no %s: %s", name, answer->name);
}

struct engine_tag net_read_tag(unsigned socket, unsigned client, const uint8_t *bytes,
                               size_t length)
{
    struct exchange_answer answer;
    struct engine_tag tag = {0};

    exchange_protocol(tags_exchange())->answer(tags_exchange(), bytes, length, &answer);
    if (client < ENGINE_CLIENTS)
        note_objection(&answer);
    if (answer.kind != EXCHANGE_ANSWER && answer.kind != EXCHANGE_REFUSED)
        return tag;
    if (tags_are_narrow())
        return tag_of_key(socket, client, answer.token, answer.length);
    memcpy(&tag, answer.token, answer.length < sizeof tag ? answer.length : sizeof tag);
    return tag;
}
