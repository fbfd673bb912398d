#include "flood/receiver.h"

#include "base/clock.h"
#include "flood/histogram.h"
#include "flood/sender.h"

#include <errno.h>

/* The payload carries its own send times, so nothing is looked up and no table of what is under way
 * is kept.  A corpus was made long ago and has none. */
static void take_times(struct worker *w, const struct payload *p, int64_t now)
{
    if (w->config->replay)
        return;
    if (now - p->sent_ns > w->config->lost_ns)
        w->late++;
    if (p->sent_ns < w->measure_from_ns)
        return;
    w->measured_echoed++;
    histogram_add(w->raw, now - p->sent_ns);
    histogram_add(w->corrected, now - p->intended_ns);
}

/* A train is cut where the kernel would have cut it: each of its datagrams stands in the ledger for
 * itself. */
static void take_message(struct worker *w, struct flow *flow, const uint8_t *bytes,
                         const struct batch_message *message, int64_t now)
{
    size_t at = 0;
    uint64_t count = 0;

    do {
        size_t left = message->length - at;
        size_t length = message->segment && message->segment < left ? message->segment : left;
        struct payload p;

        if (ledger_received(&flow->ledger, bytes + at, length, &p))
            take_times(w, &p, now);
        at += length;
        count++;
    } while (at < message->length);
    if (count > 1) {
        w->trains.received++;
        w->trains.datagrams += count;
    }
}

/* One reading of the clock for a batch: its datagrams became readable together as far as we can
 * tell. */
static void worker_take_batch(struct worker *w, struct flow *flow,
                              const struct batch_message *messages, int count, int64_t now)
{
    uint64_t before = ledger_answered(&flow->ledger.counts);
    uint64_t answered;

    for (int i = 0; i < count; i++)
        take_message(w, flow, batch_slot(&w->receiving, (unsigned)i), &messages[i], now);
    answered = ledger_answered(&flow->ledger.counts) - before;
    if (answered == 0)
        return;
    flow->heard_ns = now;
    w->heard_ns = now;
    w->unanswered_ns = 0;
    atomic_store_explicit(&w->echoed,
                          atomic_load_explicit(&w->echoed, memory_order_relaxed) + answered,
                          memory_order_relaxed);
}

static void receive_flow(struct worker *w, struct flow *flow)
{
    struct batch_message messages[FLOOD_BATCH_MAX];
    int count = batch_receive(&w->receiving, flow->fd, messages);

    if (count == -ECONNREFUSED)
        send_refused(w, flow, count);
    if (count > 0)
        worker_take_batch(w, flow, messages, count, clock_now_ns());
}

/* One batch for each ready flow and turn: a busy flow must neither starve the others nor hold up
 * what is due to be sent. */
void receive_round(struct worker *w)
{
    for (uint32_t i = 0; i < w->n_flows; i++) {
        if (w->polled[i].revents & (POLLIN | POLLERR))
            receive_flow(w, &w->flows[i]);
        if (w->polled[i].revents & POLLOUT)
            w->flows[i].blocked = false;
    }
}
