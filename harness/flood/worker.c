#include "flood/worker.h"

#include "flood/corpus.h"
#include "flood/histogram.h"

#include <stdlib.h>

int worker_init(struct worker *w, struct error *error)
{
    uint32_t largest = w->config->replay ? w->config->replay->largest
                                         : sizes_largest(&w->config->sizes);
    size_t answer = exchange_protocol(w->config->exchange)->answer_room;

    /* One byte more than can come: a longer answer is seen to be longer. */
    size_t room = config_takes_trains(w->config) ? BATCH_TRAIN_ROOM
                                                 : (answer > largest ? answer : largest) + 1;

    if (batch_init(&w->sending, w->config->batch, largest) < 0 ||
        batch_init(&w->receiving, w->config->batch, room) < 0)
        return error_set(error, STATUS_CANNOT_RUN, "out of memory for the datagrams of a batch");
    w->polled = calloc(w->n_flows, sizeof *w->polled);
    w->raw = histogram_new();
    w->corrected = histogram_new();
    w->lag = histogram_new();
    if (!w->polled || !w->raw || !w->corrected || !w->lag)
        return error_set(error, STATUS_CANNOT_RUN, "out of memory for %u flows", w->n_flows);
    for (uint32_t i = 0; i < w->n_flows; i++)
        w->polled[i].fd = w->flows[i].fd;
    return 0;
}

void worker_fini(struct worker *w)
{
    batch_fini(&w->sending);
    batch_fini(&w->receiving);
    free(w->polled);
    free(w->raw);
    free(w->corrected);
    free(w->lag);
}
