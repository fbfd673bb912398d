/* What happened in a run, one thing after the other, as the engine was told of it or did it.
 *
 * It is part of the engine, so that it is written once for all carriers, and only where somebody
 * asks for it.  No pointers: it lies in the shared memory. */
#ifndef EDGEWISE_SIMULATE_LOG_H
#define EDGEWISE_SIMULATE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* A picture of more than these nobody reads; how many there were is counted on. */
#define LOG_EVENTS 1024
#define LOG_NO_SOCKET (-1)

/* X(KIND, "name", who does it, "for people"): the target's calls, by what came of them, and the
 * scenario's doings. */
#define LOG_KINDS(X)                                           \
    X(WAITS, "waits", TARGET, "waits")                         \
    X(INTEREST, "interest", TARGET, "changes interest")        \
    X(OTHER, "other", TARGET, "other call")                    \
    X(RECEIVED, "received", TARGET, "received")                \
    X(EMPTY, "empty", TARGET, "nothing there")                 \
    X(SENT, "sent", TARGET, "answered")                        \
    X(REFUSED, "refused", TARGET, "not taken")                 \
    X(QUIET, "quiet", SCENARIO, "all wait: scenario's turn")   \
    X(ARRIVES, "arrives", SCENARIO, "a datagram arrives")      \
    X(ERROR, "error", SCENARIO, "an error arrives")            \
    X(BLOCKS, "blocks", SCENARIO, "sends are refused after")   \
    X(UNBLOCKS, "unblocks", SCENARIO, "sends are taken again") \
    X(FAILS, "fails", SCENARIO, "next call fails")             \
    X(HAPPENS, "happens", SCENARIO, "something else is due")

#define LOG_KIND_ENUM(KIND, name, who, meaning) LOG_##KIND,
enum log_kind { LOG_KINDS(LOG_KIND_ENUM) LOG_KIND_COUNT };

enum log_who { LOG_TARGET, LOG_SCENARIO };

struct log_event {
    uint8_t kind;   /* enum log_kind */
    uint8_t call;   /* enum engine_call, of the target's doings */
    int16_t socket; /* LOG_NO_SOCKET: it concerns none, or nobody knows which */
    /* OTHER: so many calls; BLOCKS: sends that are still taken; ERROR, FAILS: errno; else 0 */
    int32_t value;
};

struct log {
    bool wanted;
    uint64_t total; /* events, those that found no room included */
    uint32_t count; /* that are here, from the first on */
    struct log_event events[LOG_EVENTS];
};

void log_put(struct log *log, struct log_event event);

const char *log_kind_name(enum log_kind kind);
const char *log_kind_meaning(enum log_kind kind);
enum log_who log_kind_who(enum log_kind kind);

/* ---- for people: what repeats itself is one group ---- */

/* `length` events from `first` on, and the same again until there were `times`. */
struct log_group {
    uint32_t first, length, times;
};

/* The group that begins at `first`: the one that says most with the fewest lines; a single event
 * where nothing repeats itself. */
struct log_group log_group_at(const struct log *log, uint32_t first);

#endif
