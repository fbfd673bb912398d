#include "flood/config.h"

#include "base/clock.h"
#include "exchange/protocol.h"
#include "flood/corpus.h"

#define DEFAULT_SIZE 64u
#define REMOTE_SILENCE_NS NS_PER_S

const struct flood_config flood_defaults = {
    .pace = PACE_CLOSED,
    .lost_ns = 200 * NS_PER_MS,
    .drain_ns = 500 * NS_PER_MS,
    .silence_ns = 5 * NS_PER_S,
    .lag_limit_ns = NS_PER_MS,
    .steal_limit = 0.10,
    .own_drops_limit = 0.001,
};

/* What cannot be meant is refused; what is only unwise is reported with the result. */
static int config_check(const struct flood_config *c, struct error *error)
{
    if (c->n_addresses == 0)
        return error_set(error, STATUS_USAGE, "no address to send to");
    if (c->pace == PACE_OPEN && (c->rate == 0 || c->rate > (uint64_t)NS_PER_S))
        return error_set(error, STATUS_USAGE, "a rate is 1 to 1000000000 datagrams a second");
    if (c->flows > FLOOD_FLOWS_MAX || c->threads > FLOOD_THREADS_MAX)
        return error_set(error, STATUS_USAGE, "at most %u flows and %u threads", FLOOD_FLOWS_MAX,
                         FLOOD_THREADS_MAX);
    if (c->one_way && c->pace == PACE_CLOSED)
        return error_set(error, STATUS_USAGE,
                         "without echoes there is no closed loop: give a rate, or max");
    if (c->replay && c->pace == PACE_OPEN)
        return error_set(error, STATUS_USAGE,
                         "a corpus is sent in a closed loop or as fast as possible, not at a rate");
    if (c->replay && !exchange_has(c->exchange, EXCHANGE_ANY_BYTES))
        return error_set(error, STATUS_USAGE, "a corpus holds datagrams for an echo, none for %s",
                         exchange_protocol(c->exchange)->name);
    if (c->replay && c->replay->ports > c->n_addresses)
        return error_set(error, STATUS_USAGE, "the corpus is for %u ports, the target has %u",
                         c->replay->ports, c->n_addresses);
    return 0;
}

/* Of an echo every size from the header's on is one. */
static int config_settle_sizes(struct flood_config *c, struct error *error)
{
    const struct protocol *p = exchange_protocol(c->exchange);
    size_t least = exchange_smallest_size(c->exchange);
    size_t largest = exchange_largest_size(c->exchange);
    bool given = c->sizes.count > 0 || c->sizes.list[0] > 0;

    if (!given)
        c->sizes = (struct sizes){.count = 1,
                                  .list = {exchange_has(c->exchange, EXCHANGE_ANY_BYTES)
                                               ? DEFAULT_SIZE
                                               : (uint32_t)least}};
    if (sizes_least(&c->sizes) >= least && sizes_largest(&c->sizes) <= largest)
        return 0;
    if (least == largest)
        return error_set(error, STATUS_USAGE, "a request of %s has %zu bytes", p->name, least);
    return error_set(error, STATUS_USAGE, "a request of %s has %zu to %zu bytes", p->name, least,
                     largest);
}

bool config_takes_trains(const struct flood_config *c)
{
    return c->batch == FLOOD_BATCH_GSO && !c->one_way;
}

int config_settle(struct flood_config *c, const struct flood_config *given, struct error *error)
{
    *c = *given;
    if (!c->exchange)
        c->exchange = &exchange_echo;
    c->one_way |= !exchange_is_answered(c->exchange);
    if (config_check(c, error) < 0 || config_settle_sizes(c, error) < 0)
        return -1;
    if (c->flows == 0)
        c->flows = c->n_addresses;
    if (c->count == 0 && c->duration_ns == 0)
        c->duration_ns = NS_PER_S;
    if (c->threads == 0)
        c->threads = 1;
    if (c->remote && c->silence_ns > REMOTE_SILENCE_NS)
        c->silence_ns = REMOTE_SILENCE_NS;
    if (c->replay) {
        c->flows = c->replay->flows;
        c->threads = 1; /* the order of the file is the order of sending */
        c->nonce = c->replay->nonce;
    }
    return 0;
}
