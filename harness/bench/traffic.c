#include "bench/traffic.h"

#include <string.h>

#define DEFAULT_WINDOW 32

/* Lock-step shows what one echo takes when nothing can be shared, a window what batching and
 * draining gain; of 10,000 sockets with one active whoever looks at all of them pays for it. */
const struct bench_traffic bench_traffics[] = {
    {.name = "lockstep", .summary = "one datagram under way", .flows = 1, .window = 1},
    {.name = "window64", .summary = "one flow, 64 datagrams under way", .flows = 1, .window = 64},
    {.name = "mixed",
     .summary = "one flow, 32 datagrams under way, of 64, 512 and 1,400 bytes in turn",
     .sizes = {.count = 3, .list = {64, 512, 1400}},
     .flows = 1,
     .window = 32},
    {.name = "gso",
     .summary =
         "one flow, up to 256 datagrams under way, sent and received as trains (UDP_SEGMENT, "
         "UDP_GRO)",
     .flows = 1,
     .window = 256,
     .batch = FLOOD_BATCH_GSO},
    {.name = "flows1000",
     .summary = "1,000 flows to one port, one datagram of each under way as far as the port's "
                "buffer holds them",
     .flows = 1000,
     .window = 1},
    {.name = "sockets10000",
     .summary = "10,000 ports, one of them active, one datagram under way",
     .flows = 1,
     .window = 1,
     .sockets = 10000,
     .active = 1},
};
const size_t bench_traffic_count = sizeof bench_traffics / sizeof *bench_traffics;

const struct bench_traffic *bench_traffic_named(const char *name)
{
    for (size_t i = 0; i < bench_traffic_count; i++) {
        if (strcmp(bench_traffics[i].name, name) == 0)
            return &bench_traffics[i];
    }
    return NULL;
}

static uint32_t first_given(uint32_t asked, uint32_t named, uint32_t otherwise)
{
    return asked ? asked : named ? named : otherwise;
}

void bench_traffic_settle(struct bench_config *c, const struct bench_traffic *traffic)
{
    const struct bench_traffic none = {0};
    const struct bench_traffic *t = traffic ? traffic : &none;

    if (c->sizes.count == 0 && c->sizes.list[0] == 0)
        c->sizes = t->sizes;
    if (c->batch == FLOOD_BATCH_BEST)
        c->batch = t->batch;
    c->target.sockets = first_given(c->target.sockets, t->sockets, 1);
    c->active = first_given(c->active, t->active, c->target.sockets);
    c->target.asked = c->active;
    c->flows = first_given(c->flows, t->flows, c->active);
    c->window = first_given(c->window, t->window, DEFAULT_WINDOW);
}
