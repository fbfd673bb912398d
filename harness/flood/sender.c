#include "flood/sender.h"

#include "base/clock.h"
#include "flood/corpus.h"
#include "flood/histogram.h"

#include <errno.h>
#include <string.h>

/* How often a send may fail in a row, other than for want of room, before the run is given up. */
#define REFUSALS_MAX 1000u

/* How many datagrams `flow` may send now; `most` is what there is room for. */
static uint64_t allowed(const struct worker *w, const struct flow *flow, int64_t now, uint64_t most)
{
    uint64_t due = schedule_due(w->schedule, flow->id, now);
    uint64_t sent = flow->ledger.counts.sent;
    uint64_t left = due > sent ? due - sent : 0;

    /* An open loop never asks what is under way: that is what makes its latency honest. */
    if (w->schedule->pace == PACE_CLOSED) {
        uint64_t under_way = flow_under_way(flow);
        uint64_t room = under_way < w->window ? w->window - under_way : 0;

        left = left < room ? left : room;
    }
    left = left < most ? left : most;
    return left < FLOOD_BATCH_MAX ? left : FLOOD_BATCH_MAX;
}

/* A refused send is repeated; what makes repeating pointless ends the worker. */
void send_refused(struct worker *w, struct flow *flow, int err)
{
    if (err == -EAGAIN || err == -EWOULDBLOCK || err == -ENOBUFS) {
        /* On loopback a send ends in the receiver's queue, so this is rare; a network card's queue
         * does fill. */
        w->send_blocked++;
        flow->blocked = true;
        return;
    }
    if (err == -EINTR)
        return;
    if (err == -ECONNREFUSED) {
        w->unreachable++;
        w->unreachable_flow = flow->id;
        return;
    }
    w->send_refused++;
    w->send_errno = -err;
    if (err == -EMSGSIZE)
        error_set(&w->error, STATUS_CANNOT_RUN,
                  "the kernel sends no datagram of that size: %s; use a smaller --size (macOS: "
                  "net.inet.udp.maxdgram)",
                  strerror(-err));
    else if (++w->refused_in_a_row >= REFUSALS_MAX)
        error_set(&w->error, STATUS_CANNOT_RUN, "cannot send: %s (%u times in a row)",
                  strerror(-err), REFUSALS_MAX);
}

/* After the send: a datagram that the kernel refused is not in the books.  The echo cannot be read
 * before this, since the same thread reads it. */
static void count_sent(struct worker *w, struct flow *flow, unsigned sent, int64_t now)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < sent; i++)
        bytes += w->sending.vectors[i].iov_len;
    ledger_sent(&flow->ledger, sent, bytes);
    if (flow_under_way(flow) == sent)
        flow->heard_ns = now;
    if (w->unanswered_ns == 0)
        w->unanswered_ns = now;
    if (now >= w->measure_from_ns)
        w->measured_sent += sent;
    w->last_send_ns = now;
    w->refused_in_a_row = 0;
    atomic_store_explicit(&w->sent, atomic_load_explicit(&w->sent, memory_order_relaxed) + sent,
                          memory_order_relaxed);
}

static unsigned hand_over(struct worker *w, struct flow *flow, unsigned count, int64_t now)
{
    int sent = batch_send(&w->sending, flow->fd, count);

    if (sent < (int)count)
        asker_unask(&flow->ledger.asker, count - (unsigned)(sent > 0 ? sent : 0));
    if (sent < 0) {
        send_refused(w, flow, sent);
        return 0;
    }
    flow->blocked = false;
    count_sent(w, flow, (unsigned)sent, now);
    return (unsigned)sent;
}

/* The request that carries `p`, whose length is that of the request; an echo's is made where it is
 * sent from.  Its length, or 0 while every token is under way. */
static size_t make_request(const struct worker *w, struct asker *asker, struct payload *p,
                           uint8_t *slot)
{
    uint8_t token[EXCHANGE_TOKEN_ROOM];
    uint8_t *bytes = exchange_has(asker->exchange, EXCHANGE_ANY_BYTES) ? slot : token;

    p->length = (uint32_t)asker_token_bytes(asker, p->length, PAYLOAD_MIN);
    payload_write(p, bytes);
    return asker_request(asker, slot, w->sending.slot_size, bytes, p->length);
}

/* Fills the batch with the flow's next requests; how many. */
static unsigned make_batch(struct worker *w, struct flow *flow, unsigned count, int64_t now)
{
    bool paced = w->schedule->pace == PACE_OPEN;
    uint64_t first = flow->ledger.counts.sent;

    for (unsigned i = 0; i < count; i++) {
        struct payload p = {
            .nonce = w->nonce,
            .sequence = first + i,
            .intended_ns = paced ? schedule_due_ns(w->schedule, flow->id, first + i) : now,
            .sent_ns = now,
            .flow = flow->id,
            .length = sizes_of(&w->config->sizes, w->nonce, flow->id, first + i),
        };
        uint8_t *slot = batch_slot(&w->sending, i);
        size_t length = make_request(w, &flow->ledger.asker, &p, slot);

        if (length == 0) {
            flow->blocked |= i == 0;
            return i;
        }
        w->sending.vectors[i] = (struct iovec){slot, length};
    }
    return count;
}

/* Sends what is due on one flow; the number sent.  What the kernel does not take is made anew at
 * the next turn, with its later actual send time. */
static unsigned send_flow(struct worker *w, struct flow *flow, int64_t now, uint64_t most)
{
    bool paced = w->schedule->pace == PACE_OPEN;
    unsigned count = (unsigned)allowed(w, flow, now, most);
    uint64_t first = flow->ledger.counts.sent;
    unsigned sent;

    if (count == 0)
        return 0;
    if (ledger_reserve(&flow->ledger, first + count) < 0) {
        error_set(&w->error, STATUS_CANNOT_RUN, "out of memory for the ledger of flow %u",
                  flow->id);
        return 0;
    }
    count = make_batch(w, flow, count, now);
    sent = count > 0 ? hand_over(w, flow, count, now) : 0;
    for (unsigned i = 0; paced && now >= w->measure_from_ns && i < sent; i++)
        histogram_add(w->lag, now - schedule_due_ns(w->schedule, flow->id, first + i));
    return sent;
}

/* What the receive buffers of the target still hold, where they do not hold a window of each
 * flow. */
static uint64_t room_left(const struct worker *w)
{
    uint64_t under_way = 0;

    if (w->room == 0)
        return UINT64_MAX;
    for (uint32_t i = 0; i < w->n_flows; i++)
        under_way += flow_under_way(&w->flows[i]);
    return under_way < w->room ? w->room - under_way : 0;
}

/* One look at the clock for each flow: with a thousand flows one at the start would be late by the
 * end of the round.  Without room for all, who is left out is the first of the next round. */
static unsigned send_flows(struct worker *w, bool *over)
{
    uint64_t most = room_left(w);
    uint32_t first = w->turn;
    unsigned sent = 0;

    *over = true;
    for (uint32_t i = 0; i < w->n_flows && !w->error.status; i++) {
        uint32_t at = (first + i) % w->n_flows;
        int64_t now = clock_now_ns();
        unsigned taken = send_flow(w, &w->flows[at], now, most);

        sent += taken;
        if (w->room && most > 0 && (most -= taken) == 0)
            w->turn = (at + 1) % w->n_flows;
        *over &= schedule_over(w->schedule, w->flows[at].id, w->flows[at].ledger.counts.sent, now);
    }
    return sent;
}

/* The next run of records of one flow, in the order of the file, as far as the window goes. */
static unsigned send_replay(struct worker *w, bool *over)
{
    const struct corpus *corpus = w->config->replay;
    const struct corpus_record *first = &corpus->records[w->replayed];
    struct flow *flow;
    uint64_t under_way;
    unsigned count = 0;

    *over = w->replayed == corpus->count;
    if (*over)
        return 0;
    flow = &w->flows[first->flow];
    under_way = flow_under_way(flow);
    while (count < FLOOD_BATCH_MAX && w->replayed + count < corpus->count &&
           first[count].flow == flow->id &&
           (w->schedule->pace != PACE_CLOSED || under_way + count < w->window)) {
        w->sending.vectors[count] = (struct iovec){(void *)(uintptr_t)first[count].bytes,
                                                   first[count].length};
        count++;
    }
    if (count == 0)
        return 0;
    if (ledger_reserve(&flow->ledger, flow->ledger.counts.sent + count) < 0) {
        error_set(&w->error, STATUS_CANNOT_RUN, "out of memory for the ledger of flow %u",
                  flow->id);
        return 0;
    }
    count = hand_over(w, flow, count, clock_now_ns());
    w->replayed += count;
    return count;
}

unsigned send_round(struct worker *w, bool *over)
{
    return w->config->replay ? send_replay(w, over) : send_flows(w, over);
}
