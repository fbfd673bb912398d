#include "flood/ledger.h"

#include <stdlib.h>
#include <string.h>

/* The bitmap comes with the first ledger_reserve(): a flow that never sends needs none. */
void ledger_init(struct ledger *l, const struct exchange *exchange, uint64_t nonce, uint32_t flow)
{
    *l = (struct ledger){.nonce = nonce, .flow = flow};
    asker_init(&l->asker, exchange, nonce ^ (uint64_t)flow << 40);
}

void ledger_fini(struct ledger *l)
{
    asker_fini(&l->asker);
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

void ledger_sent(struct ledger *l, uint64_t count, uint64_t bytes)
{
    l->counts.sent += count;
    l->counts.sent_bytes += bytes;
}

uint64_t ledger_answered(const struct ledger_counts *counts)
{
    return counts->echoed + counts->refused;
}

/* False when it was answered before. */
static bool mark(struct ledger *l, uint64_t sequence)
{
    uint64_t *word = &l->bits[sequence / 64];
    uint64_t bit = UINT64_C(1) << (sequence % 64);

    if (*word & bit) {
        l->counts.duplicate++;
        return false;
    }
    *word |= bit;
    return true;
}

/* A duplicate is never counted as reordered too: each datagram that arrives is in one count
 * only. */
static bool enter(struct ledger *l, uint64_t sequence)
{
    if (!mark(l, sequence))
        return false;
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

/* ---- refusals ---- */

static void count_refusal(struct ledger_refusal *refusals, const char *name, uint64_t count)
{
    unsigned i = 0;

    while (i + 1 < LEDGER_REFUSALS && refusals[i].name && strcmp(refusals[i].name, name) != 0)
        i++;
    refusals[i].name = name;
    refusals[i].count += count;
}

/* One that does not say of which request is counted all the same: it was an answer. */
static void enter_refusal(struct ledger *l, const struct payload *p, const char *name)
{
    if (p && !mark(l, p->sequence))
        return;
    l->counts.refused++;
    count_refusal(l->counts.refusals, name, 1);
    if (p && p->sequence >= l->next)
        l->next = p->sequence + 1;
}

/* ---- what came back ---- */

static void enter_foreign(struct ledger *l, const char *why)
{
    l->counts.foreign++;
    if (!l->counts.strange)
        l->counts.strange = why;
}

/* Is it of this flow, and was it sent? */
static bool is_of_flow(struct ledger *l, const struct payload *p)
{
    /* The sockets are connected, so only the server can have sent it here. */
    if (p->flow != l->flow) {
        l->counts.misdirected++;
        return false;
    }
    /* Well made, and yet nobody sent it: whoever forges the run's nonce is foreign all the same.
     * It also keeps `mark` within the bitmap. */
    if (p->sequence >= l->counts.sent) {
        enter_foreign(l, NULL);
        return false;
    }
    return true;
}

bool ledger_received(struct ledger *l, const uint8_t *bytes, size_t length, struct payload *p)
{
    struct exchange_answer answer;

    l->counts.received_bytes += length;
    asker_answer(&l->asker, bytes, length, &answer);
    if (answer.kind == EXCHANGE_FOREIGN || answer.kind == EXCHANGE_NO_ANSWER) {
        enter_foreign(l, answer.name);
        return false;
    }
    if (answer.kind == EXCHANGE_REFUSED && answer.length == 0) {
        enter_refusal(l, NULL, answer.name);
        return false;
    }
    switch (payload_read(answer.token, answer.length, l->nonce, p)) {
    case PAYLOAD_FOREIGN: enter_foreign(l, NULL); return false;
    case PAYLOAD_TRUNCATED: l->counts.truncated++; return false;
    case PAYLOAD_CORRUPT: l->counts.corrupt++; return false;
    case PAYLOAD_INTACT: break;
    }
    if (!is_of_flow(l, p))
        return false;
    if (answer.kind == EXCHANGE_ANSWER)
        return enter(l, p->sequence);
    enter_refusal(l, p, answer.name);
    return false;
}

void ledger_counts_add(struct ledger_counts *into, const struct ledger_counts *from)
{
    into->sent += from->sent;
    into->echoed += from->echoed;
    into->refused += from->refused;
    into->duplicate += from->duplicate;
    into->reordered += from->reordered;
    if (from->reorder_extent > into->reorder_extent)
        into->reorder_extent = from->reorder_extent;
    into->corrupt += from->corrupt;
    into->truncated += from->truncated;
    into->foreign += from->foreign;
    into->misdirected += from->misdirected;
    into->late += from->late;
    into->sent_bytes += from->sent_bytes;
    into->received_bytes += from->received_bytes;
    for (unsigned i = 0; i < LEDGER_REFUSALS && from->refusals[i].name; i++)
        count_refusal(into->refusals, from->refusals[i].name, from->refusals[i].count);
    if (!into->strange)
        into->strange = from->strange;
}
