/* A flood: load for any UDP echo server, with a ledger that adds up and honest latency.
 *
 *     struct flood_config config = flood_defaults;
 *     config.addresses = &address; config.n_addresses = 1; config.count = 20000;
 *     if (flood_run(&config, &result, &error) == 0)
 *         ... result.counts, result.books, result.verdict ...
 *     flood_result_fini(&result);
 *
 * Each flow is one connected socket with a source port of its own; flow f goes to address f %
 * n_addresses.  Traffic leaves this machine only with `remote`. */
#ifndef EDGEWISE_FLOOD_H
#define EDGEWISE_FLOOD_H

#include "base/address.h"
#include "base/status.h"
#include "edgewise/server.h"
#include "flood/histogram.h"
#include "flood/ledger.h"
#include "flood/schedule.h"

#include <jansson.h>
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
    /* Does the target sleep, all of it?  As long as it does not, it is not given up, for what is
     * missing may be still to come. Called by the threads that send.  NULL: nobody can tell. */
    bool (*target_sleeps)(void *context);
    void *context; /* given to `server_drops`, `target_sleeps` and `progress` */

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

/* What is not told by the platform or the target. */
#define FLOOD_UNKNOWN INT64_MIN

/* sent = echoed + refused + way + server_socket + server + client_socket + unaccounted.  Each term but the
 * last has a source of its own; an unknown one (FLOOD_UNKNOWN) counts as nothing there, and what is
 * then left is unattributed: target or below. */
struct flood_books {
    /* the loopback interface's drops, in which the kernel counts those of its backlog */
    int64_t way;
    int64_t server_socket; /* SO_MEMINFO or /proc/net/udp */
    int64_t server;        /* the counters page: every reason for a drop */
    int64_t client_socket; /* SO_MEMINFO of our sockets */
    int64_t unaccounted;
    bool attributed; /* all terms are known */
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
    uint32_t receive_bytes; /* granted to each of our sockets, as the kernel counts */
    enum flood_batch batch;
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

/* Runs it.  0 and `result` filled, also when interrupted or spoiled; -1 and `error` when it could
 * not run. flood_result_fini() is safe after both.  May start threads; all have ended on return. */
int flood_run(const struct flood_config *config, struct flood_result *result, struct error *error);
void flood_result_fini(struct flood_result *result);

/* What a client of another make sent and received, judged by the same ledger.  The books know sent
 * and echoed only. */
int flood_judge(const struct corpus *sent, const struct corpus *received,
                struct flood_result *result, struct error *error);

/* The exit status it deserves. */
enum status flood_status(const struct flood_result *result);

/* ---- reports ---- */

json_t *flood_json(const struct flood_result *result);
void flood_print(const struct flood_result *result, FILE *out);

/* ---- addresses ---- */

/* "ADDR:PORT", "ADDR:PORT-PORT", "[IPV6]:PORT": writes up to `room` addresses; their number, or
 * -1. */
int flood_parse_addresses(const char *text, union address *addresses, unsigned room,
                          struct error *error);

/* Loopback, or an address of an interface in this network namespace. */
bool flood_address_is_local(const union address *address);

#endif
