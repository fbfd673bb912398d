#include "flood/schedule.h"

#include "base/clock.h"
#include "exchange/payload.h"

#include <stdlib.h>

/* ---- sizes ---- */

static int bad_size(const char *text, struct error *error)
{
    return error_set(
        error, STATUS_USAGE,
        "a size is a number from 1 to %u, a list of up to %u like 64,512 or a range like "
        "64-1472, not '%s'",
        PAYLOAD_MAX, SIZES_MAX, text);
}

int sizes_parse(struct sizes *sizes, const char *text, struct error *error)
{
    const char *at = text;
    char separator = '\0';

    *sizes = (struct sizes){0};
    for (;;) {
        char *end;
        unsigned long value = strtoul(at, &end, 10);

        if (*at < '0' || *at > '9' || value < 1 || value > PAYLOAD_MAX || sizes->count == SIZES_MAX)
            return bad_size(text, error);
        sizes->list[sizes->count++] = (uint32_t)value;
        if (*end == '\0')
            break;
        if ((*end != ',' && *end != '-') || (separator && *end != separator))
            return bad_size(text, error);
        separator = *end;
        at = end + 1;
    }
    if (separator != '-')
        return 0;
    if (sizes->count != 2 || sizes->list[0] > sizes->list[1])
        return bad_size(text, error);
    sizes->count = 0;
    return 0;
}

uint32_t sizes_least(const struct sizes *sizes)
{
    uint32_t least = sizes->list[0];

    for (unsigned i = 1; i < sizes->count; i++)
        least = sizes->list[i] < least ? sizes->list[i] : least;
    return least;
}

uint32_t sizes_largest(const struct sizes *sizes)
{
    uint32_t largest = sizes->count ? 0 : sizes->list[1];

    for (unsigned i = 0; i < sizes->count; i++)
        largest = sizes->list[i] > largest ? sizes->list[i] : largest;
    return largest;
}

/* The finaliser of splitmix64: neighbouring numbers come out unlike. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint32_t sizes_of(const struct sizes *sizes, uint64_t nonce, uint32_t flow, uint64_t sequence)
{
    if (sizes->count == 1)
        return sizes->list[0];
    if (sizes->count)
        return sizes->list[(sequence + flow) % sizes->count];
    return sizes->list[0] + (uint32_t)(mix(mix(nonce + flow) + sequence) %
                                       (sizes->list[1] - sizes->list[0] + UINT64_C(1)));
}

/* ---- times ---- */

/* How many of numbers 0...total-1 belong to `flow`. */
static uint64_t schedule_share(const struct schedule *s, uint32_t flow, uint64_t total)
{
    return total > flow ? (total - flow - 1) / s->flows + 1 : 0;
}

/* In whole seconds and the rest, so that no product overflows and no rounding adds up. */
int64_t schedule_due_ns(const struct schedule *s, uint32_t flow, uint64_t sequence)
{
    uint64_t number = sequence * s->flows + flow;

    return s->start_ns + (int64_t)(number / s->rate) * NS_PER_S +
           (int64_t)(number % s->rate * (uint64_t)NS_PER_S / s->rate);
}

static uint64_t numbers_due(const struct schedule *s, int64_t now_ns)
{
    int64_t until = now_ns < s->end_ns ? now_ns : s->end_ns - 1;
    uint64_t elapsed;

    if (until < s->start_ns)
        return 0;
    if (s->pace != PACE_OPEN)
        return now_ns < s->end_ns ? UINT64_MAX : 0;
    elapsed = (uint64_t)(until - s->start_ns);
    /* Number k is due at floor(k * 10^9 / rate): the largest k not later than `elapsed` is below
     * (elapsed + 1) * rate / 10^9. */
    return elapsed / NS_PER_S * s->rate +
           ((elapsed % NS_PER_S + 1) * s->rate + NS_PER_S - 1) / NS_PER_S;
}

uint64_t schedule_due(const struct schedule *s, uint32_t flow, int64_t now_ns)
{
    uint64_t due = numbers_due(s, now_ns);

    return schedule_share(s, flow, due < s->count ? due : s->count);
}

/* A count ends a run early, a time does not end it before what was due by then is sent. */
bool schedule_over(const struct schedule *s, uint32_t flow, uint64_t sent, int64_t now_ns)
{
    if (sent >= schedule_share(s, flow, s->count))
        return true;
    return now_ns >= s->end_ns && sent >= schedule_due(s, flow, now_ns);
}
