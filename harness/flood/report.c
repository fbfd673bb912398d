/* A flood's result, to be read by people and by programs. */
#include "flood/flood.h"

#include "base/clock.h"
#include "flood/served.h"

#include <inttypes.h>
#include <string.h>

static const double percentiles[] = {50, 90, 99, 99.9, 99.99, 100};
#define PERCENTILE_COUNT (sizeof percentiles / sizeof *percentiles)

static const char *const end_names[] = {
    [FLOOD_COMPLETE] = "complete",
    [FLOOD_INTERRUPTED] = "interrupted",
    [FLOOD_SILENT] = "target silent",
};

/* A generator that is busy so much of the time may be what bounds the throughput. */
#define BOUND_PART 0.95

static const char *const batch_names[] = {
    [FLOOD_BATCH_BEST] = "none", /* of a judged corpus: nothing was sent */
    [FLOOD_BATCH_PLAIN] = "plain",
    [FLOOD_BATCH_MMSG] = "mmsg",
    [FLOOD_BATCH_GSO] = "gso",
};

static bool has_times(const struct flood_result *r)
{
    return r->raw && r->raw->total > 0;
}

/* ---- JSON ---- */

/* Unknown is null, never 0 and never -1: a reader who adds up must stumble. */
static json_t *number_or_null(int64_t value)
{
    return value == FLOOD_UNKNOWN ? json_null() : json_integer(value);
}

static json_t *counts_json(const struct ledger_counts *c)
{
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "sent", (json_int_t)c->sent,
        "echoed", (json_int_t)c->echoed, "lost", (json_int_t)(c->sent - ledger_answered(c)),
        "duplicate", (json_int_t)c->duplicate, "reordered", (json_int_t)c->reordered,
        "reorder_extent", (json_int_t)c->reorder_extent, "corrupt", (json_int_t)c->corrupt,
        "truncated", (json_int_t)c->truncated, "foreign", (json_int_t)c->foreign, "misdirected",
        (json_int_t)c->misdirected, "late", (json_int_t)c->late);
}

static json_t *books_json(const struct flood_books *b)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:I, s:b}", "dropped_on_the_way", number_or_null(b->way),
                     "dropped_by_server_socket", number_or_null(b->server_socket),
                     "dropped_by_server", number_or_null(b->server), "dropped_by_client_socket",
                     number_or_null(b->client_socket), "unaccounted", (json_int_t)b->unaccounted,
                     "attributed", b->attributed);
}

static json_t *histogram_json(const struct histogram *h)
{
    json_t *object;

    if (!h || h->total == 0)
        return json_null();
    object = json_pack("{s:I, s:f, s:I}", "count", (json_int_t)h->total, "mean", histogram_mean(h),
                       "min", (json_int_t)h->least);
    for (size_t i = 0; i < PERCENTILE_COUNT; i++) {
        char name[16];

        snprintf(name, sizeof name, percentiles[i] < 100 ? "p%g" : "max", percentiles[i]);
        json_object_set_new(object, name, json_integer(histogram_percentile(h, percentiles[i])));
    }
    return object;
}

json_t *flood_trains_json(const struct flood_trains *trains)
{
    return json_pack("{s:I, s:I}", "received", (json_int_t)trains->received, "datagrams",
                     (json_int_t)trains->datagrams);
}

static json_t *generator_json(const struct flood_result *r)
{
    json_t *object = json_pack(
        "{s:I, s:I, s:i, s:s, s:I, s:I, s:f, s:o, s:I, s:I, s:s?, s:I, s:o}", "flows",
        (json_int_t)r->flows, "window", (json_int_t)r->window, "receive_bytes",
        (int)r->receive_bytes, "batch", batch_names[r->batch], "nonce",
        (json_int_t)(r->nonce & INT64_MAX), "cpu_ns", (json_int_t)r->cpu_ns, "cpu_part",
        r->cpu_part, "steal_part", r->steal_part < 0 ? json_null() : json_real(r->steal_part),
        "send_blocked", (json_int_t)r->send_blocked, "send_refused", (json_int_t)r->send_refused,
        "send_error", r->send_errno ? strerror(r->send_errno) : NULL, "unreachable",
        (json_int_t)r->unreachable, "lag_ns", histogram_json(r->paced ? r->lag : NULL));

    if (r->batch == FLOOD_BATCH_GSO)
        json_object_set_new(object, "trains", flood_trains_json(&r->trains));
    return object;
}

/* Bytes that came back for each that was sent: what whoever forges an address has of the server.
 * Headers are in neither (Rossow, "Amplification Hell", NDSS 2014: the bandwidth amplification
 * factor). */
static double amplification(const struct ledger_counts *c)
{
    return (double)c->received_bytes / (double)c->sent_bytes;
}

/* What an echo has not: which protocol it was, and who said no. */
static json_t *with_protocol(json_t *object, const struct flood_result *r)
{
    json_t *refused = json_object();

    for (size_t i = 0; i < LEDGER_REFUSALS && r->counts.refusals[i].name; i++)
        json_object_set_new(refused, r->counts.refusals[i].name,
                            json_integer((json_int_t)r->counts.refusals[i].count));
    json_object_set_new(object, "speaks", json_string(r->protocol->name));
    json_object_set_new(object, "refused", refused);
    json_object_set_new(json_object_get(object, "counts"), "refused",
                        json_integer((json_int_t)r->counts.refused));
    json_object_set_new(
        object, "bytes",
        json_pack("{s:I, s:I, s:o}", "sent", (json_int_t)r->counts.sent_bytes, "received",
                  (json_int_t)r->counts.received_bytes, "amplification",
                  r->counts.sent_bytes ? json_real(amplification(&r->counts)) : json_null()));
    return object;
}

json_t *flood_json(const struct flood_result *r)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:f, s:f}", "verdict",
        verdict_name(r->verdict), "reason", r->reason, "end", end_names[r->end], "counts",
        counts_json(&r->counts), "books", r->one_way ? json_null() : books_json(&r->books),
        "generator", generator_json(r), "latency_raw_ns", histogram_json(r->raw),
        "latency_corrected_ns", histogram_json(r->corrected), "elapsed_ns",
        (json_int_t)r->elapsed_ns, "measured_ns", (json_int_t)r->measured_ns, "measured_sent",
        (json_int_t)r->measured_sent, "measured_echoed", (json_int_t)r->measured_echoed,
        "sent_per_s", r->sent_per_s, "echoed_per_s", r->echoed_per_s);

    if (r->served.workers > 0)
        json_object_set_new(object, "workers", served_json(&r->served));
    return r->protocol->flags & EXCHANGE_ANY_BYTES ? object : with_protocol(object, r);
}

/* ---- text ---- */

static void print_term(const char *name, int64_t value, FILE *out)
{
    if (value == FLOOD_UNKNOWN)
        fprintf(out, "    %-28s %10s\n", name, "unknown");
    else
        fprintf(out, "    %-28s %10" PRId64 "\n", name, value);
}

static void print_books(const struct flood_result *r, FILE *out)
{
    const struct flood_books *b = &r->books;

    print_term("dropped on the way", b->way, out);
    print_term("dropped by server's socket", b->server_socket, out);
    print_term("dropped by server", b->server, out);
    print_term("dropped by our sockets", b->client_socket, out);
    print_term(b->attributed ? "unaccounted" : "unattributed: target or below", b->unaccounted,
               out);
    if (b->unaccounted > 0 && r->protocol->limits)
        fprintf(out, "    as by a rate limit, which must be off: %s\n", r->protocol->limits);
}

static void print_counts(const struct flood_result *r, FILE *out)
{
    const struct ledger_counts *c = &r->counts;

    fprintf(out, "sent   %12" PRIu64 "  %12.0f/s over %.3f s\n", c->sent, r->sent_per_s,
            (double)r->elapsed_ns / NS_PER_S);
    if (r->one_way)
        return;
    fprintf(out, "echoed %12" PRIu64 "  %12.0f/s\n", c->echoed, r->echoed_per_s);
    for (size_t i = 0; i < LEDGER_REFUSALS && c->refusals[i].name; i++)
        fprintf(out, "refused %11" PRIu64 "  %s\n", c->refusals[i].count, c->refusals[i].name);
    if (!(r->protocol->flags & EXCHANGE_ANY_BYTES) && c->sent_bytes > 0)
        fprintf(out, "bytes  %12" PRIu64 " sent, %" PRIu64 " received: amplification %.2f\n",
                c->sent_bytes, c->received_bytes, amplification(c));
    print_books(r, out);
    fprintf(out,
            "duplicate %" PRIu64 ", reordered %" PRIu64 " (by at most %" PRIu64
            "), corrupt %" PRIu64 ", truncated %" PRIu64 ", foreign %" PRIu64
            ", misdirected %" PRIu64 ", late %" PRIu64 "\n",
            c->duplicate, c->reordered, c->reorder_extent, c->corrupt, c->truncated, c->foreign,
            c->misdirected, c->late);
}

static void print_times(const char *name, const struct histogram *h, FILE *out)
{
    fprintf(out, "%-22s", name);
    for (size_t i = 0; i < PERCENTILE_COUNT; i++)
        fprintf(out, " %10.1f", (double)histogram_percentile(h, percentiles[i]) / 1000);
    fprintf(out, " %10.1f\n", histogram_mean(h) / 1000);
}

/* Both, where they differ: the raw time alone hides what waited behind a stall (coordinated
 * omission). */
static void print_latency(const struct flood_result *r, FILE *out)
{
    fprintf(out, "%-22s", "latency, microseconds");
    for (size_t i = 0; i + 1 < PERCENTILE_COUNT; i++)
        fprintf(out, " %9g%%", percentiles[i]);
    fprintf(out, " %10s %10s\n", "max", "mean");
    if (r->paced)
        print_times("  from intended send", r->corrected, out);
    print_times("  from actual send", r->raw, out);
}

/* In the order of the workers.  One alone has taken all, as is told already. */
static void print_served(const struct flood_result *r, const char *before, const char *after,
                         FILE *out)
{
    if (r->served.workers < 2)
        return;
    fputs(before, out);
    for (unsigned i = 0; i < r->served.workers; i++)
        fprintf(out, "%s%" PRId64, i ? ", " : "", r->served.datagrams[i]);
    fputs(after, out);
}

static void print_generator(const struct flood_result *r, FILE *out)
{
    fprintf(out, "%u flow%s", r->flows, r->flows == 1 ? "" : "s");
    if (r->window)
        fprintf(out, ", window %u", r->window);
    if (r->window && r->window < r->window_asked)
        fprintf(out, " (asked %u: the receive buffers hold no more)", r->window_asked);
    fprintf(out, ", batch %s; generator %.0f %% of a processor%s", batch_names[r->batch],
            100 * r->cpu_part, r->cpu_part > BOUND_PART ? " (it may be the bound)" : "");
    if (r->paced)
        fprintf(out, ", behind schedule %.1f us (99 %%)",
                (double)histogram_percentile(r->lag, 99) / 1000);
    if (r->steal_part >= 0)
        fprintf(out, "; stolen %.1f %%", 100 * r->steal_part);
    fputc('\n', out);
    if (r->trains.received > 0)
        fprintf(out, "%" PRIu64 " answers came in %" PRIu64 " trains\n", r->trains.datagrams,
                r->trains.received);
    print_served(r, "taken by each worker of the server: ", "\n", out);
    if (r->send_refused > 0)
        fprintf(out, "sends refused %" PRIu64 " times (%s), repeated\n", r->send_refused,
                strerror(r->send_errno));
}

void flood_print(const struct flood_result *r, FILE *out)
{
    print_counts(r, out);
    if (has_times(r))
        print_latency(r, out);
    if (r->receive_bytes)
        print_generator(r, out);
    fprintf(out, "%s%s%s%s\n", verdict_name(r->verdict), *r->reason ? ": " : "", r->reason,
            r->end == FLOOD_INTERRUPTED ? " (interrupted: partial)" : "");
}

/* ---- sentences ---- */

static void say_count(const char *name, int64_t value, FILE *out)
{
    if (value == FLOOD_UNKNOWN)
        fprintf(out, "How many were %s is unknown.\n", name);
    else
        fprintf(out, "%" PRId64 " were %s.\n", value, name);
}

static void say_counts(const struct flood_result *r, FILE *out)
{
    const struct ledger_counts *c = &r->counts;
    const struct flood_books *b = &r->books;
    const struct {
        const char *name;
        int64_t value;
    } counts[] = {
        {"dropped on the way", b->way},
        {"dropped by the server's socket", b->server_socket},
        {"dropped by the server", b->server},
        {"dropped by our sockets", b->client_socket},
        {b->attributed ? "unaccounted" : "lost in the target or below", b->unaccounted},
        {"duplicates", (int64_t)c->duplicate},
        {"reordered", (int64_t)c->reordered},
        {"corrupt", (int64_t)c->corrupt},
        {"truncated", (int64_t)c->truncated},
        {"foreign", (int64_t)c->foreign},
        {"misdirected", (int64_t)c->misdirected},
        {"late", (int64_t)c->late},
    };

    fprintf(out, "%" PRIu64 " datagrams were echoed, %.0f a second.\n", c->echoed, r->echoed_per_s);
    for (size_t i = 0; i < LEDGER_REFUSALS && c->refusals[i].name; i++)
        fprintf(out, "%" PRIu64 " were refused with %s.\n", c->refusals[i].count,
                c->refusals[i].name);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        say_count(counts[i].name, counts[i].value, out);
}

static void say_times(const char *since, const struct histogram *h, FILE *out)
{
    for (size_t i = 0; i + 1 < PERCENTILE_COUNT; i++)
        fprintf(out, "%g percent were answered within %.1f microseconds of their %s send.\n",
                percentiles[i], (double)histogram_percentile(h, percentiles[i]) / 1000, since);
    fprintf(out, "The slowest answer took %.1f microseconds, the mean is %.1f.\n",
            (double)histogram_percentile(h, 100) / 1000, histogram_mean(h) / 1000);
}

void flood_say(const struct flood_result *r, FILE *out)
{
    fprintf(out, "%" PRIu64 " datagrams were sent, %.0f a second for %.3f seconds.\n",
            r->counts.sent, r->sent_per_s, (double)r->elapsed_ns / NS_PER_S);
    if (!r->one_way)
        say_counts(r, out);
    if (has_times(r) && r->paced)
        say_times("intended", r->corrected, out);
    if (has_times(r))
        say_times("actual", r->raw, out);
    if (r->receive_bytes)
        fprintf(out, "The generator took %.0f percent of a processor.\n", 100 * r->cpu_part);
    if (r->trains.received > 0)
        fprintf(out, "%" PRIu64 " answers came in %" PRIu64 " trains.\n", r->trains.datagrams,
                r->trains.received);
    print_served(r, "The server's workers took ", " datagrams.\n", out);
    fprintf(out, "The verdict is %s%s%s%s.\n", verdict_name(r->verdict), *r->reason ? ": " : "",
            r->reason, r->end == FLOOD_INTERRUPTED ? " (interrupted: partial)" : "");
}
