/* What a flood is to do. */
#ifndef EDGEWISE_FLOOD_CONFIG_H
#define EDGEWISE_FLOOD_CONFIG_H

#include "base/address.h"
#include "base/status.h"
#include "edgewise/server.h"
#include "flood/schedule.h"

#include <stdbool.h>
#include <stdint.h>

#define FLOOD_FLOWS_MAX 65536u
#define FLOOD_THREADS_MAX 256u
#define FLOOD_BATCH_MAX 64u

enum flood_batch {
    FLOOD_BATCH_BEST,  /* mmsg where the platform has it */
    FLOOD_BATCH_PLAIN, /* one datagram for each system call */
    FLOOD_BATCH_MMSG,  /* sendmmsg, recvmmsg */
    /* UDP_SEGMENT: a run of equal sizes goes through the kernel as one; received by recvmmsg */
    FLOOD_BATCH_GSO,
};

/* What the run saw so far, for a live line. */
struct flood_progress {
    int64_t elapsed_ns;
    uint64_t sent;
    uint64_t echoed;
};

struct corpus;

struct flood_config {
    /* ---- where to ---- */
    const union address *addresses;
    unsigned n_addresses;
    /* outside this machine is allowed; then it must echo a nonce first, and is left alone once it
     * is silent */
    bool remote;

    /* ---- what is spoken ---- */
    const struct exchange *exchange; /* NULL: an echo */

    /* ---- what is known of the server, for the books; NULL: unknown ---- */
    const struct ew_page *page;
    /* Datagrams that the server's sockets dropped since they were opened; -1: not told.  NULL:
     * asked of /proc/net/udp, by port. */
    int64_t (*server_drops)(void *context);
    /* Requests that the server says it has dropped itself since its start, where there is no page;
     * -1: not told.  NULL: nobody can ask it. */
    int64_t (*told_drops)(void *context);
    /* Does the target sleep, all of it?  As long as it does not, it is not given up, for what is
     * missing may be still to come. Called by the threads that send.  NULL: nobody can tell. */
    bool (*target_sleeps)(void *context);
    void *context; /* given to `server_drops`, `told_drops`, `target_sleeps` and `progress` */

    /* ---- what ---- */
    enum pace pace;
    uint64_t rate;       /* datagrams a second over all flows, for PACE_OPEN */
    uint64_t count;      /* over all flows; 0: by duration */
    int64_t duration_ns; /* 0: by count; neither: one second */
    /* what is sent in this time from the start is in the ledger, not in latency and throughput */
    int64_t warmup_ns;
    uint32_t flows; /* 0: one for each address */
    /* datagrams under way for each flow, for PACE_CLOSED; 0: what the buffers hold, at most 64 */
    uint32_t window;
    struct sizes sizes; /* of requests; none: 64 bytes, or the least that carries a token */
    enum flood_batch batch;
    /* sends these instead; flows, sizes, count, nonce and pace OPEN do not apply */
    const struct corpus *replay;
    bool one_way;   /* the target does not answer: no echo is waited for or missed */
    uint64_t nonce; /* 0: a random one */

    /* ---- how ---- */
    unsigned threads;       /* 0: 1 */
    const int *cpus;        /* thread i is pinned to cpus[i % n_cpus] */
    unsigned n_cpus;        /* 0: not pinned */
    unsigned receive_bytes; /* SO_RCVBUF to ask for; 0: 4 MiB */
    /* granted to each of the server's sockets; 0: the system's default is taken for it */
    unsigned server_receive_bytes;

    /* ---- when to give up, and what is too much; already scaled by the caller ---- */
    /* an echo that takes longer is late, a window without an echo for so long is taken as lost */
    int64_t lost_ns;
    /* after the last send, ends when nothing came for so long; for a fifth, once the last came
     * back */
    int64_t drain_ns;
    /* a target that answers nothing for so long is left alone; with `remote` at most one second */
    int64_t silence_ns;
    /* INVALID when the 99th percentile of the lag behind schedule exceeds it */
    int64_t lag_limit_ns;
    double steal_limit; /* INVALID when more than this part of the machine's time was stolen */
    /* INVALID when more than this part of what was sent was dropped by our own sockets */
    double own_drops_limit;

    /* Called every 200 ms while running, on the calling thread; NULL: not. */
    void (*progress)(void *context, const struct flood_progress *progress);
};

extern const struct flood_config flood_defaults;

/* Copies what is given and fills in the defaults; -1 with `error` filled where it cannot be meant.
 * What is only unwise is reported with the result. */
int config_settle(struct flood_config *config, const struct flood_config *given,
                  struct error *error);

/* Do answers come as trains, as requests go? */
bool config_takes_trains(const struct flood_config *config);

#endif
