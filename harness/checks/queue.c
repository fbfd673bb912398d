/* Queue: under a flood nothing is lost that is not counted, and afterwards all is as before. */
#include "checks/chapters.h"
#include "checks/client.h"
#include "checks/load.h"

#include <inttypes.h>

/* More than any buffer holds, so that something is dropped somewhere. */
#define FLOOD_QUICK 20000
#define FLOOD_FULL 1000000

static bool flood(struct check *c, struct load *load)
{
    load_init(load, c);
    load->config.pace = PACE_UNPACED;
    load->config.flows = 4;
    load->config.count = c->settings->full ? FLOOD_FULL : FLOOD_QUICK;
    return load_run(load, c);
}

static void ledger(struct check *c)
{
    struct load load;

    if (!check_start(c, NULL))
        return;
    if (flood(c, &load)) {
        load_judge_echoes(&load, c);
        load_judge_losses(&load, c);
    }
    load_fini(&load);
}

/* One at a time: whoever still works off the flood, or has lost an edge in it, misses one. */
static void lock_step(struct check *c)
{
    struct client client = {.fd = -1};
    union client_address to = client_target(c, 0);
    uint8_t bytes[64];

    if (client_open(&client, c, to.any.sa_family)) {
        for (unsigned i = 0; i < 100 && !check_over(c); i++) {
            client_random_bytes(c, bytes, sizeof bytes);
            client_echo(&client, &to, bytes, sizeof bytes);
        }
    }
    client_close(&client);
}

static void recovers(struct check *c)
{
    struct load load;
    bool flooded;

    if (!check_start(c, NULL))
        return;
    flooded = flood(c, &load);
    load_fini(&load);
    if (flooded)
        lock_step(c);
}

static const struct check_case cases[] = {
    {"queue-ledger", "under a flood, every datagram is echoed or counted where it was dropped",
     "Four clients send as fast as the kernel takes it, without regard to answers.\n"
     "Why: a flood may be lost, but not silently: who does not count drops cannot size buffers.\n"
     "Good: sent = echoed + dropped on the way + by the server's socket + by the server (its counters) + by our sockets,\n"
     "each from its own source.  WEAK: a target without counters lost some itself.\n"
     "Source: SO_MEMINFO in socket(7), /proc/net/dev, edgewise/server.h.",
     EW_CAN_ECHO, ledger},
    {"queue-recovers", "after a flood, it answers at once",
     "A flood, and then a hundred datagrams one at a time.\n"
     "Why: a full queue, a lost edge or a paused socket may outlive the flood that caused it.\n"
     "Good: each of the hundred is answered.\nSource: epoll(7).",
     EW_CAN_ECHO, recovers},
};

const struct check_chapter check_queue = {"queue", cases, sizeof cases / sizeof *cases};
