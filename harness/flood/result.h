/* What a flood has found: the ledger's counts, the books that hold them against every counter of
 * the machine, rates and latencies, and the verdict that they deserve. */
#ifndef EDGEWISE_FLOOD_RESULT_H
#define EDGEWISE_FLOOD_RESULT_H

#include "base/status.h"
#include "flood/config.h"
#include "flood/histogram.h"
#include "flood/ledger.h"

#include <stdbool.h>
#include <stdint.h>

/* What is not told by the platform or the target. */
#define FLOOD_UNKNOWN INT64_MIN

/* sent = echoed + refused + way + server_socket + server + client_socket + unaccounted.  Each term
 * but the last has a source of its own; an unknown one (FLOOD_UNKNOWN) counts as nothing there, and
 * what is then left is unattributed: target or below. */
struct flood_books {
    /* the loopback interface's drops, in which the kernel counts those of its backlog */
    int64_t way;
    int64_t server_socket; /* SO_MEMINFO or /proc/net/udp */
    int64_t server;        /* the counters page, every reason for a drop; or what it says itself */
    int64_t client_socket; /* SO_MEMINFO of our sockets */
    int64_t unaccounted;
    bool attributed; /* all terms are known */
};

/* Answers that the kernel gave several at a time, with FLOOD_BATCH_GSO. */
struct flood_trains {
    uint64_t received;
    uint64_t datagrams; /* in all of them */
};

/* Datagrams that each of the server's workers took. */
struct flood_served {
    uint32_t workers; /* 0: nobody knows */
    int64_t *datagrams;
};

enum flood_end {
    FLOOD_COMPLETE,
    /* SIGINT or SIGTERM: everything below is right for what was sent until then */
    FLOOD_INTERRUPTED,
    FLOOD_SILENT, /* the target answered nothing any more */
};

struct flood_result {
    enum flood_end end;
    /* PASS; FAIL: the reason says what came back wrong; INVALID: the environment spoiled it */
    enum verdict verdict;
    char reason[256]; /* "" with PASS */

    const struct protocol *protocol; /* that was spoken */
    struct ledger_counts counts;
    struct flood_books books;

    uint64_t nonce;
    uint32_t flows;
    uint32_t window;        /* used, for PACE_CLOSED */
    uint32_t window_asked;  /* 0: none in particular */
    uint32_t under_way;     /* over all flows at most, for PACE_CLOSED */
    uint32_t receive_bytes; /* granted to each of our sockets, as the kernel counts */
    enum flood_batch batch;
    struct flood_trains trains;
    struct flood_served served;
    bool one_way;
    bool paced; /* PACE_OPEN: `lag` and `corrected` mean something */

    int64_t elapsed_ns;  /* first send to last send */
    int64_t measured_ns; /* the same without the warm-up */
    uint64_t measured_sent;
    uint64_t measured_echoed; /* of those, by send time */
    double sent_per_s;
    double echoed_per_s;

    uint64_t send_blocked; /* sends that the kernel refused for want of room; repeated */
    /* sends that failed otherwise (the first error's errno below); repeated */
    uint64_t send_refused;
    int send_errno;
    uint64_t unreachable; /* ICMP errors that came back */

    int64_t cpu_ns;    /* of the sending and receiving threads */
    double cpu_part;   /* of the busiest thread's time: near 1 the generator is the bound */
    double steal_part; /* of the machine's time; negative: not told */

    struct histogram *raw;       /* from the actual send time; NULL with one_way or replay */
    struct histogram *corrected; /* from the intended send time; the same numbers unless `paced` */
    struct histogram *lag;       /* actual less intended send time; NULL unless `paced` */
};

#endif
