/* The ledger for what a client of another make sent and received, for instance scapy's live
 * packets. */
#include "flood/corpus.h"
#include "flood/flood.h"
#include "flood/verdict.h"

#include <stdlib.h>

struct judged_flow {
    struct ledger ledger;
    uint16_t port;
};

/* What the other client sent is taken as sent in the order of its file. */
static int enter_sent(struct judged_flow *flows, const struct corpus *sent, struct error *error)
{
    for (uint32_t i = 0; i < sent->flows; i++)
        ledger_init(&flows[i].ledger, &exchange_echo, sent->nonce, i);
    for (size_t i = 0; i < sent->count; i++) {
        struct judged_flow *flow = &flows[sent->records[i].flow];

        flow->port = sent->records[i].port;
        ledger_sent(&flow->ledger, 1, sent->records[i].length);
        if (ledger_reserve(&flow->ledger, flow->ledger.counts.sent) < 0)
            return error_set(error, STATUS_CANNOT_RUN, "out of memory for the ledger");
    }
    return 0;
}

/* An answer from another port than the one that was asked is none, whatever it holds. */
static void enter_received(struct judged_flow *flows, const struct corpus *received)
{
    for (size_t i = 0; i < received->count; i++) {
        const struct corpus_record *r = &received->records[i];
        struct judged_flow *flow = &flows[r->flow];
        struct payload payload;

        if (r->port != flow->port)
            flow->ledger.counts.foreign++;
        else
            ledger_received(&flow->ledger, r->bytes, r->length, &payload);
    }
}

int flood_judge(const struct corpus *sent, const struct corpus *received,
                struct flood_result *result, struct error *error)
{
    struct flood_config config = flood_defaults;
    struct judged_flow *flows;
    int status;

    *result = (struct flood_result){
        .protocol = &protocol_echo, .nonce = sent->nonce, .flows = sent->flows, .steal_part = -1};
    if (received->nonce != sent->nonce || received->flows > sent->flows)
        return error_set(error, STATUS_USAGE,
                         "what was received is not of the same run as what was sent: another "
                         "nonce, or more flows");
    flows = calloc(sent->flows, sizeof *flows);
    if (!flows)
        return error_set(error, STATUS_CANNOT_RUN, "out of memory for %u flows", sent->flows);
    status = enter_sent(flows, sent, error);
    if (status == 0)
        enter_received(flows, received);
    for (uint32_t i = 0; i < sent->flows; i++) {
        ledger_counts_add(&result->counts, &flows[i].ledger.counts);
        ledger_fini(&flows[i].ledger);
    }
    free(flows);
    result->books = (struct flood_books){
        .way = FLOOD_UNKNOWN,
        .server_socket = FLOOD_UNKNOWN,
        .server = FLOOD_UNKNOWN,
        .client_socket = FLOOD_UNKNOWN,
        .unaccounted = (int64_t)(result->counts.sent - result->counts.echoed),
    };
    verdict_give(result, &config);
    return status;
}
