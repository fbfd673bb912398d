/* edgewise/server.h: what a UDP server exports to be run, checked and measured by edgewise.
 *
 * A plug-in is a shared library with five functions: ew_describe, ew_start, ew_port, ew_stats,
 * ew_stop.  Ours and anybody's are alike; there is no other door.
 *
 * Conventions.  A function that can fail returns 0 or a negative errno.  Structures that cross the
 * boundary begin with their own size and grow only at the end: a caller built against a newer
 * header may pass a larger structure, whose unknown tail must then be zero (-E2BIG otherwise, as
 * with openat2(2)).  In a configuration, zero means the documented default. Nothing here prints,
 * exits or touches a signal's disposition. */
#ifndef EDGEWISE_SERVER_H
#define EDGEWISE_SERVER_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
#include <atomic>
typedef std::atomic<uint64_t> ew_counter;
extern "C" {
#else
#include <stdatomic.h>
typedef _Atomic uint64_t ew_counter;
#endif

#if defined(__GNUC__)
#define EW_EXPORT __attribute__((visibility("default")))
#else
#define EW_EXPORT
#endif

/* Raised only when something in this file changes its meaning; growing at the end does not raise
 * it. */
#define EW_ABI 1u

/* The largest UDP payload over IPv4: 65,535 less 20 bytes of IP and 8 of UDP header. */
#define EW_DATAGRAM_MAX 65507u

#define EW_DEFAULT_QUEUE 8u
#define EW_DEFAULT_BUDGET 16u

/* ---- counters ----
 *
 * X(name, unit, KIND, meaning), KIND as in enum ew_counter_kind.  Every counter is written in one
 * place only.  Both lists grow at their ends. */

/* How a counter's slots are added up, and what it counts. */
enum ew_counter_kind {
    EW_COUNTER_SUM = 0,     /* the total is the plain sum over the slots */
    EW_COUNTER_MAXIMUM = 1, /* the total is the largest of the slots: a high-water mark */
    EW_COUNTER_DROP = 2,    /* a sum, too: datagrams that were received and never answered */
};

/* Written by the worker that owns the socket, into the socket's slot. */
#define EW_SOCKET_COUNTERS(X)                                                                     \
    X(datagrams_received, "datagrams", SUM, "taken from the socket, whatever became of them")     \
    X(bytes_received, "bytes", SUM, "payload of the datagrams received")                          \
    X(datagrams_sent, "datagrams", SUM, "replies that the kernel accepted")                       \
    X(bytes_sent, "bytes", SUM, "payload of the datagrams sent")                                  \
    X(dropped_queue_full, "datagrams", DROP, "received, but the outgoing queue was full")         \
    X(dropped_send_error, "datagrams", DROP,                                                      \
      "received, but sending the reply failed for another reason than a full buffer")             \
    X(dropped_too_large, "datagrams", DROP,                                                       \
      "received, but larger than the configured maximum: never cut short, dropped whole")         \
    X(dropped_own_source, "datagrams", DROP,                                                      \
      "received, but from one of the server's own sockets: an echo would loop")                   \
    X(dropped_stopping, "datagrams", DROP,                                                        \
      "received or queued, but discarded because the server was stopping")                        \
    X(receive_would_block, "calls", SUM, "receives that ended with EAGAIN")                       \
    X(receive_errors, "calls", SUM, "receives that ended with another error; the server went on") \
    X(send_would_block, "calls", SUM, "sends that ended with EAGAIN")                             \
    X(queue_high_water, "datagrams", MAXIMUM,                                                     \
      "most replies waiting at once (the largest over the sockets, not a sum)")                   \
    X(polls, "polls", SUM, "polls of the future that serves the socket (tokio servers)")

/* Written by a worker into its own slot; wakeups_written also by foreign threads, into the foreign
 * slot, atomically. */
#define EW_WORKER_COUNTERS(X)                                                       \
    X(waits, "calls", SUM, "waits for readiness: select, poll, epoll_wait, kevent") \
    X(events, "events", SUM, "readiness events that the waits returned")            \
    X(empty_waits, "calls", SUM, "waits that returned without an event")            \
    X(wakeups_written, "calls", SUM,                                                \
      "wake-ups of the loop written by another thread, or needlessly by itself")    \
    X(wakeups_received, "calls", SUM, "wake-ups of the loop read")                  \
    X(main_polls, "polls", SUM, "polls of the main future (tokio servers)")         \
    X(datagrams_served, "datagrams", SUM,                                           \
      "taken from the worker's sockets, whatever became of them")

#define EW_COUNTER_MEMBER(name, unit, KIND, meaning) ew_counter name;

struct ew_socket_counters {
    EW_SOCKET_COUNTERS(EW_COUNTER_MEMBER)
};

struct ew_worker_counters {
    EW_WORKER_COUNTERS(EW_COUNTER_MEMBER)
};

#define EW_PAGE_MAGIC UINT64_C(0x6567646577697365) /* "edgewise" */

enum ew_page_state { EW_PAGE_EMPTY = 0, EW_PAGE_STARTED = 1, EW_PAGE_STOPPED = 2 };

/* The page of one instance, readable at any time with relaxed loads.  Layout: this header,
 * `workers` + 1 worker slots (the last is the foreign threads'), then `sockets` socket slots: one
 * for each port, and where the workers share the ports (enum ew_share) as many again for each
 * further worker.  A reader steps by the sizes given here, so that a page from an older or newer
 * writer is still read rightly: counters past the writer's slot size are unknown, those past the
 * reader's are ignored.  `state` is stored last (release), after the ports. */
struct ew_page {
    uint64_t magic;
    uint32_t abi;
    uint32_t header_size;      /* sizeof(struct ew_page) */
    uint32_t worker_slot_size; /* sizeof(struct ew_worker_counters) */
    uint32_t socket_slot_size; /* sizeof(struct ew_socket_slot) */
    uint32_t workers;
    uint32_t sockets;
    ew_counter state; /* enum ew_page_state */
};

struct ew_socket_slot {
    ew_counter port; /* host byte order; what the kernel gave */
    struct ew_socket_counters counters;
};

/* Bytes that a page for so many workers and sockets takes. */
static inline size_t ew_page_size(unsigned workers, unsigned sockets)
{
    return sizeof(struct ew_page) + (workers + (size_t)1) * sizeof(struct ew_worker_counters) +
           sockets * sizeof(struct ew_socket_slot);
}

/* Worker slot `index`; index page->workers is the foreign threads'. */
static inline struct ew_worker_counters *ew_page_worker(const struct ew_page *page, unsigned index)
{
    return (struct ew_worker_counters *)((uintptr_t)page + page->header_size +
                                         (size_t)index * page->worker_slot_size);
}

static inline struct ew_socket_slot *ew_page_socket(const struct ew_page *page, unsigned index)
{
    return (struct ew_socket_slot *)((uintptr_t)ew_page_worker(page, page->workers + 1) +
                                     (size_t)index * page->socket_slot_size);
}

/* For servers: writes the header into zeroed memory of ew_page_size() bytes.  Fill the ports, then
 * store EW_PAGE_STARTED. */
static inline struct ew_page *ew_page_init(void *memory, unsigned workers, unsigned sockets)
{
    struct ew_page *page = (struct ew_page *)memory;

    page->magic = EW_PAGE_MAGIC;
    page->abi = EW_ABI;
    page->header_size = sizeof(struct ew_page);
    page->worker_slot_size = sizeof(struct ew_worker_counters);
    page->socket_slot_size = sizeof(struct ew_socket_slot);
    page->workers = workers;
    page->sockets = sockets;
    return page;
}

/* ---- describe ---- */

/* X(bit, NAME, "name in target files and listings", meaning) */
#define EW_CAPABILITIES(X)                                                                         \
    X(0, ECHO, "echo", "answers every datagram with its own bytes")                                \
    X(1, IPV6, "ipv6", "serves an IPv6 address")                                                   \
    X(2, WILDCARD, "wildcard", "bound to a wildcard, answers from the address that was asked")     \
    X(3, SOCKETS, "sockets", "serves many consecutive ports")                                      \
    X(4, QUEUE, "queue", "keeps replies that the kernel refuses, up to --queue for each socket")   \
    X(5, PAUSE, "pause", "can stop reading while its queue is full (--when-full pause)")           \
    X(6, MULTIPLEX, "multiplex", "goes on reading while replies cannot be sent")                   \
    X(7, FAIR, "fair", "bounds what an endless socket takes before the others' turn")              \
    X(8, COUNTERS, "counters", "publishes the counters page")                                      \
    X(9, WORKERS, "workers", "spreads its sockets over --workers threads")                         \
    X(10, LOOPSAFE, "loopsafe", "does not answer what claims to come from one of its own sockets") \
    X(11, POLLS, "polls", "counts the polls of its futures")                                       \
    X(12, SELECTOR, "selector", "runs on every selector of mio (--selector)")                      \
    X(13, REPLY, "reply",                                                                          \
      "receives only, and answers when told to (--reply), as the harness does")                    \
    X(14, SHARES_PORT, "shares-port", "lets further instances have its port (SO_REUSEPORT)")       \
    X(15, SPINS, "spins", "asks for work all the time instead of sleeping until there is some")    \
    X(16, TIMER, "timer", "answers from a timer what it has put aside (EDGEWISE_BESIDE)")          \
    X(17, SIGNAL, "signal", "answers from a signal's handler what it has put aside")               \
    X(18, PIPE, "pipe", "answers when a pipe is readable what it has put aside")                   \
    X(19, ACCEPT, "accept", "answers when it accepts a connection what it has put aside")          \
    X(20, STREAM, "stream", "answers when a connection has data what it has put aside")

#define EW_CAPABILITY_BIT(bit, NAME, name, meaning) EW_CAN_##NAME = 1u << (bit),
enum ew_capability { EW_CAPABILITIES(EW_CAPABILITY_BIT) };

/* What --queue N means to this server. */
enum ew_queue_rule {
    EW_QUEUE_OWN = 0,   /* a rule of its own, or none */
    EW_QUEUE_EXACT = 1, /* holds exactly N */
    EW_QUEUE_PLUS = 2,  /* holds N and `queue_extra` more, in hand */
};

struct ew_description {
    uint32_t size; /* sizeof(struct ew_description) as the plug-in was built */
    uint32_t abi;  /* EW_ABI as the plug-in was built */
    const char *name;
    const char *summary; /* one line: the mechanism */
    const char *needs;   /* kernel, library or platform; NULL: nothing special */
    /* why it cannot run here; NULL: it can.  ew_start then gives -ENOTSUP */
    const char *missing;
    uint64_t capabilities;   /* enum ew_capability */
    uint32_t queue_rule;     /* enum ew_queue_rule */
    uint32_t queue_extra;    /* for EW_QUEUE_PLUS */
    uint32_t default_budget; /* what budget 0 means; 0: the server has none */
    /* enum ew_when_full, never EW_FULL_DEFAULT; 0 where there is no queue */
    uint32_t default_full;
    uint32_t default_sockets; /* what sockets 0 means; 0: 1 */
};

/* ---- start ---- */

enum ew_when_full {
    EW_FULL_DEFAULT = 0,
    EW_FULL_DROP = 1,  /* the newest datagram is dropped and counted */
    EW_FULL_PAUSE = 2, /* reading stops until there is room: the kernel's buffer holds the rest */
};

enum ew_log_kind {
    EW_LOG_RECEIVED = 1, /* bytes from peer; `local` is the socket's address */
    EW_LOG_PENDING = 2,  /* `value`: replies waiting, the newest included */
    EW_LOG_SENT = 3,     /* bytes to peer */
    EW_LOG_DROPPED = 4,  /* `text`: why */
    EW_LOG_POLL = 5,     /* the future of `socket` is polled */
    EW_LOG_ERROR = 6,    /* `value`: negative errno, `text`: what failed and how to mend it */
    /* a worker ended of its own accord; `value`: negative errno.  stop returns the same */
    EW_LOG_DIED = 7,
    EW_LOG_TEXT = 8, /* `text`: anything else a program of this kind prints */
    /* `text`: a moment of the loop.  There are several for each datagram, so that they are told
     * only where `log_kinds` names them */
    EW_LOG_TRACE = 9,
};

/* Valid during the callback only. */
struct ew_log_entry {
    uint32_t kind;   /* enum ew_log_kind */
    uint32_t socket; /* index, 0 for the first port */
    uint64_t bytes;
    int64_t value;
    const struct sockaddr *peer;
    const struct sockaddr *local;
    const char *text;
};

/* How a loop is woken from within the process. */
enum ew_awakener {
    EW_AWAKENER_DEFAULT = 0, /* EW_AWAKENER_BEST */
    EW_AWAKENER_BEST = 1,    /* an eventfd where there is one, else a pipe */
    EW_AWAKENER_PIPE = 2,
    EW_AWAKENER_2017 = 3, /* a pipe, written also when nobody sleeps (mio's issue 785) */
};

/* What each of several workers serves. */
enum ew_share {
    EW_SHARE_DEFAULT = 0, /* EW_SHARE_PORTS */
    EW_SHARE_PORTS = 1,   /* ports of its own: no more workers than sockets */
    /* Some flows of every port (SO_REUSEPORT: a socket of each port for each worker), always the
     * same ones: the kernel chooses by its hash of their addresses and ports. */
    EW_SHARE_HASH = 2,
    EW_SHARE_BPF = 3, /* likewise, by a program (classic BPF) from source address and port alone */
};

struct ew_instance;

/* A thread that the caller lends, so that a debugger or strace(1) sees the loop on it.  ew_start
 * makes none for the first worker then, and fills in what is to be called; where `serve` is still
 * NULL after it, the server has threads of its own only. */
struct ew_loan {
    uint32_t size; /* sizeof(struct ew_loan); the rest is NULL before ew_start */
    /* Serves until asked to end, or until the worker dies.  On the thread that is lent, once, and
     * it has returned before ew_stop is called; never called, the first worker does nothing. */
    void (*serve)(struct ew_instance *instance);
    /* Makes serve() return, also if it has not been called yet.  Any thread, before ew_stop. */
    void (*ask)(struct ew_instance *instance);
};

struct ew_config {
    uint32_t size; /* sizeof(struct ew_config) */
    /* first of `sockets` consecutive ports, host byte order; 0: the kernel picks one for each */
    uint32_t port;
    const char *address; /* numeric IPv4 or IPv6 address; NULL: "127.0.0.1" */
    uint32_t sockets;    /* 0: the server's default */
    /* bytes; larger ones are dropped whole and counted; 0: EW_DATAGRAM_MAX */
    uint32_t datagram_max;
    uint32_t queue;     /* replies held for each socket; 0: EW_DEFAULT_QUEUE */
    uint32_t when_full; /* enum ew_when_full */
    /* datagrams (or polls) served of one socket before the next one's turn; 0: the server's
     * default */
    uint32_t budget;
    uint32_t workers;       /* threads; 0: the server's default */
    uint32_t receive_bytes; /* SO_RCVBUF of each socket; 0: the system's default */
    uint32_t send_bytes;    /* SO_SNDBUF of each socket; 0: the system's default */
    /* Called on worker threads, and on the starting thread before ew_start returns; must not block
     * for long and must not call back into the instance.  NULL: nothing is reported and nothing is
     * formatted. */
    void (*log)(void *context, const struct ew_log_entry *entry);
    void *log_context;
    /* bits 1 << enum ew_log_kind that `log` is called for; 0: all but EW_LOG_TRACE */
    uint64_t log_kinds;
    /* Zeroed memory for the counters page, 8-byte aligned; must outlive the instance, and may be
     * shared with another process. NULL: the instance allocates its own.  Too small: -ENOSPC; room
     * for ew_page_sockets(), and for as many workers as sockets, is always enough. */
    void *page;
    uint64_t page_size;
    /* of servers on mio: "epoll", "kqueue" or "poll"; NULL: the platform's best.  -ENOENT: not
     * here */
    const char *selector;
    uint32_t reply;       /* not 0: servers that only receive (EW_CAN_REPLY) echo as well */
    struct ew_loan *loan; /* a thread that the caller lends; NULL: none */
    uint32_t awakener;    /* of servers on tokio: enum ew_awakener */
    uint32_t share;       /* of servers with several workers: enum ew_share */
};

/* The socket slots of the page of a server that is started so, `sockets` being given. */
static inline unsigned ew_page_sockets(const struct ew_config *config)
{
    return config->share > EW_SHARE_PORTS && config->workers > 1 ? config->sockets * config->workers
                                                                 : config->sockets;
}

/* Describes the server.  Static data, never NULL; any thread, at any time. */
EW_EXPORT const struct ew_description *ew_describe(void);

/* Starts the server: on return every socket is bound and can receive.  On failure *instance is
 * NULL, nothing is left open, and the return value says why: -EINVAL (configuration), -EADDRINUSE,
 * -EACCES, -EADDRNOTAVAIL, -EMFILE, -ENOMEM, -ENOSPC (page), -ENOTSUP (`missing`), -ENOPROTOOPT
 * (`share`: the system cannot), or what the system call said. */
EW_EXPORT int ew_start(const struct ew_config *config, struct ew_instance **instance);

/* The port, in host byte order, that socket `index` is bound to; 0 past the last.  Any thread. */
EW_EXPORT uint16_t ew_port(const struct ew_instance *instance, unsigned index);

/* The counters page, valid until ew_stop (a page passed in through the configuration: as long as
 * its owner says).  Any thread. */
EW_EXPORT const struct ew_page *ew_stats(const struct ew_instance *instance);

/* Stops the server: wakes and joins its threads, closes its sockets, frees the instance.  After the
 * call at most one more datagram for each socket is served, or one more batch where a system call
 * takes several; replies still waiting are discarded and counted as dropped_stopping.  Returns 0,
 * or the first error that a worker died of.  Once, from any thread but a worker's; NULL is allowed
 * and gives 0. */
EW_EXPORT int ew_stop(struct ew_instance *instance);

#ifdef __cplusplus
}
#endif
#endif
