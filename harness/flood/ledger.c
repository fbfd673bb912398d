#include "flood/ledger.h"

#include <stdlib.h>
#include <string.h>

/* The bitmap comes with the first ledger_reserve(): a flow that never sends needs none. */
void ledger_init(struct ledger *l, uint64_t nonce, uint32_t flow)
{
    *l = (struct ledger){.nonce = nonce, .flow = flow};
}

void ledger_fini(struct ledger *l)
{
    free(l->bits);
    l->bits = NULL;
    l->capacity = 0;
}

int ledger_reserve(struct ledger *l, uint64_t end)
{
    uint64_t capacity = l->capacity ? l->capacity : 4096;
    uint64_t *bits;

    if (end <= l->capacity)
        return 0;
    /* Doubling: a run by duration does not know its end, and each growth copies what is there. */
    while (capacity < end)
        capacity *= 2;
    bits = realloc(l->bits, capacity / 8);
    if (!bits)
        return -1;
    memset((uint8_t *)bits + l->capacity / 8, 0, (capacity - l->capacity) / 8);
    l->bits = bits;
    l->capacity = capacity;
    return 0;
}

void ledger_sent(struct ledger *l, uint64_t count)
{
    l->counts.sent += count;
}

/* A duplicate is never counted as reordered too: each datagram that arrives is in one count
 * only. */
static bool enter(struct ledger *l, uint64_t sequence)
{
    uint64_t *word = &l->bits[sequence / 64];
    uint64_t bit = UINT64_C(1) << (sequence % 64);

    if (*word & bit) {
        l->counts.duplicate++;
        return false;
    }
    *word |= bit;
    l->counts.echoed++;
    if (sequence >= l->next) {
        l->next = sequence + 1;
    } else {
        uint64_t extent = l->next - 1 - sequence;

        l->counts.reordered++;
        if (extent > l->counts.reorder_extent)
            l->counts.reorder_extent = extent;
    }
    return true;
}

bool ledger_received(struct ledger *l, const uint8_t *bytes, size_t length, struct payload *p)
{
    switch (payload_read(bytes, length, l->nonce, p)) {
    case PAYLOAD_FOREIGN: l->counts.foreign++; return false;
    case PAYLOAD_TRUNCATED: l->counts.truncated++; return false;
    case PAYLOAD_CORRUPT: l->counts.corrupt++; return false;
    case PAYLOAD_INTACT: break;
    }
    /* The sockets are connected, so only the server can have sent it here. */
    if (p->flow != l->flow) {
        l->counts.misdirected++;
        return false;
    }
    /* Well made, and yet nobody sent it: whoever forges the run's nonce is foreign all the same.
     * It also keeps `enter` within the bitmap. */
    if (p->sequence >= l->counts.sent) {
        l->counts.foreign++;
        return false;
    }
    return enter(l, p->sequence);
}

void ledger_counts_add(struct ledger_counts *into, const struct ledger_counts *from)
{
    into->sent += from->sent;
    into->echoed += from->echoed;
    into->duplicate += from->duplicate;
    into->reordered += from->reordered;
    if (from->reorder_extent > into->reorder_extent)
        into->reorder_extent = from->reorder_extent;
    into->corrupt += from->corrupt;
    into->truncated += from->truncated;
    into->foreign += from->foreign;
    into->misdirected += from->misdirected;
    into->late += from->late;
}
