#include "flood/verdict.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void verdict_say(struct flood_result *r, enum verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The gravest verdict counts; each trouble adds its words to the reason. */
static void verdict_say(struct flood_result *r, enum verdict verdict, const char *format, ...)
{
    size_t length = strlen(r->reason);
    va_list arguments;

    if (r->verdict == VERDICT_PASS || verdict == VERDICT_FAIL)
        r->verdict = verdict;
    if (length > 0 && length + 3 < sizeof r->reason) {
        memcpy(r->reason + length, "; ", sizeof "; ");
        length += 2;
    }
    va_start(arguments, format);
    vsnprintf(r->reason + length, sizeof r->reason - length, format, arguments);
    va_end(arguments);
}

/* What came back is the target's doing, whatever the machine was like: these are findings even in a
 * spoiled run.  Loss is one only where every term is known; UDP may lose, and without a source
 * nobody can say who did. */
static void judge_echoes(struct flood_result *r)
{
    const struct {
        const char *name;
        uint64_t count;
    } faults[] = {
        {"corrupt", r->counts.corrupt},     {"truncated", r->counts.truncated},
        {"foreign", r->counts.foreign},     {"misdirected", r->counts.misdirected},
        {"duplicate", r->counts.duplicate},
    };

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (faults[i].count > 0)
            verdict_say(r, VERDICT_FAIL, "%" PRIu64 " %s", faults[i].count, faults[i].name);
    }
    for (size_t i = 0; i < LEDGER_REFUSALS && r->counts.refusals[i].name; i++)
        verdict_say(r, VERDICT_FAIL, "%" PRIu64 " refused: %s", r->counts.refusals[i].count,
                    r->counts.refusals[i].name);
    if (r->counts.refusals[0].name && r->protocol->limits)
        verdict_say(r, VERDICT_FAIL, "rate limits must be off: %s", r->protocol->limits);
    if (r->counts.strange)
        verdict_say(r, VERDICT_FAIL, "it answered, but that is no %s: %s", r->protocol->name,
                    r->counts.strange);
    if (r->one_way)
        return;
    if (r->books.attributed && r->books.unaccounted > 0)
        verdict_say(r, VERDICT_FAIL, "%" PRId64 " unaccounted", r->books.unaccounted);
    /* The terms are readings of shared counters: other traffic on the loopback interface or on the
     * server's port shows. */
    if (r->books.unaccounted < 0)
        verdict_say(r, VERDICT_INVALID,
                    "%" PRId64 " more drops than losses: somebody else's traffic is among them",
                    -r->books.unaccounted);
    if (r->counts.sent > 0 && ledger_answered(&r->counts) == 0)
        verdict_say(r, VERDICT_INVALID, "nothing came back");
}

/* The generator must not pass its own troubles off as the target's: a late send makes the target
 * look slow, and an echo that our own socket dropped looks lost. */
static void judge_generator(struct flood_result *r, const struct flood_config *c)
{
    int64_t lag = r->paced ? histogram_percentile(r->lag, 99) : 0;

    if (r->counts.sent == 0)
        verdict_say(r, VERDICT_INVALID, "nothing was sent");
    if (lag > c->lag_limit_ns)
        verdict_say(r, VERDICT_INVALID,
                    "the generator was %.1f ms behind schedule (99th percentile; limit %.1f)",
                    (double)lag / NS_PER_MS, (double)c->lag_limit_ns / NS_PER_MS);
    if (r->books.client_socket != FLOOD_UNKNOWN &&
        (double)r->books.client_socket > c->own_drops_limit * (double)r->counts.sent)
        verdict_say(r, VERDICT_INVALID, "our own sockets dropped %" PRId64 " echoes",
                    r->books.client_socket);
    if (r->steal_part > c->steal_limit)
        verdict_say(r, VERDICT_INVALID, "%.0f %% of the machine's time was stolen",
                    100 * r->steal_part);
    if (r->end == FLOOD_SILENT)
        verdict_say(r, VERDICT_INVALID, "the target fell silent and was left alone");
}

void verdict_give(struct flood_result *result, const struct flood_config *config)
{
    result->verdict = VERDICT_PASS;
    result->reason[0] = '\0';
    judge_echoes(result);
    judge_generator(result, config);
}

enum status flood_status(const struct flood_result *r)
{
    if (r->verdict == VERDICT_FAIL)
        return STATUS_FAILED;
    return r->verdict == VERDICT_PASS ? STATUS_OK : STATUS_INVALID;
}
