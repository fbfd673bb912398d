#include "simulate/log.h"

#include <string.h>

/* A budget's turn is two or three events, an echo with an awakener's calls ten; what repeats itself
 * in longer steps is no pattern that one sees. */
#define PERIOD_MOST 12
/* Twice the same is sooner read than explained. */
#define TIMES_LEAST 3

void log_put(struct log *log, struct log_event event)
{
    if (!log->wanted)
        return;
    log->total++;
    if (log->count < LOG_EVENTS)
        log->events[log->count++] = event;
}

#define KIND_NAME(KIND, name, who, meaning) name,
#define KIND_MEANING(KIND, name, who, meaning) meaning,
#define KIND_WHO(KIND, name, who, meaning) LOG_##who,

const char *log_kind_name(enum log_kind kind)
{
    static const char *const names[] = {LOG_KINDS(KIND_NAME)};

    return names[kind];
}

const char *log_kind_meaning(enum log_kind kind)
{
    static const char *const meanings[] = {LOG_KINDS(KIND_MEANING)};

    return meanings[kind];
}

enum log_who log_kind_who(enum log_kind kind)
{
    static const enum log_who who[] = {LOG_KINDS(KIND_WHO)};

    return who[kind];
}

static bool is_same(const struct log *log, uint32_t a, uint32_t b, uint32_t length)
{
    return memcmp(&log->events[a], &log->events[b], length * sizeof *log->events) == 0;
}

/* How often the `length` events from `first` on come one time after the other. */
static uint32_t times_of(const struct log *log, uint32_t first, uint32_t length)
{
    uint32_t times = 1;

    while (first + (times + 1) * length <= log->count &&
           is_same(log, first, first + times * length, length))
        times++;
    return times;
}

/* The shortest step of those that cover as much. */
struct log_group log_group_at(const struct log *log, uint32_t first)
{
    struct log_group best = {first, 1, 1};

    for (uint32_t length = 1; length <= PERIOD_MOST; length++) {
        uint32_t times = times_of(log, first, length);

        if (times >= TIMES_LEAST && times * length > best.times * best.length)
            best = (struct log_group){first, length, times};
    }
    return best;
}
